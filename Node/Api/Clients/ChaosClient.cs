using Grpc.Core;
using RaftKv.Api.Connections;
using RaftKv.Api.Protocol;
using RaftKv.Api.Views;

namespace RaftKv.Api.Clients;

/// <summary>Breaks and mends the network. Each call goes to all servers in parallel.</summary>
public sealed class ChaosClient
{
    private static readonly TimeSpan CallLimit = TimeSpan.FromSeconds(2);

    private readonly ServerSet _servers;
    private readonly string? _token;

    internal ChaosClient(ServerSet servers, string? token)
    {
        _servers = servers;
        _token = token;
    }

    /// <summary>Cuts the cluster into groups; servers not named form one further group.</summary>
    /// <exception cref="RaftKvException">PartitionInvalid (nothing changed), ChaosDisabled.</exception>
    public Task<ChaosResult> PartitionAsync(IReadOnlyList<IReadOnlyList<int>> groups, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(groups);
        Validate(groups);
        var request = new PartitionRequest { Header = _servers.Header };
        foreach (var group in groups)
        {
            request.Groups.Add(new Group { Servers = { group } });
        }

        return ChangeAllAsync((server, options) => server.Chaos.PartitionAsync(request, options), cancellationToken);
    }

    /// <summary>Replaces the whole matrix and starts all coins again from the seed.</summary>
    /// <exception cref="RaftKvException">PartitionInvalid: a link names an unknown server (nothing changed); ChaosDisabled.</exception>
    public Task<ChaosResult> UploadAsync(IReadOnlyList<LinkView> links, ulong seed, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(links);
        foreach (var link in links)
        {
            Validate(link);
        }

        var request = new UploadRequest { Header = _servers.Header, Seed = seed, Links = { links.Select(link => link.ToWire()) } };
        return ChangeAllAsync((server, options) => server.Chaos.UploadAsync(request, options), cancellationToken);
    }

    /// <summary>Changes one entry.</summary>
    /// <exception cref="RaftKvException">PartitionInvalid: the link names an unknown server (nothing changed); ChaosDisabled.</exception>
    public Task<ChaosResult> UpdateAsync(LinkView link, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(link);
        Validate(link);
        var request = new UpdateRequest { Header = _servers.Header, Link = link.ToWire() };
        return ChangeAllAsync((server, options) => server.Chaos.UpdateAsync(request, options), cancellationToken);
    }

    /// <summary>Mutes or unmutes one server.</summary>
    /// <exception cref="RaftKvException">ServerNotFound, ServerUnreachable, ChaosDisabled.</exception>
    public async Task MuteAsync(int serverId, bool muted, CancellationToken cancellationToken = default)
    {
        var server = _servers.Find(serverId);
        var request = new MuteRequest { Header = _servers.Header, Muted = muted };
        var (_, failure) = await CallAsync(server, async (s, options) => await s.Chaos.MuteAsync(request, options), cancellationToken);
        if (failure is not null)
        {
            throw failure.ToException($"Server {server}");
        }
    }

    /// <summary>Mends everything on all servers.</summary>
    /// <exception cref="RaftKvException">ChaosDisabled.</exception>
    public Task<ChaosResult> ResetAsync(CancellationToken cancellationToken = default)
    {
        var request = new ResetRequest { Header = _servers.Header };
        return ChangeAllAsync((server, options) => server.Chaos.ResetAsync(request, options), cancellationToken);
    }

    /// <summary>What each server has; null for servers that did not answer.</summary>
    /// <exception cref="RaftKvException">ChaosDisabled.</exception>
    internal async Task<IReadOnlyDictionary<int, MatrixReply?>> ReadAsync(CancellationToken cancellationToken = default)
    {
        var request = new ReadMatrixRequest { Header = _servers.Header };
        var all = await AllAsync((server, options) => server.Chaos.ReadAsync(request, options), cancellationToken);
        return new SortedDictionary<int, MatrixReply?>(all.ToDictionary(a => a.Server.Id, a => a.Reply));
    }

