using RaftKv.Core.Consensus;

namespace RaftKv.Engine.Driver;

/// <summary>A server's state at one moment, for status calls.</summary>
public sealed record NodeStatus
{
    /// <summary>What it is.</summary>
    public required Role Role { get; init; }

    /// <summary>Its term.</summary>
    public required Term Term { get; init; }

    /// <summary>The leader as far as known.</summary>
    public required NodeId Leader { get; init; }

    /// <summary>What it knows to be committed.</summary>
    public required LogIndex CommitIndex { get; init; }

    /// <summary>What it has applied.</summary>
    public required LogIndex AppliedIndex { get; init; }

    /// <summary>Its last entry.</summary>
    public required EntryId Last { get; init; }

    /// <summary>What is durable here.</summary>
    public required LogIndex DurableIndex { get; init; }

    /// <summary>Who belongs to the cluster.</summary>
    public required Configuration Configuration { get; init; }

    /// <summary>Where the log holds that; zero for the configuration that the cluster started with.</summary>
    public required LogIndex ConfigurationIndex { get; init; }

    /// <summary>The first index that its log can still hold: the one after what was compacted.</summary>
    public required LogIndex FirstIndex { get; init; }

    /// <summary>The last entry of its newest snapshot; zero when there is none.</summary>
    public required EntryId Snapshot { get; init; }

    /// <summary>What its log waits for, as in "waits for room on the disk of /data/n1"; empty while it waits for nothing (P11).</summary>
    public string Waiting { get; init; } = "";

    /// <summary>Why it stopped, or null while it runs.</summary>
    public HaltReason? Halt { get; init; }
}
