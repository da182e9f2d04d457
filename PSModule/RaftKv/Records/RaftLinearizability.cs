using RaftKv.Evaluation.Checking;

namespace RaftKv;

/// <summary>What a recorded history proves.</summary>
public enum RaftVerdict
{
    /// <summary>One copy that does one thing after the other could have answered the same.</summary>
    Linearizable,

    /// <summary>No such copy could have.</summary>
    NotLinearizable,

    /// <summary>The search was given up at its bound, or not one operation was answered. That is no pass.</summary>
    Undecided,
}

/// <summary>The verdict on a history with what led to it.</summary>
public sealed class RaftLinearizability
{
    /// <summary>The verdict.</summary>
    public RaftVerdict Verdict { get; init; }

    /// <summary>The first key that failed or could not be decided; null when all passed.</summary>
    public string? FailingKey { get; init; }

    /// <summary>Operations, without those that certainly did not happen.</summary>
    public int OperationCount { get; init; }

    /// <summary>Operations whose outcome is unknown.</summary>
    public int UnknownCount { get; init; }

    /// <summary>Keys.</summary>
    public int KeyCount { get; init; }

    /// <summary>How many states the search looked at.</summary>
    public long StatesExplored { get; init; }

    /// <summary>The smallest part of the history that shows a failure, in words; null when there is none.</summary>
    public string? Window { get; init; }

    /// <summary>The history.</summary>
    public string Path { get; init; } = "";

    internal static RaftLinearizability From(CheckResult result, string path) => new()
    {
        Verdict = result.Verdict switch
        {
            _ when result.ShowsNothing => RaftVerdict.Undecided,
            Evaluation.Checking.Verdict.Linearizable => RaftVerdict.Linearizable,
            Evaluation.Checking.Verdict.NotLinearizable => RaftVerdict.NotLinearizable,
            _ => RaftVerdict.Undecided,
        },
        FailingKey = result.FailingKey,
        OperationCount = result.OperationCount,
        UnknownCount = result.UnknownCount,
        KeyCount = result.KeyCount,
        StatesExplored = result.StatesExplored,
        Window = result.Window?.ToString(),
        Path = path,
    };
}
