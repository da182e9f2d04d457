using RaftKv.Engine.Driver;
using RaftKv.Tests.Planted;

namespace RaftKv.Tests.Simulation;

/// <summary>Bugs that are planted around the core, the pump and the work on snapshots.</summary>
internal enum PortFault
{
    None,

    /// <summary>The disk says "flushed" and does nothing.</summary>
    SkipFlush,

    /// <summary>A client's retry takes a new sequence number, as if there were no sessions.</summary>
    RetryAsNew,

    /// <summary>A client says that it has all replies while some of its lanes still wait (X3).</summary>
    AcknowledgeTooMuch,

    /// <summary>Servers forget sessions by limits of their own (X2).</summary>
    SessionLimitsDiffer,

    /// <summary>A state restored from a snapshot has no sessions (S8).</summary>
    SnapshotWithoutSessions,

    /// <summary>Flushing a directory does nothing (P6).</summary>
    SkipDirectoryFlush,

    /// <summary>After a crash the log is applied onto a state that had applied some of it already (P8).</summary>
    ApplyTwiceAfterCrash,

    /// <summary>A server comes back without its vote (E1).</summary>
    ForgetVoteAtRestart,

    /// <summary>Who may speak as a server is not asked: any data directory may, as long as no one met another since the last restart.</summary>
    ForgetPeersAtRestart,

    /// <summary>A server takes the start-up list's membership at every start (M7).</summary>
    TakeListAtEveryStart,

    /// <summary>Reads are served from what is applied, without asking anyone.</summary>
    StaleReads,
}

/// <summary>What a planted bug breaks.</summary>
internal enum BugArea
{
    Consensus,
    PumpAndStorage,
    SessionsAndSnapshots,
    Membership,
}

/// <summary>A bug that is planted on purpose, to see that the simulation finds it.</summary>
internal sealed record PlantedBug(string Name)
{
    private static readonly string[] PumpAndStorage =
    [
        nameof(CoreFault.CountUnsavedEntries), nameof(CoreFault.AcknowledgeBeforeSave), nameof(CoreFault.TrustStaleCompletion),
        nameof(CoreFault.ReadBeforeApply), nameof(CoreFault.VoteBeforeSave), nameof(PumpFault.AnswerBeforeSave), nameof(PortFault.SkipFlush),
        nameof(PortFault.SkipDirectoryFlush), nameof(PumpFault.ReadClockFirst), nameof(PortFault.ApplyTwiceAfterCrash), nameof(PortFault.ForgetVoteAtRestart),
    ];

    private static readonly string[] SessionsAndSnapshots =
    [
        nameof(CoreFault.KeepConflictingSuffix), nameof(PortFault.RetryAsNew), nameof(PortFault.AcknowledgeTooMuch), nameof(PortFault.SessionLimitsDiffer),
        nameof(PortFault.SnapshotWithoutSessions), nameof(SnapshotFault.AnnounceReceivedBeforeDurable), nameof(SnapshotFault.AnnounceTakenBeforeDurable),
    ];

    private static readonly string[] Membership =
    [
        nameof(CoreFault.ChangeWhileUncommitted), nameof(CoreFault.ChangeBeforeOwnCommit), nameof(CoreFault.CountLearners),
        nameof(CoreFault.CountRemovedSelf), nameof(CoreFault.KeepTruncatedConfiguration), nameof(PortFault.TakeListAtEveryStart),
        nameof(PortFault.ForgetPeersAtRestart),
    ];

    public static PlantedBug None { get; } = new("None");

    /// <summary>
    /// Those that take an order of messages which chance seldom finds: the exploration finds each, always
    /// (<see cref="Exploration.PlantedBugs"/>).
    /// </summary>
    public static IReadOnlyList<CoreFault> OfTheExploration { get; } =
    [
        CoreFault.VoteWhileLoyal, CoreFault.PromiseBeforeSpokenFor, CoreFault.CountEarlierRuns, CoreFault.ForgetSpentVote,
        CoreFault.AnswerRoundOfOlderTerm,
    ];

    /// <summary>All that the simulation is to find.</summary>
    public static IReadOnlyList<PlantedBug> All { get; } =
    [
        .. Enum.GetValues<CoreFault>().Where(f => f != CoreFault.None && !OfTheExploration.Contains(f)).Select(f => new PlantedBug(f.ToString()) { Core = f }),
        .. Enum.GetValues<PumpFault>().Where(f => f != PumpFault.None).Select(f => new PlantedBug(f.ToString()) { Pump = f }),
        .. Enum.GetValues<SnapshotFault>().Where(f => f != SnapshotFault.None).Select(f => new PlantedBug(f.ToString()) { Snapshot = f }),
        .. Enum.GetValues<PortFault>().Where(f => f != PortFault.None).Select(f => new PlantedBug(f.ToString()) { Port = f }),
    ];

    /// <summary>In the core.</summary>
    public CoreFault Core { get; init; }

    /// <summary>In the pump.</summary>
    public PumpFault Pump { get; init; }

    /// <summary>In the work on snapshots.</summary>
    public SnapshotFault Snapshot { get; init; }

    /// <summary>Around all three.</summary>
    public PortFault Port { get; init; }

    /// <summary>What it breaks.</summary>
    public BugArea Area => PumpAndStorage.Contains(Name) ? BugArea.PumpAndStorage
        : SessionsAndSnapshots.Contains(Name) ? BugArea.SessionsAndSnapshots
        : Membership.Contains(Name) ? BugArea.Membership
        : BugArea.Consensus;

    /// <summary>The bug of a name.</summary>
    /// <exception cref="ArgumentException">There is none.</exception>
    public static PlantedBug Of(string name) => All.FirstOrDefault(b => string.Equals(b.Name, name, StringComparison.OrdinalIgnoreCase))
        ?? throw new ArgumentException($"There is no planted bug '{name}'. There are: {string.Join(", ", All.Select(b => b.Name))}.", nameof(name));
}
