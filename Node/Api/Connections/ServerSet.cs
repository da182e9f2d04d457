using RaftKv.Api.Clusters;
using RaftKv.Api.Protocol;

namespace RaftKv.Api.Connections;

/// <summary>The connections to all servers of one cluster, by rising id.</summary>
internal sealed class ServerSet : IDisposable
{
    private readonly Dictionary<int, ServerConnection> _byId;

    public ServerSet(ClusterSpec spec)
    {
        Spec = spec;
        Header = new RequestHeader { ClusterId = spec.ClusterId };
        All = [.. spec.Servers.OrderBy(s => s.Id).Select(s => new ServerConnection(s, Header))];
        _byId = All.ToDictionary(s => s.Id);
    }

    public ClusterSpec Spec { get; }

    /// <summary>Goes with every request. Shared, never changed.</summary>
    public RequestHeader Header { get; }

    public IReadOnlyList<ServerConnection> All { get; }

    public int Majority => (All.Count / 2) + 1;

    /// <exception cref="RaftKvException">ServerNotFound.</exception>
    public ServerConnection Find(int serverId) => TryFind(serverId) ?? throw new RaftKvException(
        ErrorKind.ServerNotFound,
        $"Cluster '{Spec.Name}' has no server {serverId}; it has {string.Join(", ", All.Select(s => s.Id))}.");

    public ServerConnection? TryFind(int serverId) => _byId.GetValueOrDefault(serverId);

    public void Dispose()
    {
        foreach (var server in All)
        {
            server.Dispose();
        }
    }
}
