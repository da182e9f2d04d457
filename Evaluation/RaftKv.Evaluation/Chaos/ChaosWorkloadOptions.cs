using RaftKv.Api.Clusters;

namespace RaftKv.Evaluation.Chaos;

/// <summary>How a recorded workload runs.</summary>
public sealed record ChaosWorkloadOptions
{
    /// <summary>Clients at once.</summary>
    public int ClientCount { get; init; } = 20;

    /// <summary>For how long.</summary>
    public TimeSpan Duration { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>Where chance begins.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>The history's file.</summary>
    public required string HistoryPath { get; init; }

    /// <summary>A pause of each client between operations, so that a long run has a history that can be judged.</summary>
    public TimeSpan Pause { get; init; } = TimeSpan.FromMilliseconds(10);

    /// <summary>The cluster's members now, where they may change meanwhile; null: they stay as they are.</summary>
    public Func<ClusterSpec>? Members { get; init; }
}

/// <summary>What a recorded workload did.</summary>
public sealed record ChaosWorkloadResult
{
    /// <summary>Operations that were answered.</summary>
    public required int Completed { get; init; }

    /// <summary>Operations that certainly did not happen.</summary>
    public required int Failed { get; init; }

    /// <summary>Operations whose outcome is unknown.</summary>
    public required int Unknown { get; init; }

    /// <summary>The share of operations that compare before they set; those that certainly did not happen are not counted.</summary>
    public required double CompareShare { get; init; }

    /// <summary>Keys used.</summary>
    public required int KeyCount { get; init; }

    /// <summary>How long it took, without the last look.</summary>
    public required TimeSpan Elapsed { get; init; }

    /// <summary>Keys whose last version is not what was acknowledged plus some of what is unknown; empty when all are right.</summary>
    public required IReadOnlyList<string> WrongVersions { get; init; }

    /// <summary>What the keys begin with that could not be removed at the end; empty when none is left.</summary>
    public string LeftPrefix { get; init; } = "";
}
