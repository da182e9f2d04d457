namespace RaftKv.Engine.Storage;

/// <summary>How a log lies on disk.</summary>
public sealed record WriteAheadLogOptions
{
    /// <summary>
    /// The size of a segment, reserved when it is made. Default 16 MiB; at least 4 KiB. A frame that is larger gets a
    /// segment of its own size.
    /// </summary>
    public int SegmentBytes { get; init; } = 16 * 1024 * 1024;

    /// <summary>
    /// Enters every checksum, so that no value of a client passes for a part of the log, and a segment of another
    /// data directory is noticed. The identity's incarnation; any constant will do for a test.
    /// </summary>
    public ulong Salt { get; init; }
}
