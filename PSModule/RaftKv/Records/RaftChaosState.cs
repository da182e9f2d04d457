namespace RaftKv;

/// <summary>What a monkey did to a cluster, and what is broken in it now.</summary>
public sealed class RaftChaosState
{
    /// <summary>Whether a monkey is at work or mending.</summary>
    public bool Running { get; init; }

    /// <summary>The seed of its schedule; empty when this session let none loose on the cluster.</summary>
    public ulong? Seed { get; init; }

    /// <summary>How long its schedule is, in seconds.</summary>
    public double DurationSec { get; init; }

    /// <summary>How long it has been at work, or was, in seconds.</summary>
    public double ElapsedSec { get; init; }

    /// <summary>Steps carried out so far.</summary>
    public int DoneCount => Done.Count;

    /// <summary>Steps carried out so far, in order, with whom they hit and what went wrong.</summary>
    public IReadOnlyList<RaftChaosStep> Done { get; init; } = [];

    /// <summary>Steps that are still to come.</summary>
    public IReadOnlyList<RaftChaosStep> Coming { get; init; } = [];

    /// <summary>Servers that are stopped, paused, muted, halted or out of reach, and partitions and bad links, a line each; empty when all is whole.</summary>
    public IReadOnlyList<string> InForce { get; init; } = [];

    /// <summary>What is in force, as one line.</summary>
    public string Row => string.Join("; ", InForce);

    /// <summary>The file of the schedule; null without one.</summary>
    public string? Path { get; init; }

    /// <summary>Its cluster.</summary>
    public RaftCluster? Cluster { get; init; }
}
