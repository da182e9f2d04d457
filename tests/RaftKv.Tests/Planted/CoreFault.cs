namespace RaftKv.Tests.Planted;

/// <summary>
/// Bugs of the core that tests plant to see that the judges find them. How each changes the core's sources stands in
/// <c>tests/planted-bugs.txt</c>; <see cref="PlantedBuild"/> compiles a core that has them.
/// </summary>
internal enum CoreFault
{
    None,

    /// <summary>Entries of older terms are committed by counting (C1).</summary>
    CommitOlderTermByCounting,

    /// <summary>A leader counts entries as its own before they are durable (C4).</summary>
    CountUnsavedEntries,

    /// <summary>A follower trusts the leader's commit index beyond what was verified (R3).</summary>
    CommitUnverified,

    /// <summary>A follower acknowledges entries before they are durable (P1).</summary>
    AcknowledgeBeforeSave,

    /// <summary>A completion marks entries durable that were appended again since (P3).</summary>
    TrustStaleCompletion,

    /// <summary>A server gives its vote to everyone who asks.</summary>
    VoteTwice,

    /// <summary>A server votes for candidates with older logs (E4).</summary>
    VoteForOlderLog,

    /// <summary>A leader serves reads without proving that it leads (L2).</summary>
    ReadWithoutRound,

    /// <summary>A leader serves reads before it committed in its term (L1).</summary>
    ReadBeforeOwnCommit,

    /// <summary>A leader trusts its lease far longer than followers keep their part of it (L4).</summary>
    LeaseTooLong,

    /// <summary>A read is served before what it must see is applied (L3).</summary>
    ReadBeforeApply,

    /// <summary>A vote is given before it is durable (E1).</summary>
    VoteBeforeSave,

    /// <summary>A follower obeys the appends of an older term's leader.</summary>
    ObeyOldTerm,

    /// <summary>An empty append is accepted wherever it claims to follow (R2).</summary>
    SkipCheckOfEmptyAppend,

    /// <summary>An append deletes all that it does not carry, matching or not (R1).</summary>
    TruncateMatchingEntries,

    /// <summary>Half of an even number of voters counts as a majority (C5).</summary>
    HalfIsMajority,

    /// <summary>A leader changes the membership while an earlier change is uncommitted (M2).</summary>
    ChangeWhileUncommitted,

    /// <summary>A fresh leader changes the membership before it committed an entry of its term (M1).</summary>
    ChangeBeforeOwnCommit,

    /// <summary>A leader counts what learners hold like what voters hold (C3).</summary>
    CountLearners,

    /// <summary>A leader that removes itself goes on counting itself (M3).</summary>
    CountRemovedSelf,

    /// <summary>A configuration stays in force when its entry is deleted (M2).</summary>
    KeepTruncatedConfiguration,

    /// <summary>A follower keeps what follows a snapshot in its log although its entry there is another one (S1).</summary>
    KeepConflictingSuffix,

    /// <summary>A leader commits, and answers its clients, as soon as it holds an entry itself.</summary>
    CommitAlone,

    /// <summary>A server sticks to its leader only where a vote is asked for in a term that it does not know yet (L4).</summary>
    VoteWhileLoyal,

    /// <summary>A server that came back acknowledges and confirms a leader before its peers spoke for it (P7).</summary>
    PromiseBeforeSpokenFor,

    /// <summary>A leader that did not answer a restarted server in time is never asked again (P7).</summary>
    NeverAskLeaderLate,

    /// <summary>A leader counts what a peer acknowledged before it came back with less (P7).</summary>
    CountEarlierRuns,

    /// <summary>A heartbeat of an older term is answered with its round, which its sender may take for one of this term (L2).</summary>
    AnswerRoundOfOlderTerm,

    /// <summary>A server that came back keeps its vote in a term in which it may have given it (P7).</summary>
    ForgetSpentVote,
}
