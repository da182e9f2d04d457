using RaftKv.Api.Clients;

namespace RaftKv.Api.Backups;

/// <summary>Makes backups of clusters that run. For what is left of one whose majority is lost see <see cref="SurvivingCopies"/>.</summary>
public static class ClusterBackup
{
    private static readonly TimeSpan LeaderPatience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan RetryPause = TimeSpan.FromMilliseconds(50);

    /// <summary>Copies the state of a cluster: every write that was acknowledged before is in it.</summary>
    /// <param name="client">The cluster.</param>
    /// <param name="path">The file.</param>
    /// <param name="replace">Whether a file that exists may be replaced.</param>
    /// <param name="cancellationToken">Ends it; no file is left then.</param>
    /// <exception cref="RaftKvException">NoLeader: no server leads with a majority; else as the leader says.</exception>
    /// <exception cref="IOException">The file exists, or cannot be written.</exception>
    public static async Task<BackupInfo> TakeAsync(ClusterClient client, string path, bool replace, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(client);
        BackupFile.RequireFree(path, replace);
        var started = TimeProvider.System.GetTimestamp();
        while (true)
        {
            var leaders = await client.GetLeaderViewsAsync(cancellationToken);
            try
            {
                return leaders.Count > 0
                    ? await CopyAsync(client, leaders[0].Id, leaders[0].Name, complete: true, path, replace, cancellationToken)
                    : throw new RaftKvException(ErrorKind.NoLeader, $"No server of cluster '{client.Spec.Name}' leads.");
            }
            catch (RaftKvException e) when (e.Kind == ErrorKind.NoLeader)
            {
                if (TimeProvider.System.GetElapsedTime(started) >= LeaderPatience)
                {
                    throw new RaftKvException(
                        ErrorKind.NoLeader,
                        $"No backup was made: cluster '{client.Spec.Name}' had no leader with a majority within {LeaderPatience.TotalSeconds:0} s, and only such a "
                        + $"one vouches for every acknowledged write. {await WayOutAsync(client, cancellationToken)}",
                        e);
                }

                await Task.Delay(RetryPause, cancellationToken);
            }
        }
    }

    /// <summary>Copies what one server has applied, however old that is. Needs no majority.</summary>
    /// <param name="client">The cluster.</param>
    /// <param name="serverId">The server.</param>
    /// <param name="path">The file.</param>
    /// <param name="replace">Whether a file that exists may be replaced.</param>
    /// <param name="cancellationToken">Ends it; no file is left then.</param>
    /// <exception cref="RaftKvException">As the server says; ServerUnreachable, ServerNotFound.</exception>
    /// <exception cref="IOException">The file exists, or cannot be written.</exception>
    public static Task<BackupInfo> CheckpointAsync(
        ClusterClient client, int serverId, string path, bool replace, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(client);
        BackupFile.RequireFree(path, replace);
        var server = client.Spec.Servers.FirstOrDefault(s => s.Id == serverId);
        return CopyAsync(client, serverId, server?.Name ?? "", complete: false, path, replace, cancellationToken);
    }

    /// <summary>A server that waits for room has lost nothing: with room there is a leader again.</summary>
    internal static async Task<string> WayOutAsync(ClusterClient client, CancellationToken cancellationToken)
    {
        var views = await client.GetAnsweringViewsAsync(cancellationToken);
        string[] waiting = [.. views.Where(view => view.Waiting.Length > 0).Select(view => $"{view.Name} {view.Waiting}")];
        return waiting.Length > 0
            ? $"Nothing is lost for that: {string.Join(", ", waiting)}. Make room there; the servers go on by themselves, and then the backup can be made."
            : "If a majority of the servers is lost for good, Backup-RaftCluster -Surviving takes the best copy that is left and says what may be missing.";
    }

    private static async Task<BackupInfo> CopyAsync(
        ClusterClient client, int serverId, string name, bool complete, string path, bool replace, CancellationToken cancellationToken)
    {
        (long Index, long Term) last = default;
        var state = client.Admin.BackupAsync(serverId, complete, (index, term) => last = (index, term), cancellationToken).GetAsyncEnumerator(cancellationToken);
        await using (state)
        {
            // The head says how far the state reaches, and the first part tells.
            var isAny = await state.MoveNextAsync();
            var spec = client.Spec;
            var info = new BackupInfo
            {
                ClusterId = spec.ClusterId,
                ClusterName = spec.Name,
                ServerId = serverId,
                ServerName = name,
                Index = last.Index,
                Term = last.Term,
                CommittedIndex = last.Index,
                IsComplete = complete,
                CreatedUtc = DateTimeOffset.UtcNow,
                Preset = spec.Preset,
                Options = spec.Options,
                ServerCount = spec.Servers.Count,
            };
            return isAny
                ? await BackupFile.WriteAsync(path, replace, info, RestOf(state), cancellationToken)
                : throw new RaftKvException(ErrorKind.ServerUnreachable, $"Server {name} sent nothing.");
        }
    }

    private static async IAsyncEnumerable<ReadOnlyMemory<byte>> RestOf(IAsyncEnumerator<ReadOnlyMemory<byte>> state)
    {
        do
        {
            yield return state.Current;
        }
        while (await state.MoveNextAsync());
    }
}
