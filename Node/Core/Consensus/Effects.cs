namespace RaftKv.Core.Consensus;

/// <summary>
/// What one turn decided, as one ordered batch. "Durable before you answer" is two lists here, not a convention:
/// <see cref="Messages"/> and <see cref="Sends"/> may go at once, <see cref="MessagesAfterSave"/> only when every save
/// up to <see cref="RequiredSaveId"/> is durable. The object belongs to the core and is overwritten by the next Drain.
/// </summary>
public sealed class Effects
{
    /// <summary>
    /// Numbers this turn's save, from 1 upwards; zero when there is nothing to save. A save is the hard state, then
    /// the truncation or the reset, then the entries, in this order and as one unit, and last what the disk may forget.
    /// The driver answers with <see cref="Saved"/>.
    /// </summary>
    public long SaveId { get; internal set; }

    /// <summary>The term and vote to save, or null when unchanged.</summary>
    public HardState? HardState { get; internal set; }

    /// <summary>The first index to delete with all after it, or null. Never at or below the commit index (R4).</summary>
    public LogIndex? TruncateFrom { get; internal set; }

    /// <summary>
    /// The whole log gives way to a snapshot, which is durable already and ends with this entry; or null. Then there is
    /// no truncation beside it.
    /// </summary>
    public EntryId? ResetTo { get; internal set; }

    /// <summary>The log is no longer needed up to here, or null: a durable snapshot holds it. The disk may forget it when it likes.</summary>
    public LogIndex? CompactTo { get; internal set; }

    /// <summary>
    /// Whether this server holds again all that it was seen to acknowledge before its damaged tail was cut off: the
    /// durable note of that, see <see cref="RecoveredState.TrimmedAt"/>, may go (P4).
    /// </summary>
    public bool TailIsWhole { get; internal set; }

    /// <summary>Entries to append, contiguous after what remains of the log.</summary>
    public List<LogEntry> Append { get; } = [];

    /// <summary>What is to be saved, where <see cref="SaveId"/> is not zero. Its entries are this object's and overwritten with it.</summary>
    public Save ToSave() => new(SaveId, HardState, TruncateFrom, Append) { ResetTo = ResetTo, CompactTo = CompactTo, TailIsWhole = TailIsWhole };

    /// <summary>Messages that may go at once.</summary>
    public List<Message> Messages { get; } = [];

    /// <summary>Appends that may go at once: the driver fills them with entries.</summary>
    public List<AppendSend> Sends { get; } = [];

    /// <summary>Messages that may go only after <see cref="RequiredSaveId"/> is durable.</summary>
    public List<Message> MessagesAfterSave { get; } = [];

    /// <summary>The save that <see cref="MessagesAfterSave"/> wait for: the newest ever issued. Zero when none ever was.</summary>
    public long RequiredSaveId { get; internal set; }

    /// <summary>Snapshots to send, or to go on sending: the driver cuts them into parts and keeps them until the peer has them.</summary>
    public List<SnapshotSend> SnapshotSends { get; } = [];

    /// <summary>Parts of a leader's snapshot, to be taken in; answered with <see cref="SnapshotChunkStored"/>, the last with <see cref="SnapshotReceived"/>.</summary>
    public List<SnapshotChunk> SnapshotChunks { get; } = [];

    /// <summary>How far the snapshots are that this leader sends.</summary>
    public List<SnapshotChunkAccepted> SnapshotAnswers { get; } = [];

    /// <summary>
    /// The state machine's state is to be replaced by this received snapshot, after everything that was to be applied
    /// so far and before <see cref="Apply"/>; or null (S6). The driver answers with <see cref="Applied"/>.
    /// </summary>
    public SnapshotMeta? Install { get; internal set; }

    /// <summary>
    /// Committed entries to apply, or null. They may not be durable here yet, but they are on a majority (C4); the
    /// driver reads them from its cache or its log. Ranges are contiguous from turn to turn, but for an <see cref="Install"/>.
    /// </summary>
    public IndexRange? Apply { get; internal set; }

    /// <summary>Proposals that were appended, and where.</summary>
    public List<ProposalAppended> Appended { get; } = [];

    /// <summary>Proposals that were certainly not appended.</summary>
    public List<ProposalRefused> Refused { get; } = [];

    /// <summary>Reads that may be served from the applied state now.</summary>
    public List<ReadReady> ReadsReady { get; } = [];

    /// <summary>Reads that cannot be served here.</summary>
    public List<ReadRefused> ReadsRefused { get; } = [];

    /// <summary>Handovers of leadership that ended, well or not.</summary>
    public List<TransferEnded> Transfers { get; } = [];

    /// <summary>Changes of the membership that ended, well or not.</summary>
    public List<MembershipEnded> Memberships { get; } = [];

    /// <summary>The configuration in force, when it changed in this turn or came to be known as committed.</summary>
    public ConfigurationChange? Configuration { get; internal set; }

