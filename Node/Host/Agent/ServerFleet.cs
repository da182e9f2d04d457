using System.Collections.Concurrent;
using RaftKv.Api;
using RaftKv.Api.Clusters;
using RaftKv.Api.Launch;
using RaftKv.Api.Protocol;
using ServerPast = RaftKv.Api.Protocol.ServerPast;
using StopMode = RaftKv.Api.Protocol.StopMode;

namespace RaftKv.Node.Agent;

/// <summary>All servers of one agent. Thread-safe.</summary>
internal sealed class ServerFleet(string directory, string nodePath, ILogger<ManagedServer> logger) : IDisposable
{
    /// <summary>The most servers that one agent looks after.</summary>
    public const int MaxServers = 1024;

    private readonly ConcurrentDictionary<(string ClusterId, int ServerId), ManagedServer> _servers = new();

    /// <summary>Those whose directory is being made: of two sessions that add a server of one id, one gets it.</summary>
    private readonly ConcurrentDictionary<(string ClusterId, int ServerId), bool> _making = new();

    /// <summary>Where relative data paths start.</summary>
    public string Directory { get; } = directory;

    /// <summary>What servers run.</summary>
    public string NodePath { get; } = nodePath;

    /// <summary>All servers, or one cluster's, by rising id.</summary>
    public IReadOnlyList<ManagedServer> All(string clusterId = "") =>
    [
        .. _servers.Where(s => clusterId.Length == 0 || s.Key.ClusterId == clusterId)
            .OrderBy(s => s.Key.ClusterId, StringComparer.Ordinal).ThenBy(s => s.Key.ServerId).Select(s => s.Value),
    ];

    /// <summary>Makes a server's directory and looks after it from now on; does not start it.</summary>
    /// <exception cref="Grpc.Core.RpcException">
    /// InvalidArgument, ServerRunning, DataDirectoryInUse, DataDirectoryMissing; MembershipBusy: it is to be a new server, and
    /// there is one of that id. Nothing was changed.
    /// </exception>
    public ManagedServer Create(string configJson, ServerPast past)
    {
        var config = ServerDirectory.ReadConfig(configJson, Directory);
        var key = (config.ClusterId, config.Id);
        if (!_making.TryAdd(key, true))
        {
            throw IsTaken(config);
        }

        try
        {
            return Create(config, past, key);
        }
        finally
        {
            _making.TryRemove(key, out _);
        }
    }

    private ManagedServer Create(ServerConfig config, ServerPast past, (string ClusterId, int ServerId) key)
    {
        if (_servers.TryGetValue(key, out var known) && past == ServerPast.None)
        {
            throw IsTaken(config);
        }

        if (known is { HasProcess: true })
        {
            throw ServiceErrors.Of(ErrorCode.ServerRunning, $"Server {config.Name} runs; stop it before you change its config.");
        }

        if (known is null && _servers.Count >= MaxServers)
        {
            throw ServiceErrors.Of(ErrorCode.Overloaded, $"This agent looks after {MaxServers} servers already.");
        }

        var identity = ServerDirectory.Prepare(config, past);
        if (known is not null)
        {
            known.Reconfigure(config, identity.Incarnation);
            return known;
        }

        return _servers.GetOrAdd(key, _ => new ManagedServer(config, identity.Incarnation, NodePath, logger));
    }

    private static Grpc.Core.RpcException IsTaken(ServerConfig config) => ServiceErrors.Of(
        ErrorCode.MembershipBusy,
        $"This agent looks after a server {config.Id} of this cluster already: another session may be adding it. Nothing was changed.");

    /// <summary>One server.</summary>
    /// <exception cref="Grpc.Core.RpcException">ServerNotFound.</exception>
    public ManagedServer Find(string clusterId, int serverId) => _servers.GetValueOrDefault((clusterId, serverId))
        ?? throw ServiceErrors.Of(ErrorCode.ServerNotFound, $"This agent looks after no server {serverId} of cluster {clusterId}: it was removed, or left out when the cluster was started without what was "
            + "missing, and then Start-RaftServer takes it in again once its directory is back.");

    /// <summary>Forgets a stopped server.</summary>
    /// <exception cref="Grpc.Core.RpcException">ServerNotFound, ServerRunning.</exception>
    public void Remove(string clusterId, int serverId, bool deleteData)
    {
        var server = Find(clusterId, serverId);
        if (server.HasProcess)
        {
            throw ServiceErrors.Of(ErrorCode.ServerRunning, $"Server {server.Config.Name} runs; stop it first.");
        }

        _servers.TryRemove((clusterId, serverId), out _);
        if (deleteData && System.IO.Directory.Exists(server.Config.DataPath))
        {
            ServerData.Delete(server.Config.DataPath);
        }

        server.Dispose();
    }

    /// <summary>Deletes the data of a cluster's servers that this agent looks after no more.</summary>
    /// <param name="clusterId">The cluster.</param>
    /// <param name="dataPath">Where their directories lie, relative to <see cref="Directory"/> or absolute.</param>
    /// <returns>What was deleted.</returns>
    /// <exception cref="Grpc.Core.RpcException">InvalidArgument; ServerRunning, DataDirectoryInUse: nothing was deleted.</exception>
    public IReadOnlyList<string> RemoveData(string clusterId, string dataPath)
    {
        if (clusterId.Length == 0 || dataPath.Length == 0)
        {
            throw ServiceErrors.Of(ErrorCode.InvalidArgument, "Whose data is to be deleted, and where it lies, must both be said: nothing was deleted.");
        }

        if (All(clusterId) is [var known, ..])
        {
            throw ServiceErrors.Of(ErrorCode.ServerRunning, $"This agent still looks after server {known.Config.Name} of the cluster: nothing was deleted.");
        }

        var path = Path.GetFullPath(dataPath, Directory);
        try
        {
            var (deleted, _) = ClusterData.DeleteServers(clusterId, path);
            if (path != Path.GetFullPath(Directory))
            {
                ClusterData.DeleteIfEmpty(path);
            }

            return deleted;
        }
        catch (RaftKvException e)
        {
            throw ServiceErrors.Of(ErrorCode.DataDirectoryInUse, e.Message);
        }
    }

    /// <summary>Ends all processes, all at the same time.</summary>
    public Task StopAllAsync(StopMode mode) => Task.WhenAll(All().Select(s => s.StopAsync(mode)));

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var server in _servers.Values)
        {
            server.Dispose();
        }
    }
}
