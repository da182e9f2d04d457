using Grpc.Core;
using RaftKv.Api.Clusters;
using RaftKv.Api.Connections;
using RaftKv.Api.Protocol;

namespace RaftKv.Api.Clients;

/// <summary>Learns what a cluster is from its servers themselves, where there is no cluster file.</summary>
public static class ClusterDiscovery
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(3);

    /// <summary>Asks each endpoint who it is.</summary>
    /// <param name="endpoints">Where the servers listen, each named once.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The cluster of those that answered, and what is wrong with the rest, in words.</returns>
    /// <exception cref="RaftKvException">ServerUnreachable: none answered. WrongCluster: they belong to several.</exception>
    public static async Task<(ClusterSpec Spec, IReadOnlyList<string> Problems)> FindAsync(
        IReadOnlyList<Uri> endpoints, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        var asked = await Task.WhenAll(endpoints.Distinct().Select(endpoint => AskAsync(endpoint, cancellationToken)));
        var answered = asked.Where(a => a.Status is not null).Select(a => (a.Endpoint, Status: a.Status!)).ToArray();
        List<string> problems = [.. asked.Where(a => a.Status is null).Select(a => $"{a.Endpoint}: {a.Said}")];
        if (answered.Length == 0)
        {
            throw new RaftKvException(ErrorKind.ServerUnreachable, $"No server answered. {string.Join("; ", problems)}.");
        }

        var clusters = answered.GroupBy(a => a.Status.ClusterId).ToArray();
        if (clusters.Length > 1)
        {
            var which = clusters.Select(c => $"{string.Join(", ", c.Select(a => a.Endpoint))} of {c.Key}");
            throw new RaftKvException(ErrorKind.WrongCluster, $"The servers belong to {clusters.Length} clusters: {string.Join("; ", which)}.");
        }

        var servers = answered.GroupBy(a => a.Status.ServerId).Select(same => same.First()).OrderBy(a => a.Status.ServerId).ToArray();
        var unnamed = servers.SelectMany(a => a.Status.Peers).Select(peer => peer.ServerId)
            .Except(servers.Select(a => a.Status.ServerId)).Order().ToArray();
        if (unnamed.Length > 0)
        {
            problems.Add($"the cluster also has server {string.Join(", ", unnamed)}, which is none of the endpoints");
        }

        var id = clusters[0].Key;
        return (new ClusterSpec
        {
            Name = "cluster-" + id[..Math.Min(8, id.Length)],
            ClusterId = id,
            Servers = [.. servers.Select(a => new ServerSpec(a.Status.ServerId, a.Status.Name, a.Endpoint))],
            CreatedUtc = DateTimeOffset.UtcNow,
        }, problems);
    }

    private static async Task<(Uri Endpoint, ServerStatus? Status, string Said)> AskAsync(Uri endpoint, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Limit);
        using var channel = Channels.Open(endpoint);
        try
        {
            return (endpoint, await new Admin.AdminClient(channel).StatusAsync(new StatusRequest(), cancellationToken: limit.Token), "");
        }
        catch (RpcException e)
        {
            cancellationToken.ThrowIfCancellationRequested();
            return (endpoint, null, new RpcFailure(e).Describe());
        }
    }
}
