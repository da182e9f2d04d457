using RaftKv.Core.Consensus;
using RaftKv.Engine.Driver;
using RaftKv.Engine.Storage;
using Wire = RaftKv.Api.Protocol.Peers;

namespace RaftKv.Node.Transport;

/// <summary>
/// Carries messages to all peers over gRPC: control messages and appends on streams of their own, so that large values
/// cause no election. <see cref="TrySend"/> only queues; one loop a peer does the rest. Links come and go with the
/// membership: a removed peer keeps its link until the removal is committed, for it can be taken back until then.
/// </summary>
internal sealed class GrpcPeerTransport : IPeerTransport, IAsyncDisposable
{
    private readonly PeerTransportOptions _options;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _stopping = new();
    private readonly Lock _lock = new();
    private readonly List<Task> _loops = [];

    /// <summary>Never changed once published, so that sending needs no lock.</summary>
    private volatile Dictionary<NodeId, (PeerLink Link, CancellationTokenSource Life)> _links = [];
    private volatile Configuration? _inForce;
    private volatile PeerRegistry? _registry;
    private Func<(Term Term, LogIndex Durable)>? _position;
    private PeerReports? _reports;
    private volatile string _removal = "";

    /// <summary>Prepares a link to each peer that the options name; nothing is connected before <see cref="Start"/>.</summary>
    public GrpcPeerTransport(PeerTransportOptions options, ILoggerFactory loggers)
    {
        _options = options;
        _logger = loggers.CreateLogger<PeerLink>();
        foreach (var (peer, endpoint) in options.Peers)
        {
            Add(peer, endpoint);
        }
    }

    /// <inheritdoc/>
    public bool TrySend(Message message) => _links.TryGetValue(message.To, out var link) && link.Link.TrySend(message);

    /// <summary>Connects to all peers and keeps them connected; after the first <see cref="Use"/>.</summary>
    /// <param name="position">This server's term and last durable index, for the hello.</param>
    /// <param name="reports">Told of what the server must know.</param>
    public void Start(Func<(Term Term, LogIndex Durable)> position, PeerReports reports)
    {
        lock (_lock)
        {
            _position = position;
            _reports = reports with
            {
                Removed = (peer, term, words) =>
                {
                    _removal = words;
                    reports.Removed(peer, term, words);
                },
            };
            foreach (var (peer, (link, life)) in _links)
            {
                Run(peer, link, life);
            }
        }
    }

    /// <summary>Connects to who has come, and lets go of who is gone for good.</summary>
    /// <param name="configuration">The configuration in force.</param>
    /// <param name="registry">Who may speak as whom, by that configuration.</param>
    public void Use(Configuration configuration, PeerRegistry registry)
    {
        lock (_lock)
        {
            _inForce = configuration;
            _registry = registry;
            foreach (var member in configuration.Members)
            {
                // The config is newer than the log where a whole cluster was started again on other ports.
                if (_options.Peers.GetValueOrDefault(member.Id) is { } known || Uri.TryCreate(member.Address, UriKind.Absolute, out known))
                {
                    AddAt(member.Id, known);
                }
            }

            foreach (var peer in _links.Keys.Where(IsRemoved).ToList())
            {
                Drop(peer);
            }
        }
    }

    /// <summary>
    /// Makes sure that a server that calls can be answered: it may have joined lately, and lead or campaign by a
    /// membership that has not come here yet. Until it has, the one who called last is the one to answer: an earlier
    /// one of that id may be left from an addition that failed.
    /// </summary>
    /// <returns>False when it is unknown and does not say where it listens, or there are too many already.</returns>
    public bool TryMeet(NodeId peer, string endpoint)
    {
        var isKnown = _links.ContainsKey(peer);
        if (isKnown && (_inForce?.Find(peer) is not null || _options.Peers.ContainsKey(peer)))
        {
            return true;
        }

        lock (_lock)
        {
            return Uri.TryCreate(endpoint, UriKind.Absolute, out var uri) && uri.Scheme == Uri.UriSchemeHttp ? AddAt(peer, uri) : isKnown;
        }
    }

    /// <summary>What a peer said when it refused this server as one that was removed for good; empty as long as none did.</summary>
    public string Removal => _removal;

    /// <summary>Whether a peer can be sent to.</summary>
    public bool IsConnected(NodeId peer) => _links.TryGetValue(peer, out var link) && link.Link.IsConnected;

    /// <summary>A peer was heard: connect to it now if that waits.</summary>
    public void PeerHeard(NodeId peer)
    {
        if (_links.TryGetValue(peer, out var link) && !link.Link.IsConnected)
        {
            link.Link.Wake();
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        Task[] loops;
        lock (_lock)
        {
            _stopping.Cancel();
            loops = [.. _loops];
        }

        await Task.WhenAll(loops);
        foreach (var (link, life) in _links.Values)
        {
            link.Dispose();
            life.Dispose();
        }

        _stopping.Dispose();
    }

    private bool IsRemoved(NodeId peer) => _registry?.IsRemoved(peer) == true;

    /// <summary>Adds a link, in the place of one that leads elsewhere.</summary>
    private bool AddAt(NodeId peer, Uri endpoint)
    {
        if (_links.TryGetValue(peer, out var existing) && existing.Link.Endpoint != endpoint)
        {
            Drop(peer);
        }

        return Add(peer, endpoint);
    }

    private bool Add(NodeId peer, Uri endpoint)
    {
        if (peer == _options.Self || _links.ContainsKey(peer))
        {
            return true;
        }

        if (_links.Count >= Configuration.MaxMembers || IsRemoved(peer) || _stopping.IsCancellationRequested)
        {
            return false;
        }

        var link = new PeerLink(peer, endpoint, _options, _logger);
        var life = CancellationTokenSource.CreateLinkedTokenSource(_stopping.Token);
        _links = new(_links) { [peer] = (link, life) };
        Run(peer, link, life);
        return true;
    }

    private void Drop(NodeId peer)
    {
        var (_, life) = _links[peer];
        _links = _links.Where(l => l.Key != peer).ToDictionary();

        // The loop ends by itself; its link holds nothing that has to be freed sooner than the process' memory.
        life.CancelAsync().ContinueWith(static t => _ = t.Exception, TaskScheduler.Default);
    }

    private void Run(NodeId peer, PeerLink link, CancellationTokenSource life)
    {
        if (_position is { } position && _reports is { } reports && _registry is { } registry)
        {
            _loops.RemoveAll(l => l.IsCompleted);
            _loops.Add(Task.Run(() => link.RunAsync(registry, () => HelloTo(peer, position()), reports, life.Token)));
        }
    }

    private Wire.Hello HelloTo(NodeId peer, (Term Term, LogIndex Durable) position) => new()
    {
        ClusterId = _options.ClusterId,
        From = _options.Self.Value,
        To = peer.Value,
        Incarnation = _options.Incarnation,
        Term = position.Term.Value,
        LastDurableIndex = position.Durable.Value,
        Endpoint = _options.Peers.GetValueOrDefault(_options.Self)?.ToString() ?? "",
    };
}