    private async Task<ChaosResult> ChangeAllAsync(
        Func<ServerConnection, CallOptions, AsyncUnaryCall<ChaosReply>> send,
        CancellationToken cancellationToken)
    {
        var all = await AllAsync(send, cancellationToken);
        return new ChaosResult(
            [.. all.Where(a => a.Failure is null).Select(a => a.Server.Id)],
            new SortedDictionary<int, string>(all.Where(a => a.Failure is not null).ToDictionary(a => a.Server.Id, a => a.Failure!.Describe())));
    }

    private async Task<IReadOnlyList<(ServerConnection Server, T? Reply, RpcFailure? Failure)>> AllAsync<T>(
        Func<ServerConnection, CallOptions, AsyncUnaryCall<T>> send,
        CancellationToken cancellationToken)
        where T : class
    {
        var all = await Task.WhenAll(_servers.All.Select(async server =>
        {
            var (reply, failure) = await CallAsync(server, async (s, options) => await send(s, options), cancellationToken);
            return (server, reply, failure);
        }));

        // A refusal that all would give is the caller's to know; servers that are merely away, or whose port another cluster has, are not.
        var allAreForeign = all.All(a => a.failure is { IsForeign: true });
        if (all.FirstOrDefault(a => a.failure is { IsFinal: true } || allAreForeign) is { failure: { } refusal } refused)
        {
            throw refusal.ToException($"Server {refused.server}");
        }

        return all;
    }

    private async Task<(T? Reply, RpcFailure? Failure)> CallAsync<T>(
        ServerConnection server,
        Func<ServerConnection, CallOptions, Task<T>> send,
        CancellationToken cancellationToken)
        where T : class
    {
        if (_token is null)
        {
            throw new RaftKvException(
                ErrorKind.ChaosDisabled,
                $"Chaos is off in cluster '{_servers.Spec.Name}'. Start it with chaos (Start-RaftCluster -Chaos) to break its network.");
        }

        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(CallLimit);
        try
        {
            return (await send(server, new CallOptions(new Metadata { { ProtocolConstants.ChaosToken, _token } }, cancellationToken: limit.Token)), null);
        }
        catch (RpcException e)
        {
            cancellationToken.ThrowIfCancellationRequested();
            return (null, new RpcFailure(e));
        }
    }

    /// <summary>Everything wrong with the groups at once; nothing has been sent.</summary>
    private void Validate(IReadOnlyList<IReadOnlyList<int>> groups)
    {
        var faults = new List<string>();
        if (groups.Count == 0 || groups.Any(g => g.Count == 0))
        {
            faults.Add("a group is empty");
        }

        foreach (var server in groups.SelectMany(g => g).GroupBy(id => id).OrderBy(g => g.Key))
        {
            if (_servers.TryFind(server.Key) is null)
            {
                faults.Add($"there is no server {server.Key}");
            }
            else if (server.Count() > 1)
            {
                faults.Add($"server {server.Key} is named {server.Count()} times");
            }
        }

        ThrowIfAny(faults);
    }

    private void Validate(LinkView link)
    {
        var faults = new[] { link.From, link.To }.Where(id => _servers.TryFind(id) is null).Select(id => $"there is no server {id}").ToList();
        if (link.From == link.To)
        {
            faults.Add($"a link from server {link.From} to itself does not exist");
        }

        ThrowIfAny(faults);
    }

    private void ThrowIfAny(List<string> faults)
    {
        if (faults.Count > 0)
        {
            throw new RaftKvException(
                ErrorKind.PartitionInvalid,
                $"Nothing was changed: {string.Join("; ", faults)}. Cluster '{_servers.Spec.Name}' has servers {string.Join(", ", _servers.All.Select(s => s.Id))}.");
        }
    }
}
