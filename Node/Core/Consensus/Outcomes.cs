namespace RaftKv.Core.Consensus;

/// <summary>A proposal has its place in the log; whether it commits is not known yet.</summary>
/// <param name="RequestId">The proposal.</param>
/// <param name="Id">Its entry.</param>
public readonly record struct ProposalAppended(long RequestId, EntryId Id);

/// <summary>Why a request was refused.</summary>
public enum RefusalReason
{
    /// <summary>Another server leads, or none.</summary>
    NotLeader = 0,

    /// <summary>Too many bytes or requests wait already (C7).</summary>
    Overloaded = 1,

    /// <summary>Leadership is being handed over.</summary>
    Transferring = 2,

    /// <summary>A single command exceeds the largest entry.</summary>
    TooLarge = 3,

    /// <summary>The disk has no room, and there is no one to step aside for (P11).</summary>
    DiskFull = 4,
}

/// <summary>A proposal was certainly not appended: the client may send it elsewhere at once.</summary>
/// <param name="RequestId">The proposal.</param>
/// <param name="Reason">Why.</param>
/// <param name="Leader">Who leads as far as known, or none.</param>
public readonly record struct ProposalRefused(long RequestId, RefusalReason Reason, NodeId Leader);

/// <summary>A read may be served: everything up to <paramref name="Index"/> is applied here.</summary>
/// <param name="RequestId">The read.</param>
/// <param name="Index">The index that its linearization point needed.</param>
public readonly record struct ReadReady(long RequestId, LogIndex Index);

/// <summary>A read cannot be served here.</summary>
/// <param name="RequestId">The read.</param>
/// <param name="Reason">Why.</param>
/// <param name="Leader">Who leads as far as known, or none.</param>
public readonly record struct ReadRefused(long RequestId, RefusalReason Reason, NodeId Leader);

/// <summary>How a handover of leadership ended.</summary>
public enum TransferOutcome
{
    /// <summary>The target leads.</summary>
    Done = 0,

    /// <summary>This server does not lead: ask the leader.</summary>
    NotLeader = 1,

    /// <summary>Another handover is under way.</summary>
    Busy = 2,

    /// <summary>The target is no voter of this cluster, or there is no one to hand over to.</summary>
    UnknownTarget = 3,

    /// <summary>The target did not take over within an election timeout; this server goes on if it still leads.</summary>
    TimedOut = 4,

    /// <summary>Someone else was elected meanwhile.</summary>
    AnotherLeads = 5,
}

/// <summary>A handover of leadership ended.</summary>
/// <param name="RequestId">The request.</param>
/// <param name="Outcome">How.</param>
/// <param name="Leader">Who leads now as far as known, or none.</param>
/// <param name="Term">The term now.</param>
public readonly record struct TransferEnded(long RequestId, TransferOutcome Outcome, NodeId Leader, Term Term);

/// <summary>How a change of the membership ended.</summary>
public enum MembershipOutcome
{
    /// <summary>The change is committed.</summary>
    Done = 0,

    /// <summary>This server does not lead: ask the leader. Nothing was changed.</summary>
    NotLeader = 1,

    /// <summary>An earlier change is not committed yet (M2). Nothing was changed.</summary>
    InProgress = 2,

    /// <summary>This leader has not committed an entry of its own term yet (M1): ask again. Nothing was changed.</summary>
    NotReady = 3,

    /// <summary>No such server belongs to the cluster. Nothing was changed.</summary>
    UnknownServer = 4,

    /// <summary>The id was given before, and ids are never reused (M7). Nothing was changed.</summary>
    IdUsed = 5,

    /// <summary>The server votes already. Nothing was changed.</summary>
    AlreadyVoter = 6,

    /// <summary>The learner has not caught up with the log yet (M5): ask again. Nothing was changed.</summary>
    NotCaughtUp = 7,

    /// <summary>The only voter cannot be removed. Nothing was changed.</summary>
    LastVoter = 8,

    /// <summary>Leadership is being handed over. Nothing was changed.</summary>
    Transferring = 9,

    /// <summary>The cluster has as many servers as it can have, or the address is too long. Nothing was changed.</summary>
    TooLarge = 10,

    /// <summary>Leadership was lost with the change uncommitted: it may or may not come into force.</summary>
    Unknown = 11,
}

/// <summary>A change of the membership ended.</summary>
/// <param name="RequestId">The request.</param>
/// <param name="Outcome">How.</param>
/// <param name="Index">The entry that holds the change; zero when nothing was changed.</param>
/// <param name="Server">The server it was about: for a new one the id that it got.</param>
/// <param name="Leader">Who leads as far as known, or none.</param>
public readonly record struct MembershipEnded(
    long RequestId, MembershipOutcome Outcome, LogIndex Index, NodeId Server, NodeId Leader);
