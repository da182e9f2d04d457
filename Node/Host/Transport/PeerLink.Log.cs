using RaftKv.Core.Consensus;
using RaftKv.Node.Observability;

namespace RaftKv.Node.Transport;

internal sealed partial class PeerLink
{
    [LoggerMessage(EventIds.PeerConnected, LogLevel.Information, "Connected to {Peer} at {Endpoint}, incarnation {Incarnation:x16}.")]
    private partial void LogConnected(NodeId peer, Uri endpoint, ulong incarnation);

    [LoggerMessage(EventIds.PeerDisconnected, LogLevel.Information, "Disconnected from {Peer} at {Endpoint}: {Reason}.")]
    private partial void LogDisconnected(NodeId peer, Uri endpoint, string reason);

    [LoggerMessage(EventIds.PeerRefusedUs, LogLevel.Error, "{Peer} at {Endpoint} refuses this server: {Reason}")]
    private partial void LogRefusedUs(NodeId peer, Uri endpoint, string reason);

    [LoggerMessage(EventIds.PeerCalledRefused, LogLevel.Warning, "Does not talk to what answers for {Peer} at {Endpoint}: {Reason}")]
    private partial void LogRefused(NodeId peer, Uri endpoint, string reason);

    [LoggerMessage(EventIds.PeerConnectFailed, LogLevel.Debug, "Cannot connect to {Peer} at {Endpoint}: {Reason}.")]
    private partial void LogConnectFailed(NodeId peer, Uri endpoint, string reason);
}
