namespace RaftKv.Core.Consensus;

/// <summary>
/// The consensus algorithm as a function: inputs in, effects out, no clock, no thread, no file. The same sequence of
/// <see cref="Step"/> and <see cref="Drain"/> gives the same effects, which makes runs replayable and reviewable.
/// Called only from one driver's loop.
/// </summary>
public sealed partial class Raft
{
    /// <summary>Starts from what was recovered, as a follower.</summary>
    /// <param name="options">Valid options.</param>
    /// <param name="recovered">What the disk holds.</param>
    /// <param name="now">The monotonic clock.</param>
    /// <exception cref="ArgumentException">The options have faults; the message lists all.</exception>
    public Raft(RaftOptions options, RecoveredState recovered, Instant now) => throw new NotImplementedException();

    /// <summary>When the core next wants an input even if nothing happens. Changes with Step and Drain.</summary>
    public Instant NextDeadline => throw new NotImplementedException();

    /// <summary>What this server is.</summary>
    public Role Role => throw new NotImplementedException();

    /// <summary>Its term.</summary>
    public Term Term => throw new NotImplementedException();

    /// <summary>The leader as far as known.</summary>
    public NodeId Leader => throw new NotImplementedException();

    /// <summary>Everything up to here is committed, as far as this server knows.</summary>
    public LogIndex CommitIndex => throw new NotImplementedException();

    /// <summary>The last entry, durable or not.</summary>
    public EntryId LastEntry => throw new NotImplementedException();

    /// <summary>Everything up to here is durable on this server.</summary>
    public LogIndex DurableIndex => throw new NotImplementedException();

    /// <summary>Takes one input. Cheap; decides nothing that Drain can batch.</summary>
    public void Step(in Input input) => throw new NotImplementedException();

    /// <summary>Ends a turn: appends, read rounds and saves are made here, once for all that was stepped.</summary>
    /// <returns>The one effects object, valid until the next call.</returns>
    public Effects Drain() => throw new NotImplementedException();
}
