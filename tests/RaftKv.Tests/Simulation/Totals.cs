namespace RaftKv.Tests.Simulation;

/// <summary>What can happen in a run and is counted, to see that runs try what they are meant to try.</summary>
internal enum Happening
{
    Operation,
    UnknownOutcome,
    Retry,
    LinearizableRead,
    LeaseRead,
    StaleRead,
    RangeRead,
    SessionExpiry,
    Election,
    Truncation,
    Handover,
    MembershipChange,
    MembershipRefusal,
    SnapshotInstalled,
    Crash,
    PowerLoss,
    CrashThatLostBytes,
    LostBytes,
    LostRename,
    TornTailTrimmed,
    Rest,
    Pause,
    StaleClock,
    ClockJump,
    Partition,
    SplitVote,
    HeldVote,
    OneWayCut,
    FlappingLink,
    LossyLink,
    RefusedByHelloGate,
    RolledBackDisk,
    WipedDisk,
    RolledBackAmidFaults,
    NewIdentity,
    LostSegments,
    SnapshotRotInUse,
    LostVote,
    DamageBeyondLimits,
    WentOn,
    WentOnDamaged,
    TightDisk,
    ChangedList,
    OwnOptions,
    BitRot,
    SnapshotRot,
    RefusedAsDamaged,
    DiskFull,
    DiskFullRefusal,
    WaitForRoom,
    FailedFlush,
    StalledDisk,
    SlowDisk,
    RefusedPeer,
    LateMessage,
    LateHello,
    LostHello,
    Ambush,
    Message,
}

/// <summary>The counts of one run.</summary>
internal sealed class Totals : IEquatable<Totals>
{
    private readonly long[] _counts = new long[Enum.GetValues<Happening>().Length];

    public long this[Happening happening] => _counts[(int)happening];

    public void Add(Happening happening, long count = 1) => _counts[(int)happening] += count;

    public bool Equals(Totals? other) => other is not null && _counts.AsSpan().SequenceEqual(other._counts);

    public override bool Equals(object? obj) => Equals(obj as Totals);

    public override int GetHashCode() => _counts[0].GetHashCode();
}
