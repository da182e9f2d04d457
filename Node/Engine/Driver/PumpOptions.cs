namespace RaftKv.Engine.Driver;

/// <summary>The limits of the pump.</summary>
public sealed record PumpOptions
{
    /// <summary>The most bytes of recent entries kept in memory. Default 64 MiB; entries not durable yet come on top.</summary>
    public long EntryCacheBytes { get; init; } = 64L * 1024 * 1024;

    /// <summary>The most inputs taken in one turn, so that timers are looked at in between. Default 4,096.</summary>
    public int MaxInputsPerTurn { get; init; } = 4096;

    /// <summary>The most bytes handed to the applier that it has not applied yet. Default 16 MiB; one larger entry still goes alone.</summary>
    public long MaxApplyAheadBytes { get; init; } = 16L * 1024 * 1024;

    /// <summary>The most bytes handed to the applier at once, or read for it at once. Default 1 MiB; one larger entry still goes alone.</summary>
    public int MaxApplyChunkBytes { get; init; } = 1024 * 1024;

    /// <summary>A snapshot is taken after so many entries. Default 0: entries are not counted.</summary>
    public long SnapshotThresholdEntries { get; init; }

    /// <summary>A snapshot is taken after so many bytes of entries. Default 0: bytes are not counted.</summary>
    public long SnapshotThresholdBytes { get; init; }

    /// <summary>
    /// The most bytes of a snapshot in one message. Default 64 KiB: a larger buffer would count as a large object, and
    /// a stream of those makes the runtime collect the whole heap, with the loop standing still.
    /// </summary>
    public int SnapshotChunkBytes { get; init; } = 64 * 1024;

    /// <summary>The most bytes of a snapshot under way to one peer. Default 2 MiB.</summary>
    public int SnapshotWindowBytes { get; init; } = 2 * 1024 * 1024;

    /// <summary>
    /// At most one lost append is reported for a peer in this time: the core answers each with a new probe, and a peer
    /// without a connection would lose that one too, without end. Default 100 ms; the heartbeat interval suits.
    /// </summary>
    public TimeSpan LostAppendInterval { get; init; } = TimeSpan.FromMilliseconds(100);

#if RAFTKV_TEST_FAULTS
    /// <summary>A bug planted by a test.</summary>
    internal PumpFault Fault { get; init; }
#endif
}

/// <summary>Everything the pump is connected to.</summary>
public sealed record PumpPorts
{
    /// <summary>Where inputs come from.</summary>
    public required IInbox Inbox { get; init; }

    /// <summary>The way to the peers.</summary>
    public required IPeerTransport Transport { get; init; }

    /// <summary>Writes saves.</summary>
    public required ILogWriter LogWriter { get; init; }

    /// <summary>Reads entries back.</summary>
    public required ILogReader LogReader { get; init; }

    /// <summary>Applies committed entries.</summary>
    public required IApplier Applier { get; init; }

    /// <summary>Makes and keeps snapshots, or null for a server that takes none.</summary>
    public ISnapshots? Snapshots { get; init; }

    /// <summary>Is told what became of requests.</summary>
    public required IRequestObserver Observer { get; init; }
}