    /// <summary>Role, term and leader, when any of them changed in this turn.</summary>
    public RoleChange? RoleChange { get; internal set; }

    /// <summary>Set when this server went on in this turn without what could vouch for its disk. The driver writes it to its log.</summary>
    public WentOn? WentOn { get; internal set; }

    /// <summary>
    /// Set when this server must stop because going on would break a promise. The driver writes the reason to the log
    /// and ends the process; nothing else of this batch may leave.
    /// </summary>
    public HaltReason? Halt { get; internal set; }

    /// <summary>Whether the turn decided nothing at all.</summary>
    public bool IsEmpty =>
        SaveId == 0 && Messages.Count == 0 && Sends.Count == 0 && MessagesAfterSave.Count == 0 && Apply is null
        && Appended.Count == 0 && Refused.Count == 0 && ReadsReady.Count == 0 && ReadsRefused.Count == 0
        && Transfers.Count == 0 && Memberships.Count == 0 && Configuration is null && RoleChange is null && Halt is null
        && SnapshotSends.Count == 0 && SnapshotChunks.Count == 0 && SnapshotAnswers.Count == 0 && Install is null;

    internal void Clear()
    {
        SaveId = 0;
        HardState = null;
        TruncateFrom = null;
        ResetTo = null;
        CompactTo = null;
        TailIsWhole = false;
        Append.Clear();
        Messages.Clear();
        Sends.Clear();
        MessagesAfterSave.Clear();
        SnapshotSends.Clear();
        SnapshotChunks.Clear();
        SnapshotAnswers.Clear();
        Install = null;
        Apply = null;
        Appended.Clear();
        Refused.Clear();
        ReadsReady.Clear();
        ReadsRefused.Clear();
        Transfers.Clear();
        Memberships.Clear();
        Configuration = null;
        RoleChange = null;
        Halt = null;
        WentOn = null;
    }
}

/// <summary>A closed range of indexes.</summary>
/// <param name="First">The first.</param>
/// <param name="Last">The last, not before the first.</param>
public readonly record struct IndexRange(LogIndex First, LogIndex Last);

/// <summary>
/// Asks the driver to send entries to a peer. The driver fills it off the loop and drops it, with an
/// <see cref="AppendLost"/>, when the range is no longer the leader's of this term.
/// </summary>
/// <param name="To">The follower.</param>
/// <param name="Term">The leader's term, which the message carries even if it steps down meanwhile (R10).</param>
/// <param name="Previous">The entry before the first.</param>
/// <param name="Last">The last entry to carry; equal to the index of <paramref name="Previous"/> for an empty probe.</param>
/// <param name="Commit">The leader's commit index.</param>
public readonly record struct AppendSend(NodeId To, Term Term, EntryId Previous, LogIndex Last, LogIndex Commit)
{
    /// <summary>How many entries it carries.</summary>
    public int Count => (int)(Last - Previous.Index);
}

/// <summary>
/// Asks the driver to send a snapshot, or to go on with it where the peer is: it sends parts until the leadership ends
/// or the core asks for another snapshot for this peer, and it repeats nothing by itself.
/// </summary>
/// <param name="To">The follower.</param>
/// <param name="Term">The leader's term.</param>
/// <param name="Meta">Which snapshot: a durable one of this server.</param>
public readonly record struct SnapshotSend(NodeId To, Term Term, SnapshotMeta Meta);

/// <summary>The configuration in force after a change.</summary>
/// <param name="Index">Its entry; zero for the one the cluster started with.</param>
/// <param name="Configuration">Who belongs to the cluster.</param>
/// <param name="IsCommitted">Whether it is known to be committed; otherwise it can still be taken back (M2).</param>
public readonly record struct ConfigurationChange(LogIndex Index, Configuration Configuration, bool IsCommitted);

/// <summary>Role, term and leader after a change.</summary>
/// <param name="Role">The role now.</param>
/// <param name="Term">The term now.</param>
/// <param name="Leader">The leader as far as known, or none.</param>
public readonly record struct RoleChange(Role Role, Term Term, NodeId Leader);

/// <summary>Why a server that came back goes on although nothing vouches for its disk.</summary>
/// <param name="Code">A stable name for programs: <c>FewAnswered</c>, <c>NewestLogLetGo</c>.</param>
/// <param name="Message">What was heard and what may be lost.</param>
public sealed record WentOn(string Code, string Message);

/// <summary>Why a server refuses to go on.</summary>
/// <param name="Code">A stable name for programs: <c>CommittedEntryConflict</c>, <c>TwoLeadersInOneTerm</c>, <c>AcknowledgedEntriesLost</c>.</param>
/// <param name="Message">What happened, with the indexes and terms, and the way out.</param>
public sealed record HaltReason(string Code, string Message);
