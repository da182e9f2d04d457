namespace RaftKv.Evaluation.Checking;

/// <summary>What the checker says of a history.</summary>
public enum Verdict
{
    /// <summary>An order exists in which one copy would have answered the same.</summary>
    Linearizable,

    /// <summary>No such order exists.</summary>
    NotLinearizable,

    /// <summary>The search was given up at its bound. That is no pass.</summary>
    Undecided,
}

/// <summary>How far the checker goes.</summary>
public sealed record CheckLimits
{
    /// <summary>
    /// States looked at for one key before the verdict is <see cref="Verdict.Undecided"/>. Memory grows with it, about 100
    /// bytes each, and 256 MiB for what the states hold at most. Default 2,000,000, some seconds.
    /// </summary>
    public long MaxStatesPerKey { get; init; } = 2_000_000;
}

/// <summary>The checker's verdict with what led to it.</summary>
public sealed record CheckResult
{
    /// <summary>The verdict.</summary>
    public required Verdict Verdict { get; init; }

    /// <summary>Whether it passes: an undecided history does not, nor one that shows nothing.</summary>
    public bool IsLinearizable => Verdict == Verdict.Linearizable && !ShowsNothing;

    /// <summary>Whether not one operation was answered: an empty history, one of failures, one of unknown outcomes.</summary>
    public bool ShowsNothing => OperationCount == UnknownCount;

    /// <summary>The first key that failed or could not be decided; null when all passed. A register's key is empty.</summary>
    public string? FailingKey { get; init; }

    /// <summary>The smallest part of the history that shows the failure; null unless <see cref="Verdict.NotLinearizable"/>.</summary>
    public FailureWindow? Window { get; init; }

    /// <summary>Configurations the search looked at.</summary>
    public required long StatesExplored { get; init; }

    /// <summary>Operations, without those that certainly did not happen.</summary>
    public required int OperationCount { get; init; }

    /// <summary>Operations whose outcome is unknown.</summary>
    public required int UnknownCount { get; init; }

    /// <summary>Keys.</summary>
    public required int KeyCount { get; init; }

    /// <summary>A line for people.</summary>
    public override string ToString() => Verdict switch
    {
        _ when ShowsNothing => "Undecided: no operation of the history was answered, so it shows nothing.",
        Verdict.Linearizable => $"Linearizable: {OperationCount} operations on {KeyCount} keys, {UnknownCount} of unknown outcome.",
        Verdict.Undecided => $"Undecided: key '{FailingKey}' needs more than {StatesExplored} states.",
        _ => $"Not linearizable: key '{FailingKey}'. {Window}",
    };
}
