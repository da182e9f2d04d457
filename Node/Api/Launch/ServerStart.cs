using RaftKv.Api.Clients;
using RaftKv.Api.Clusters;

namespace RaftKv.Api.Launch;

/// <summary>Starts single servers, also those that were left out when their cluster was started, and that their agent does not know therefore.</summary>
public static class ServerStart
{
    /// <summary>Starts a server with the data that it has, and returns when it is ready.</summary>
    /// <param name="client">The cluster.</param>
    /// <param name="serverId">Which one.</param>
    /// <param name="timeout">How long it may take to be ready.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="RaftKvException">DataDirectoryMissing: its data is still gone; else as the agent says.</exception>
    public static async Task StartAsync(ClusterClient client, int serverId, TimeSpan timeout, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(client);
        var agent = client.AgentOf(serverId);
        try
        {
            await agent.StartAsync(client.Spec.ClusterId, serverId, timeout, cancellationToken);
        }
        catch (RaftKvException e) when (e.Kind == ErrorKind.ServerNotFound)
        {
            // Another session may have removed it for good.
            await ClusterMembership.RefreshAsync(client, cancellationToken);
            agent = client.AgentOf(serverId);
            await TakeInAsync(client.Spec, serverId, agent, cancellationToken);
            await agent.StartAsync(client.Spec.ClusterId, serverId, timeout, cancellationToken);
        }
    }

    private static async Task TakeInAsync(ClusterSpec spec, int serverId, AgentClient agent, CancellationToken cancellationToken)
    {
        var server = spec.Servers.First(s => s.Id == serverId);
        try
        {
            await agent.CreateAsync(ServerConfig.Of(spec, server), ServerPast.Ran, cancellationToken);
        }
        catch (RaftKvException e) when (e.Kind == ErrorKind.DataDirectoryMissing || e.IsDataUnusable)
        {
            throw new RaftKvException(
                e.Kind,
                $"{e.Message} The cluster was started without it. Put its own directory back and start it again, or remove the server (Remove-RaftMember "
                + $"{server.Name}) and add another one (Add-RaftMember).", e)
            {
                IsDataUnusable = e.IsDataUnusable,
            };
        }
    }
}
