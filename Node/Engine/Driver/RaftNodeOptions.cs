using RaftKv.Core.Consensus;
using RaftKv.Engine.Faults;
using RaftKv.Engine.Storage;

namespace RaftKv.Engine.Driver;

/// <summary>Where a server's data lies, who it is and how it behaves.</summary>
public sealed record RaftNodeOptions
{
    /// <summary>The data directory, made by <see cref="NodeIdentity"/>.Create.</summary>
    public required string DataDirectory { get; init; }

    /// <summary>The directory's lock, where the caller has taken it: the node lets go of it at its end, also when its start fails. Null: the node takes it.</summary>
    public DataDirectoryLock? DirectoryLock { get; init; }

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

    /// <summary>The most client sessions kept by entries of earlier versions, which do not say it. Default 10,000; equal on all servers of a cluster.</summary>
    public int MaxSessions { get; init; } = 10_000;

    /// <summary>The most bytes of recent entries kept in memory for sending and applying. Default 64 MiB.</summary>
    public long EntryCacheBytes { get; init; } = 64L * 1024 * 1024;

    /// <summary>The size of a segment of the log. Default 16 MiB.</summary>
    public int SegmentBytes { get; init; } = 16 * 1024 * 1024;

    /// <summary>A snapshot is taken after so many entries. Default 100,000; 0 does not count entries.</summary>
    public long SnapshotThresholdEntries { get; init; } = 100_000;

    /// <summary>A snapshot is taken after so many bytes of entries. Default 64 MiB; 0 does not count bytes.</summary>
    public long SnapshotThresholdBytes { get; init; } = 64L * 1024 * 1024;

    /// <summary>The most bytes of a snapshot in one message. Default 64 KiB.</summary>
    public int SnapshotChunkBytes { get; init; } = 64 * 1024;

    /// <summary>The most bytes of a snapshot under way to one peer. Default 2 MiB.</summary>
    public int SnapshotWindowBytes { get; init; } = 2 * 1024 * 1024;

    /// <summary>The most bytes of saves that share a flush; one larger save still goes alone. Default 8 MiB; 1 gives each a flush of its own.</summary>
    public long GroupCommitBytes { get; init; } = GroupCommit.DefaultBatchBytes;

    /// <summary>The most inputs taken in one turn. Default 4,096; 1 puts each proposal into a save and an append of its own.</summary>
    public int MaxInputsPerTurn { get; init; } = 4096;

    /// <summary>Opens another log than the write-ahead log, from the disk and the log's directory; null for that one. Snapshots are off with another log.</summary>
    public Func<IDisk, string, ILogStorage>? OpenLog { get; init; }
}
