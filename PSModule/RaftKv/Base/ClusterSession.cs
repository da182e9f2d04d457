using RaftKv.Api;
using RaftKv.Api.Clients;
using RaftKv.Api.Clusters;

namespace RaftKv.Base;

/// <summary>
/// The connections of one cluster, shared by all runspaces of this process. A client session is opened once and used by
/// every write; another deadline means another client beside it.
/// </summary>
internal sealed class ClusterSession
{
    /// <summary>How long an operation may take with its retries when the user says nothing.</summary>
    public static readonly TimeSpan DefaultDeadline = TimeSpan.FromSeconds(10);

    private readonly Lock _gate = new();
    private readonly Dictionary<TimeSpan, (ClusterClient Cluster, KvClient KeyValue)> _clients = [];
    private volatile ClusterSpec _spec;
    private ClusterClient? _observer;
    private bool _closed;

    public ClusterSession(ClusterSpec spec) => _spec = spec;

    /// <summary>The cluster.</summary>
    public ClusterSpec Spec => _spec;

    /// <summary>Looks, steers and breaks.</summary>
    public ClusterClient Client
    {
        get
        {
            lock (_gate)
            {
                ThrowIfClosed();
                return _observer ??= Make(DefaultDeadline);
            }
        }
    }

    /// <summary>Reads and writes, with this deadline for one operation.</summary>
    public KvClient KeyValue(TimeSpan deadline)
    {
        lock (_gate)
        {
            ThrowIfClosed();
            if (!_clients.TryGetValue(deadline, out (ClusterClient Cluster, KvClient KeyValue) pair))
            {
                ClusterClient cluster = deadline == DefaultDeadline ? _observer ??= Make(deadline) : Make(deadline);
                pair = (cluster, cluster.CreateKvClient(gatherWrites: true));
                _clients.Add(deadline, pair);
            }

            return pair.KeyValue;
        }
    }

    /// <summary>Takes the members of a newer cluster file into use, for all runspaces that share these connections.</summary>
    public void Use(ClusterSpec spec)
    {
        lock (_gate)
        {
            _spec = spec;
            foreach (ClusterClient client in _clients.Values.Select(pair => pair.Cluster).Append(_observer).OfType<ClusterClient>().Distinct())
            {
                client.Use(spec);
            }
        }
    }

    /// <summary>
    /// Lets all clients of this cluster follow the one that looks and steers, which has just changed the members. Reads
    /// them under the lock: of two changes at the same moment the newer holds.
    /// </summary>
    public void UseNewest()
    {
        lock (_gate)
        {
            if (_observer is { } observer)
            {
                Use(observer.Spec);
            }
        }
    }

    /// <summary>Closes all connections; a later use is an error.</summary>
    public async Task CloseAsync()
    {
        List<IAsyncDisposable> open = [];
        lock (_gate)
        {
            _closed = true;
            open.AddRange(_clients.Values.Select(pair => pair.KeyValue));
            open.AddRange(_clients.Values.Select(pair => pair.Cluster).Append(_observer).OfType<ClusterClient>().Distinct());
            _clients.Clear();
            _observer = null;
        }

        foreach (IAsyncDisposable client in open)
        {
            try
            {
                await client.DisposeAsync();
            }
            catch (RaftKvException)
            {
                // Closing is courtesy to the servers, and these may be gone already.
            }
        }
    }

    private ClusterClient Make(TimeSpan deadline) => new(_spec, new ClientOptions
    {
        Deadline = deadline,
        OnRetry = text => Feedback.Current?.Verbose(text),
    });

    private void ThrowIfClosed()
    {
        if (_closed)
        {
            throw new RaftException(ErrorIds.NoCluster, $"Cluster '{_spec.Name}' was stopped or disconnected.");
        }
    }
}
