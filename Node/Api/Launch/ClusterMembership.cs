using RaftKv.Api.Clients;
using RaftKv.Api.Clusters;
using RaftKv.Api.Views;

namespace RaftKv.Api.Launch;

/// <summary>
/// Grows and shrinks running clusters whose servers agents look after: process, membership and cluster file together,
/// so that no step leaves a server that no one knows of.
/// </summary>
public static class ClusterMembership
{
    private const int LooksAtTheOthers = 3;

    /// <summary>As many sessions may add a server at the same moment before the last of them is told so.</summary>
    private const int MostAttempts = 16;

    private static readonly TimeSpan UndoLimit = TimeSpan.FromSeconds(10);

    /// <summary>
    /// Makes and starts a server with the next id and adds it as a learner. It is in the cluster file and known to the
    /// client when this returns; making it a voter is another step, <see cref="AdminClient.PromoteMemberAsync"/>.
    /// </summary>
    /// <param name="client">The cluster; it uses the new server from then on.</param>
    /// <param name="startTimeout">How long the server may take to be ready.</param>
    /// <param name="progress">Told what happens.</param>
    /// <param name="cancellationToken">Ends it; a server that did not come to belong to the cluster is taken back.</param>
    /// <exception cref="RaftKvException">As agent and leader say; ServerNotFound when no agent looks after the cluster.</exception>
    public static async Task<ServerSpec> AddLearnerAsync(
        ClusterClient client, TimeSpan startTimeout, Action<string>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(client);
        var highestTried = 0;
        for (var attempt = 1; ; attempt++)
        {
            // Written before anything is made: a server that no file can name would run and belong to the cluster all the same.
            await ChangeSpecAsync(client, spec => spec);
            var id = 1 + Math.Max(Math.Max(client.Spec.Servers.Max(s => s.Id), highestTried), await HighestIdAsync(client, cancellationToken));
            try
            {
                return await AddAsync(client, id, startTimeout, progress, cancellationToken);
            }
            catch (RaftKvException e) when (e.Kind == ErrorKind.MembershipBusy && attempt < MostAttempts)
            {
                progress?.Invoke($"Another session adds n{id} at the same moment: taking another id");
                highestTried = id;
            }
        }
    }

    /// <summary>Makes, starts and adds the server of one id.</summary>
    /// <exception cref="RaftKvException">MembershipBusy: another session took the id or changes the members. Nothing is left of this one.</exception>
    private static async Task<ServerSpec> AddAsync(
        ClusterClient client, int id, TimeSpan startTimeout, Action<string>? progress, CancellationToken cancellationToken)
    {
        var spec = client.Spec;
        var number = AgentWithRoom(spec);
        await using var agent = new AgentClient(spec.Agents[number]);
        var port = (await agent.ReservePortsAsync(1, spec.DataIsTemporary ? null : spec.Path, cancellationToken))[0];
        var endpoint = new UriBuilder(Uri.UriSchemeHttp, spec.Agents[number].Endpoint.Host, port).Uri;
        var server = new ServerSpec(id, $"n{id}", endpoint, number, Joined: true);
        var isMember = false;
        try
        {
            progress?.Invoke($"Starting {server.Name}");
            var made = await agent.CreateAsync(ServerConfig.Of(spec with { Servers = [.. spec.Servers, server] }, server), ServerPast.None, cancellationToken);
            server = server with { Incarnation = made.Incarnation };
            await agent.StartAsync(spec.ClusterId, id, startTimeout, cancellationToken);
            progress?.Invoke($"Adding {server.Name} to the cluster");
            isMember = true;
            await client.Admin.AddMemberAsync(id, endpoint, server.Incarnation, cancellationToken);
        }
        catch (RaftKvException e) when (!isMember || e.Kind is not (ErrorKind.OutcomeUnknown or ErrorKind.ServerUnreachable))
        {
            await UndoAsync(agent, spec.ClusterId, server);
            throw isMember && e.Kind == ErrorKind.InvalidArgument && await HighestIdAsync(client, cancellationToken) >= id
                ? new RaftKvException(ErrorKind.MembershipBusy, $"Another session added a server meanwhile. {e.Message}", e)
                : e;
        }
        catch (OperationCanceledException) when (!isMember)
        {
            await UndoAsync(agent, spec.ClusterId, server);
            throw;
        }
        catch (Exception)
        {
            // It may belong to the cluster: then it must not be lost, and if not it does no harm.
            await ChangeSpecAsync(client, s => With(s, server));
            throw;
        }

        await ChangeSpecAsync(client, s => With(s, server));
        return server;
    }

