using RaftKv.Core.Consensus;
using RaftKv.Engine.Driver;
using Wire = RaftKv.Api.Protocol.Peers;

namespace RaftKv.Node.Transport;

/// <summary>
/// Carries messages to all peers over gRPC: control messages and appends on streams of their own, so that large values
/// cause no election. <see cref="TrySend"/> only queues; one loop a peer does the rest.
/// </summary>
internal sealed class GrpcPeerTransport : IPeerTransport, IAsyncDisposable
{
    private readonly PeerTransportOptions _options;
    private readonly Dictionary<NodeId, PeerLink> _links = [];
    private readonly CancellationTokenSource _stopping = new();
    private Task _loops = Task.CompletedTask;

    /// <summary>Prepares a link to each peer; nothing is connected before <see cref="Start"/>.</summary>
    public GrpcPeerTransport(PeerTransportOptions options, PeerIncarnations incarnations, ILoggerFactory loggers)
    {
        _options = options;
        var logger = loggers.CreateLogger<PeerLink>();
        foreach (var peer in options.Peers.Keys.Where(p => p != options.Self))
        {
            _links.Add(peer, new PeerLink(peer, options, incarnations, logger));
        }
    }

    /// <inheritdoc/>
    public bool TrySend(Message message) => _links.TryGetValue(message.To, out var link) && link.TrySend(message);

    /// <summary>Connects to all peers and keeps them connected.</summary>
    /// <param name="position">This server's term and last durable index, for the hello.</param>
    /// <param name="lost">Told when a broken stream may have lost appends of a term to a peer.</param>
    public void Start(Func<(Term Term, LogIndex Durable)> position, Action<NodeId, Term> lost)
    {
        _loops = Task.WhenAll(_links.Select(l => Task.Run(() => l.Value.RunAsync(() => HelloTo(l.Key, position()), lost, _stopping.Token))));
    }

    /// <summary>Whether a peer can be sent to.</summary>
    public bool IsConnected(NodeId peer) => _links.TryGetValue(peer, out var link) && link.IsConnected;

    /// <summary>A peer was heard: connect to it now if that waits.</summary>
    public void PeerHeard(NodeId peer)
    {
        if (_links.TryGetValue(peer, out var link) && !link.IsConnected)
        {
            link.Wake();
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _loops;
        foreach (var link in _links.Values)
        {
            link.Dispose();
        }

        _stopping.Dispose();
    }

    private Wire.Hello HelloTo(NodeId peer, (Term Term, LogIndex Durable) position) => new()
    {
        ClusterId = _options.ClusterId,
        From = _options.Self.Value,
        To = peer.Value,
        Incarnation = _options.Incarnation,
        Term = position.Term.Value,
        LastDurableIndex = position.Durable.Value,
    };
}
