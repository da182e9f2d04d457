using RaftKv.Core.Consensus;

namespace RaftKv.Node.Transport;

/// <summary>Who a server is to its peers, where they are, and how patient it is with them.</summary>
internal sealed record PeerTransportOptions
{
    /// <summary>The most messages that wait for one control stream; more are dropped. A healthy stream holds a handful.</summary>
    public const int MaxQueuedControlMessages = 4096;

    /// <summary>The most appends that wait for one data stream; more are dropped.</summary>
    public const int MaxQueuedAppends = 1024;

    /// <summary>The most bytes of appends that wait for one data stream; a single larger append still goes.</summary>
    public const long MaxQueuedDataBytes = 8L * 1024 * 1024;

    /// <summary>The most bytes in one frame, so that a control message waits behind one frame at most.</summary>
    public const int MaxFrameBytes = 256 * 1024;

    /// <summary>The first wait between two attempts to connect.</summary>
    public static readonly TimeSpan FirstBackoff = TimeSpan.FromMilliseconds(20);

    /// <summary>The cluster's id.</summary>
    public required string ClusterId { get; init; }

    /// <summary>This server.</summary>
    public required NodeId Self { get; init; }

    /// <summary>This server's incarnation.</summary>
    public required ulong Incarnation { get; init; }

    /// <summary>Where the others listen.</summary>
    public required IReadOnlyDictionary<NodeId, Uri> Peers { get; init; }

    /// <summary>How long a stream may make no progress before it is torn down.</summary>
    public required TimeSpan RpcTimeout { get; init; }

    /// <summary>The shortest election timeout: reconnecting is always tried more often than this.</summary>
    public required TimeSpan ElectionTimeoutLower { get; init; }

    /// <summary>The largest entry payload taken from a peer, in bytes.</summary>
    public required int MaxEntryBytes { get; init; }

    /// <summary>The longest wait between two attempts to connect: below the lower election timeout, and never above a second.</summary>
    public TimeSpan LastBackoff => TimeSpan.FromMilliseconds(
        Math.Clamp(ElectionTimeoutLower.TotalMilliseconds * 0.6, 5, 1000));

    /// <summary>How long one attempt to connect may take.</summary>
    public TimeSpan ConnectTimeout => TimeSpan.FromMilliseconds(
        Math.Clamp(ElectionTimeoutLower.TotalMilliseconds, 200, Math.Max(200, RpcTimeout.TotalMilliseconds)));
}
