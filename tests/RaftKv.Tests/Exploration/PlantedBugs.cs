using RaftKv.Tests.Planted;

namespace RaftKv.Tests.Exploration;

/// <summary>For each bug that can be planted in the core, small bounds in which the search comes upon it.</summary>
internal static class PlantedBugs
{
    /// <summary>Every election that there can be, without clocks.</summary>
    public const string Untimed = "--timed false --pre-vote false --stickiness false --check-quorum false --ticks 0 ";

    /// <summary>One server's disk is put back to what it was at any moment before.</summary>
    private const string OneDisk = "--crashes 1 --copies 1 --one-is-faulty true ";

    private static readonly Dictionary<CoreFault, string> Words = new()
    {
        [CoreFault.CommitOlderTermByCounting] = Untimed + "--timeouts 1 --entry-bytes 1000",
        [CoreFault.CountUnsavedEntries] = Untimed + "--timeouts 0 --slow-saves 1",
        [CoreFault.CommitUnverified] = "--pre-vote false --ticks 3 --timeouts 1",
        [CoreFault.AcknowledgeBeforeSave] = Untimed + "--begins-led false --timeouts 1",
        [CoreFault.TrustStaleCompletion] = Untimed + "--slow-saves 2 --terms 3 --timeouts 2",
        [CoreFault.VoteTwice] = Untimed + "--timeouts 2 --proposals 0",
        [CoreFault.VoteForOlderLog] = Untimed + "--timeouts 1",
        [CoreFault.ReadWithoutRound] = Untimed + "--timeouts 1 --reads 1 --follower-reads false",
        [CoreFault.ReadBeforeOwnCommit] = Untimed + "--timeouts 1 --reads 1 --follower-reads false",
        [CoreFault.LeaseTooLong] = "--pre-vote false --ticks 2 --upper-ticks 6 --timeouts 1 --lease-reads 1",
        [CoreFault.ReadBeforeApply] = Untimed + "--timeouts 0 --reads 1",
        [CoreFault.VoteBeforeSave] = Untimed + "--begins-led false --timeouts 1",
        [CoreFault.ObeyOldTerm] = Untimed + "--timeouts 1",
        [CoreFault.SkipCheckOfEmptyAppend] = "--timeouts 0 --ticks 1",
        [CoreFault.TruncateMatchingEntries] = Untimed + "--timeouts 0 --proposals 2",
        [CoreFault.HalfIsMajority] = Untimed + "--voters 2 --begins-led false --timeouts 1",
        [CoreFault.ChangeWhileUncommitted] = Untimed + "--joiners 1 --symmetry false --timeouts 0 --proposals 0 --changes 2",
        [CoreFault.ChangeBeforeOwnCommit] = Untimed + "--symmetry false --timeouts 1 --proposals 0 --changes 1",
        [CoreFault.CountLearners] = Untimed + "--joiners 1 --symmetry false --timeouts 0 --changes 1",
        [CoreFault.CountRemovedSelf] = Untimed + "--symmetry false --timeouts 0 --proposals 0 --changes 1",
        [CoreFault.KeepTruncatedConfiguration] = Untimed + "--symmetry false --timeouts 1 --proposals 0 --changes 1",
        [CoreFault.KeepConflictingSuffix] = Untimed + "--timeouts 1 --snapshots 1",
        [CoreFault.VoteWhileLoyal] = "--begins-contested true --pre-vote false --upper-ticks 6 --ticks 2 --timeouts 1 --proposals 0",
        [CoreFault.PromiseBeforeSpokenFor] = Untimed + OneDisk + "--begins-copied true --timeouts 1",
        [CoreFault.CountEarlierRuns] = Untimed + OneDisk + "--timeouts 0",
        [CoreFault.ForgetSpentVote] = Untimed + OneDisk + "--begins-copied true --begins-led false --terms 1 --timeouts 2 --proposals 0",
        [CoreFault.AnswerRoundOfOlderTerm] = Untimed + "--terms 3 --timeouts 2 --proposals 0 --reads 1",
        [CoreFault.CommitAlone] = Untimed + "--begins-led false --timeouts 1",
    };

    public static IEnumerable<CoreFault> All => Words.Keys;

    public static Bounds BoundsOf(CoreFault fault) =>
        BoundsText.Parse(Words[fault].Split(' ', StringSplitOptions.RemoveEmptyEntries)) with { Fault = fault };
}
