using System.Collections.Concurrent;
using RaftKv.Api.Backups;
using RaftKv.Api.Clients;
using RaftKv.Api.Clusters;

namespace RaftKv.Api.Launch;

/// <summary>The servers of a launch: all of them, or those of a stopped cluster that can go on with their data, where the caller wants that.</summary>
internal sealed partial class ClusterLaunch
{
    /// <summary>Why servers of a stopped cluster cannot go on with their data, by their ids.</summary>
    private readonly ConcurrentDictionary<int, RaftKvException> _lost = new();

    /// <summary>
    /// Makes all directories before any server starts, so that each server's list can say which directory each of the
    /// others has. Those of a stopped cluster must all be there, unless asked to go on without.
    /// </summary>
    /// <returns>The incarnations of the servers that can start, by their ids.</returns>
    private async Task<IReadOnlyDictionary<int, ulong>> CreateServersAsync(
        ClusterSpec spec, List<AgentClient> clients, CancellationToken cancellationToken)
    {
        var past = claim.Stopped is null ? ServerPast.None : ServerPast.Ran;
        var made = new ConcurrentDictionary<int, ulong>();
        await ForEachAsync(
            spec,
            async (server, token) => made[server.Id] = (await clients[server.Agent].CreateAsync(ServerConfig.Of(spec, server), past, token)).Incarnation,
            cancellationToken);
        return made;
    }

    private async Task StartServersAsync(ClusterSpec spec, List<AgentClient> clients, CancellationToken cancellationToken)
    {
        // Each server's list names the directories of all, which were not known before they were made.
        await ForEachAsync(spec, CompleteAsync, cancellationToken);
        await ForEachAsync(spec, StartAsync, cancellationToken);
        foreach (var server in spec.Servers.Where(s => _lost.ContainsKey(s.Id)))
        {
            options.OnWarning?.Invoke(
                $"Cluster '{claim.Name}' was started without {server.Name}, which still belongs to it; its directory was left as it is. Where that can be put "
                + $"back, do so and then 'Start-RaftServer {server.Name}'; else remove the server (Remove-RaftMember {server.Name}) and add another one "
                + $"(Add-RaftMember). {MajorityMissing(spec)}{WhyLost(spec, server)}");
        }

        async Task CompleteAsync(ServerSpec server, CancellationToken token)
        {
            await clients[server.Agent].CreateAsync(ServerConfig.Of(spec, server), ServerPast.Made, token);
            if (options.BackupPath is { } backup)
            {
                await clients[server.Agent].SeedAsync(spec.ClusterId, server.Id, BackupFile.ReadStateAsync(backup, token), token);
            }
        }

        async Task StartAsync(ServerSpec server, CancellationToken token)
        {
            await clients[server.Agent].StartAsync(spec.ClusterId, server.Id, options.Timeout, token);
            Interlocked.Increment(ref _ready);
            Report($"Server {server.Name} is ready");
        }
    }

    /// <summary>Does something with each server that is not lost, and notes which are.</summary>
    /// <exception cref="RaftKvException">Servers are lost, and the caller does not want to go on without them; the message names them and the way out.</exception>
    private async Task ForEachAsync(ClusterSpec spec, Func<ServerSpec, CancellationToken, Task> work, CancellationToken cancellationToken)
    {
        await Parallel.ForEachAsync(spec.Servers.Where(s => !_lost.ContainsKey(s.Id)).ToList(), Parallelism(cancellationToken), async (server, token) =>
        {
            try
            {
                await work(server, token);
            }
            catch (RaftKvException e) when (claim.Stopped is not null && (e.Kind == ErrorKind.DataDirectoryMissing || e.IsDataUnusable))
            {
                _lost[server.Id] = e;
            }
        });
        var left = spec.Servers.Count - _lost.Count;
        if (_lost.IsEmpty || (options.SkipMissing && left > 0))
        {
            return;
        }

        ServerSpec[] lost = [.. spec.Servers.Where(s => _lost.ContainsKey(s.Id))];
        throw new RaftKvException(
            _lost.Values.All(e => e.Kind == ErrorKind.DataDirectoryMissing) ? ErrorKind.DataDirectoryMissing : ErrorKind.ServerStartFailed,
            $"Cluster '{claim.Name}' was not started:\n{string.Join('\n', lost.Select(server => WhyLost(spec, server)))}\n"
            + (MovedFrom is { } kept ? $"The cluster kept its data in '{kept}': leave -DataPath out if it lies there. "
                : left == 0 ? $"If the data was moved, 'Start-RaftCluster {claim.Name} -DataPath FOLDER' goes on with it where it lies now. " : "")
            + "Put back what is missing. "
            + (MajorityMissing(spec) is not { } missing
                ? $"Or start the cluster without {string.Join(", ", lost.Select(server => server.Name))} ('Start-RaftCluster {claim.Name} -SkipMissing'), which "
                    + "leaves those directories as they are, then remove each lost server from it (Remove-RaftMember) and add another one (Add-RaftMember). "
                : $"{missing}'Start-RaftCluster {claim.Name} -SkipMissing' starts what is left all the same. ")
            + (left == 0 ? ""
                : $"Where a majority is lost for good, 'Backup-RaftCluster -Cluster {claim.Name} -Surviving -Path FILE' saves the best copy that is left and "
                    + "says what may be missing, and 'Restore-RaftCluster -Path FILE' makes a new cluster of it."));
    }

    /// <summary>The arithmetic where too few servers are left to elect a leader, as far as all of them vote; else null.</summary>
    private string? MajorityMissing(ClusterSpec spec)
    {
        var left = spec.Servers.Count - _lost.Count;
        var needed = (spec.Servers.Count / 2) + 1;
        return left >= needed
            ? null
            : $"Too few are left to elect a leader: {left} of {spec.Servers.Count} servers, and where all of them vote a majority is {needed}. ";
    }

    private string WhyLost(ClusterSpec spec, ServerSpec server) => _lost[server.Id] is var why && why.Kind == ErrorKind.DataDirectoryMissing
        ? why.Message
        : $"Server {server.Name} cannot go on with its data directory {ServerConfig.Of(spec, server).DataPath}: {why.Message}";

    private void WarnOfChanges()
    {
        if (_plan.Changes.Count > 0)
        {
            options.OnWarning?.Invoke(
                $"Cluster '{claim.Name}' is started otherwise than before, and keeps that for later starts: {string.Join(", ", _plan.Changes)}.");
        }
    }
}
