namespace RaftKv.Core.Consensus;

/// <summary>
/// One step of the outside world. Time comes with every one, and what is due by then happens first: after a pause
/// an overdue check-quorum or lease expiry is dealt with before any proposal or read that waited (L5).
/// </summary>
/// <param name="Now">A reading of the monotonic clock, never before an earlier one.</param>
/// <param name="Event">What happened, or null when only time passed.</param>
public readonly record struct Input(Instant Now, InputEvent? Event);

/// <summary>What can happen to a server.</summary>
public abstract record InputEvent;

/// <summary>A peer's message arrived.</summary>
/// <param name="Message">The message, addressed to this server.</param>
public sealed record MessageReceived(Message Message) : InputEvent;

/// <summary>A client's command wants to be replicated. It is appended in the next Drain, or refused there.</summary>
/// <param name="RequestId">The driver's name for it, unique while it is pending.</param>
/// <param name="Payload">The encoded command; not changed after this call.</param>
public sealed record Proposal(long RequestId, ReadOnlyMemory<byte> Payload) : InputEvent;

/// <summary>How fresh a read must be.</summary>
public enum ReadConsistency
{
    /// <summary>Sees every write acknowledged before the read began: ReadIndex (thesis 6.4).</summary>
    Linearizable = 0,

    /// <summary>
    /// The same from the leader's lease (thesis 6.4.1), as long as no server starts again with shorter election timeouts
    /// than it had, and clocks never stand still, none faster than the leader's by more than
    /// <see cref="RaftOptions.LeaseFraction"/> allows.
    /// </summary>
    Lease = 1,

    /// <summary>Whatever this server has applied.</summary>
    Stale = 2,
}

/// <summary>A client wants to read; the answer is a <see cref="ReadReady"/> or a <see cref="ReadRefused"/>.</summary>
/// <param name="RequestId">The driver's name for it, unique while it is pending.</param>
/// <param name="Consistency">How fresh.</param>
public sealed record ReadRequest(long RequestId, ReadConsistency Consistency) : InputEvent;

/// <summary>Someone wants another server to lead; the answer is a <see cref="TransferEnded"/>.</summary>
/// <param name="RequestId">The driver's name for it, unique while it is pending.</param>
/// <param name="Target">Who is to lead; none means the server that is best prepared.</param>
public sealed record TransferLeadership(long RequestId, NodeId Target) : InputEvent;

/// <summary>Someone wants to change who belongs to the cluster; the answer is a <see cref="MembershipEnded"/>.</summary>
/// <param name="RequestId">The driver's name for it, unique while it is pending.</param>
/// <param name="Change">What to change.</param>
public sealed record ChangeMembership(long RequestId, MembershipChange Change) : InputEvent;

/// <summary>One change of one server: majorities before and after it share a server (thesis 4.1).</summary>
public abstract record MembershipChange;

/// <summary>Adds a server that receives entries and neither votes nor counts, until it is promoted (thesis 4.2.1, M5).</summary>
/// <param name="Address">Where its peers reach it.</param>
/// <param name="Server">Its id, above every id ever given (M7); none means the next one.</param>
/// <param name="Incarnation">That of its data directory, so that no other comes in its place (P7); zero when it is not known.</param>
public sealed record AddLearner(string Address, NodeId Server = default, ulong Incarnation = 0) : MembershipChange;

/// <summary>Makes a learner a voter, once it has caught up (M5).</summary>
/// <param name="Server">The learner.</param>
public sealed record PromoteLearner(NodeId Server) : MembershipChange;

/// <summary>Removes a server, voter or learner, forever; the leader may remove itself (M3).</summary>
/// <param name="Server">The server.</param>
public sealed record RemoveMember(NodeId Server) : MembershipChange;

/// <summary>Everything up to and including a save is durable. Saves complete in the order in which they were drained.</summary>
/// <param name="SaveId">The last save that completed: <see cref="Effects.SaveId"/>.</param>
public sealed record Saved(long SaveId) : InputEvent;

/// <summary>The state machine has applied the log up to an index.</summary>
/// <param name="Index">That index; never less than an earlier one.</param>
public sealed record Applied(LogIndex Index) : InputEvent;

/// <summary>
/// An append for a peer was dropped before it reached the wire (no connection, a broken stream, an unreadable
/// range): the leader goes back to probing instead of waiting for an answer that cannot come (R13).
/// </summary>
/// <param name="Peer">The peer.</param>
/// <param name="Term">The term of the dropped append; older ones are ignored.</param>
public sealed record AppendLost(NodeId Peer, Term Term) : InputEvent;

/// <summary>
/// The disk has no room for what was to be saved, or has room again. Nothing was lost: the save waits (P11).
/// </summary>
/// <param name="IsFull">Whether there is no room.</param>
public sealed record DiskFull(bool IsFull) : InputEvent;

/// <summary>A snapshot of this server's own state is durable: the log's head may go.</summary>
/// <param name="Meta">What it stands for.</param>
public sealed record SnapshotTaken(SnapshotMeta Meta) : InputEvent;

/// <summary>
/// A snapshot of this server was found to be damaged when it was read to be sent: what it held is in the applied state and
/// on other servers. Of the newest another one is made of the applied state; see <see cref="Raft.IsSnapshotDamaged"/>.
/// </summary>
/// <param name="Last">The snapshot: its last entry.</param>
public sealed record SnapshotDamaged(EntryId Last) : InputEvent;

/// <summary>A snapshot is being read through before it is sent, which may take long: anyone who waits for it is not forgotten.</summary>
/// <param name="Last">The snapshot: its last entry.</param>
public sealed record SnapshotChecked(EntryId Last) : InputEvent;

/// <summary>A part of a leader's snapshot was taken in, or was not the one that comes next.</summary>
/// <param name="From">The leader that sent it.</param>
/// <param name="Term">That leader's term.</param>
/// <param name="Last">The snapshot: its last entry.</param>
/// <param name="NextOffset">The first byte that is still missing.</param>
public sealed record SnapshotChunkStored(NodeId From, Term Term, EntryId Last, long NextOffset) : InputEvent;

/// <summary>A leader's snapshot is whole, intact and durable under its name: it can take the place of state and log.</summary>
/// <param name="From">The leader that sent the last part.</param>
/// <param name="Term">That leader's term.</param>
/// <param name="Meta">What the snapshot stands for.</param>
public sealed record SnapshotReceived(NodeId From, Term Term, SnapshotMeta Meta) : InputEvent;
