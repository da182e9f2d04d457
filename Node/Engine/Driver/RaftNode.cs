using RaftKv.Core.Consensus;
using RaftKv.Core.Kv;
using RaftKv.Engine.Faults;
using RaftKv.Engine.Storage;

namespace RaftKv.Engine.Driver;

/// <summary>Where a server's data lies, who it is and how it behaves.</summary>
public sealed record RaftNodeOptions
{
    /// <summary>The data directory, made by <see cref="NodeIdentity"/>.Create.</summary>
    public required string DataDirectory { get; init; }

    /// <summary>Consensus options; their id must equal the directory's identity.</summary>
    public required RaftOptions Raft { get; init; }

    /// <summary>The disk. Decorated where faults are wanted.</summary>
    public required IDisk Disk { get; init; }

    /// <summary>The way to the peers.</summary>
    public required IPeerTransport Transport { get; init; }

    /// <summary>
    /// The faults to obey, or null. The node then asks the gate before every send and takes every received message
    /// through it, delays included; the host needs no decorator of its own.
    /// </summary>
    public FaultGate? Faults { get; init; }

    /// <summary>The most client sessions kept. Default 10,000; equal on all servers of a cluster.</summary>
    public int MaxSessions { get; init; } = 10_000;

    /// <summary>The most bytes of recent entries kept in memory for sending and applying. Default 64 MiB.</summary>
    public long EntryCacheBytes { get; init; } = 64L * 1024 * 1024;
}

/// <summary>How a proposal ended.</summary>
/// <param name="Outcome">Which way.</param>
/// <param name="Reply">The state machine's answer, when applied.</param>
/// <param name="Refusal">Why, when refused.</param>
/// <param name="Leader">Who leads as far as known, when refused; otherwise nobody.</param>
public readonly record struct ProposalResult(ProposalOutcome Outcome, Reply Reply, RefusalReason Refusal, NodeId Leader);

/// <summary>The ways in which a proposal can end.</summary>
public enum ProposalOutcome
{
    /// <summary>Committed and applied here.</summary>
    Applied,

    /// <summary>Certainly not appended.</summary>
    Refused,

    /// <summary>Appended, but this server lost leadership or stopped before it was applied: it may still commit (X4).</summary>
    Unknown,
}

/// <summary>How a read request ended.</summary>
/// <param name="View">The state to read from, or null when refused.</param>
/// <param name="Refusal">Why, when refused.</param>
/// <param name="Leader">Who leads as far as known, when refused; otherwise nobody.</param>
public readonly record struct ReadResult(KvView? View, RefusalReason Refusal, NodeId Leader);

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

    /// <summary>Why it stopped, or null while it runs.</summary>
    public HaltReason? Halt { get; init; }
}

/// <summary>
/// A whole server except its sockets: core, pump, log, state machine and their threads. Every member may be called
/// from any thread.
/// </summary>
public sealed class RaftNode : IAsyncDisposable
{
    /// <summary>Recovers from disk and starts the threads.</summary>
    /// <exception cref="InvalidDataException">The directory has no identity, another server's, or a damaged log; the message says what to do.</exception>
    public static RaftNode Start(RaftNodeOptions options) => throw new NotImplementedException();

    /// <summary>Who this is.</summary>
    public NodeIdentity Identity => throw new NotImplementedException();

    /// <summary>The state at this moment.</summary>
    public NodeStatus Status => throw new NotImplementedException();

    /// <summary>The applied state at this moment, for stale reads and inspection.</summary>
    public KvView View => throw new NotImplementedException();

    /// <summary>Completes when the node halts (with its reason) or was disposed (with null).</summary>
    public Task<HaltReason?> Completion => throw new NotImplementedException();

    /// <summary>Raised on every change of role, term or leader, from the pump's thread; handlers return at once.</summary>
    public event Action<RoleChange>? RoleChanged { add => throw new NotImplementedException(); remove => throw new NotImplementedException(); }

    /// <summary>Hands over a peer's message.</summary>
    public void Receive(Message message) => throw new NotImplementedException();

    /// <summary>Tells the core that an append was lost on its way out.</summary>
    public void ReportLost(NodeId peer, Term term) => throw new NotImplementedException();

    /// <summary>Replicates and applies an encoded command. Cancelling leaves the outcome unknown.</summary>
    public Task<ProposalResult> ProposeAsync(ReadOnlyMemory<byte> command, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>Waits until a read of the given freshness may be served, and gives the state to read from.</summary>
    public Task<ReadResult> ReadAsync(ReadConsistency consistency, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>Reads log entries for inspection.</summary>
    /// <param name="first">The first index wanted; clamped to what the log still holds.</param>
    /// <param name="maxCount">The most entries.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public Task<IReadOnlyList<LogEntry>> ReadLogAsync(LogIndex first, int maxCount, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>Stops the threads after the writes under way; pending requests end as unknown.</summary>
    public ValueTask DisposeAsync() => throw new NotImplementedException();
}