    /// <summary>
    /// Removes a server from the cluster, then ends its process. Its data stays unless all data of the cluster is
    /// temporary.
    /// </summary>
    /// <param name="client">The cluster; it no longer uses the server then.</param>
    /// <param name="serverId">Which one.</param>
    /// <param name="force">Removes it even where those that stay could not decide any more.</param>
    /// <param name="progress">Told what happens.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="RaftKvException">MajorityAtRisk, and nothing was changed; else as leader and agent say.</exception>
    public static async Task RemoveAsync(
        ClusterClient client, int serverId, bool force = false, Action<string>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(client);
        await RefreshAsync(client, cancellationToken);
        var spec = client.Spec;
        var server = spec.Servers.FirstOrDefault(s => s.Id == serverId)
            ?? throw new RaftKvException(ErrorKind.ServerNotFound, $"Cluster '{spec.Name}' has no server {serverId}.");
        if (!force && await MissingAsync(client, serverId, cancellationToken) is { Length: > 0 } missing)
        {
            throw new RaftKvException(
                ErrorKind.MajorityAtRisk,
                $"{server.Name} was not removed, because the others could not write any more: without it, {missing}. Start those that are down, or remove them first.");
        }

        progress?.Invoke($"Removing {server.Name} from the cluster");
        try
        {
            await client.Admin.RemoveMemberAsync(serverId, cancellationToken);
        }
        catch (RaftKvException e) when (e.Kind == ErrorKind.ServerNotFound)
        {
            // An earlier attempt has removed it and did not come further; the rest is still to be done.
            progress?.Invoke(e.Message);
        }

        if (server.Agent >= 0)
        {
            progress?.Invoke($"Stopping {server.Name}");
            await StopAsync(spec, server, cancellationToken);
        }

        await ChangeSpecAsync(client, s => s with { Servers = [.. s.Servers.Where(member => member.Id != serverId)] });
    }

    private static async Task StopAsync(ClusterSpec spec, ServerSpec server, CancellationToken cancellationToken)
    {
        await using var agent = new AgentClient(spec.Agents[server.Agent]);
        try
        {
            await agent.StopAsync(spec.ClusterId, server.Id, StopMode.Graceful, cancellationToken);
            await agent.RemoveAsync(spec.ClusterId, server.Id, spec.DataIsTemporary, cancellationToken);
        }
        catch (RaftKvException e) when (e.Kind == ErrorKind.ServerNotFound)
        {
            // The cluster was started without it, because its data is gone: nothing of it runs.
        }
    }

    /// <summary>What those that stay would lack. One that did not answer in time may be slow: it is looked at again.</summary>
    private static async Task<string> MissingAsync(ClusterClient client, int serverId, CancellationToken cancellationToken)
    {
        var missing = "";
        for (var look = 0; look < LooksAtTheOthers; look++)
        {
            missing = Majority.MissingAfterRemovalOf(await client.GetServerViewsAsync(cancellationToken), serverId);
            if (missing.Length == 0)
            {
                break;
            }
        }

        return missing;
    }

    /// <summary>The spec as its file says now: another session may have changed the cluster since it was read.</summary>
    private static ClusterSpec Newest(ClusterSpec spec) =>
        spec.Path is { } path && File.Exists(path) && ClusterSpec.Load(path) is var read && read.ClusterId == spec.ClusterId ? read : spec;

    private static ClusterSpec With(ClusterSpec spec, ServerSpec server) =>
        spec with { Servers = [.. spec.Servers.Where(s => s.Id != server.Id).Append(server).OrderBy(s => s.Id)] };

    /// <summary>Lets the client know what other sessions changed.</summary>
    internal static async Task RefreshAsync(ClusterClient client, CancellationToken cancellationToken)
    {
        if (client.Spec.Path is not null)
        {
            using var held = await NameClaim.LockAsync(cancellationToken);
            client.Change(Newest);
        }
    }

    /// <summary>
    /// Changes client and cluster file. Under the lock of the names, so that of two sessions that change the members at the
    /// same moment none writes over the other's change. A file that is gone was removed with its cluster, and stays away.
    /// </summary>
    private static async Task ChangeSpecAsync(ClusterClient client, Func<ClusterSpec, ClusterSpec> change)
    {
        if (client.Spec.Path is not { } path)
        {
            client.Change(change);
            return;
        }

        using var held = await NameClaim.LockAsync(CancellationToken.None);
        client.Change(spec => change(Newest(spec)) is var changed && File.Exists(path) ? changed.Save(path) : change(spec));
    }

    private static int AgentWithRoom(ClusterSpec spec) => spec.Agents.Count > 0
        ? Enumerable.Range(0, spec.Agents.Count).MinBy(a => spec.Servers.Count(s => s.Agent == a))
        : throw new RaftKvException(
            ErrorKind.ServerNotFound, $"No agent looks after cluster '{spec.Name}', so no server can be started for it from here.");

    private static async Task<int> HighestIdAsync(ClusterClient client, CancellationToken cancellationToken) =>
        (await client.Admin.GetAllStatusAsync(cancellationToken)).Values.Max(s => s?.HighestId ?? 0);

    /// <summary>
    /// Ends and deletes a server that never belonged to the cluster: the one that was made here, which its port tells
    /// from another of the same id. The first error is the one to see.
    /// </summary>
    private static async Task UndoAsync(AgentClient agent, string clusterId, ServerSpec made)
    {
        using var limit = new CancellationTokenSource(UndoLimit);
        try
        {
            var servers = await agent.ListAsync(clusterId, limit.Token);
            if (servers.Any(s => s.ServerId == made.Id && s.Endpoint == made.Endpoint.ToString().TrimEnd('/')))
            {
                await agent.StopAsync(clusterId, made.Id, StopMode.Kill, limit.Token);
                await agent.RemoveAsync(clusterId, made.Id, deleteData: true, limit.Token);
            }
        }
        catch (Exception e) when (e is RaftKvException or OperationCanceledException)
        {
            // The agent ends it with itself.
        }
    }
}
