using RaftKv.Api.Clusters;
using RaftKv.Api.Protocol;

namespace RaftKv.Api.Connections;

/// <summary>
/// The connections to all servers of one cluster, by rising id. They follow the cluster's members: connections of
/// servers that stay are kept, and one of a server that left is closed only at the end, for calls may be under way.
/// Thread-safe.
/// </summary>
internal sealed class ServerSet : IDisposable
{
    private readonly Lock _lock = new();
    private readonly List<ServerConnection> _left = [];
    private volatile State _state;

    public ServerSet(ClusterSpec spec)
    {
        Header = new RequestHeader { ClusterId = spec.ClusterId };
        _state = new State(spec, [.. spec.Servers.OrderBy(s => s.Id).Select(s => new ServerConnection(s, Header))]);
    }

    public ClusterSpec Spec => _state.Spec;

    /// <summary>Goes with every request. Shared, never changed.</summary>
    public RequestHeader Header { get; }

    public IReadOnlyList<ServerConnection> All => _state.All;

    public int Majority => (All.Count / 2) + 1;

    /// <summary>Takes the members of a newer cluster file into use.</summary>
    public void Use(ClusterSpec spec) => Change(_ => spec);

    /// <summary>Takes a changed cluster into use; changes at the same moment are made one after the other.</summary>
    public void Change(Func<ClusterSpec, ClusterSpec> change)
    {
        lock (_lock)
        {
            var before = _state;
            var spec = change(before.Spec);
            var all = spec.Servers.OrderBy(s => s.Id)
                .Select(s => before.All.FirstOrDefault(c => c.Spec == s) ?? new ServerConnection(s, Header)).ToList();
            _left.AddRange(before.All.Except(all));
            _state = new State(spec, all);
        }
    }

    /// <exception cref="RaftKvException">ServerNotFound.</exception>
    public ServerConnection Find(int serverId) => TryFind(serverId) ?? throw new RaftKvException(
        ErrorKind.ServerNotFound,
        $"Cluster '{Spec.Name}' has no server {serverId}; it has {string.Join(", ", All.Select(s => s.Id))}.");

    public ServerConnection? TryFind(int serverId) => _state.ById.GetValueOrDefault(serverId);

    public void Dispose()
    {
        lock (_lock)
        {
            foreach (var server in _state.All.Concat(_left))
            {
                server.Dispose();
            }
        }
    }

    private sealed class State(ClusterSpec spec, IReadOnlyList<ServerConnection> all)
    {
        public ClusterSpec Spec { get; } = spec;

        public IReadOnlyList<ServerConnection> All { get; } = all;

        public Dictionary<int, ServerConnection> ById { get; } = all.ToDictionary(s => s.Id);
    }
}
