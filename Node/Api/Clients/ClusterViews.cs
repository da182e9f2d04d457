using System.Runtime.CompilerServices;
using RaftKv.Api.Clusters;
using RaftKv.Api.Protocol;
using RaftKv.Api.Views;

namespace RaftKv.Api.Clients;

/// <summary>
/// The calls that look into servers and answer with records of this library. The wire's own types stay inside it: a cmdlet
/// that named one would drag the wire format's library into PowerShell's load context.
/// </summary>
public static class ClusterViews
{
    private const int LogPageCount = 256;

    /// <summary>All servers by rising id, whether they answer or not.</summary>
    public static async Task<IReadOnlyList<ServerView>> GetServerViewsAsync(this ClusterClient cluster, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(cluster);
        Task<IReadOnlyDictionary<int, ServerStatus?>> statuses = cluster.Admin.GetAllStatusAsync(cancellationToken);
        Dictionary<int, ProcessView> processes = await ListProcessesAsync(cluster, cancellationToken);
        IReadOnlyDictionary<int, ServerStatus?> answers = await statuses;
        ServerStatus? newest = answers.Values.OfType<ServerStatus>().OrderByDescending(s => s.Role == ServerRole.Leader).ThenByDescending(s => s.Term)
            .ThenByDescending(s => s.ConfigurationIndex).FirstOrDefault();
        return
        [
            .. cluster.Spec.Servers.OrderBy(server => server.Id).Select(server => View(
                server, answers.GetValueOrDefault(server.Id), processes.GetValueOrDefault(server.Id)) with { Membership = MembershipOf(server.Id, newest) }),
        ];
    }

    /// <summary>Every server that claims to lead, highest term first.</summary>
    public static async Task<IReadOnlyList<ServerView>> GetLeaderViewsAsync(this ClusterClient cluster, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(cluster);
        IReadOnlyList<ServerStatus> leaders = await cluster.Admin.GetLeadersAsync(cancellationToken);
        return
        [
            .. leaders
                .Select(status => (Status: status, Server: cluster.Spec.Servers.FirstOrDefault(s => s.Id == status.ServerId)))
                .Where(pair => pair.Server is not null)
                .Select(pair => View(pair.Server!, pair.Status, null)),
        ];
    }

    /// <summary>The servers that answer within a second, by rising id, without what their agents say of their processes.</summary>
    public static async Task<IReadOnlyList<ServerView>> GetAnsweringViewsAsync(this ClusterClient cluster, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(cluster);
        IReadOnlyDictionary<int, ServerStatus?> answers = await cluster.Admin.GetAllStatusAsync(cancellationToken);
        return
        [
            .. cluster.Spec.Servers.OrderBy(server => server.Id)
                .Where(server => answers.GetValueOrDefault(server.Id) is not null)
                .Select(server => View(server, answers[server.Id], null)),
        ];
    }

    /// <summary>The last index of a server's log.</summary>
    public static async Task<long> GetLastIndexAsync(this ClusterClient cluster, int serverId, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(cluster);
        return (await cluster.Admin.GetStatusAsync(serverId, cancellationToken)).LastIndex;
    }

    /// <summary>Streams a server's log from an index on, a page at a time.</summary>
    public static async IAsyncEnumerable<LogEntryView> ReadLogViewsAsync(
        this ClusterClient cluster, int serverId, long firstIndex, long maxCount, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(cluster);
        long next = Math.Max(1, firstIndex);
        while (maxCount > 0)
        {
            ReadLogReply page = await cluster.Admin.ReadLogAsync(serverId, next, (int)Math.Min(maxCount, LogPageCount), cancellationToken);
            foreach (LogRecord record in page.Records)
            {
                yield return LogEntryView.Of(record);
                next = record.Index + 1;
                maxCount--;
            }

            if (page.Records.Count == 0 || next > page.LastIndex)
            {
                yield break;
            }
        }
    }

    /// <summary>The network faults that each server has, by rising id.</summary>
    public static async Task<IReadOnlyList<MatrixView>> GetMatrixViewsAsync(this ClusterClient cluster, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(cluster);
        IReadOnlyDictionary<int, MatrixReply?> matrices = await cluster.Chaos.ReadAsync(cancellationToken);
        return
        [
            .. cluster.Spec.Servers.OrderBy(server => server.Id).Select(server => matrices.GetValueOrDefault(server.Id) is { } matrix
                ? new MatrixView(server.Id, true, matrix.Muted, matrix.Epoch, [.. matrix.Links.Select(LinkView.Of)])
                : new MatrixView(server.Id, false, false, 0, [])),
        ];
    }

    private static string MembershipOf(int serverId, ServerStatus? newest) => newest is null
        ? ""
        : newest.Members.FirstOrDefault(member => member.ServerId == serverId) switch
        {
            null => "Removed",
            { IsVoter: true } => "Voter",
            _ => "Learner",
        };

    private static ServerView View(ServerSpec server, ServerStatus? status, ProcessView? process)
    {
        ServerView view = new()
        {
            Id = server.Id,
            Name = server.Name,
            Endpoint = server.Endpoint,
            ProcessId = process?.ProcessId ?? 0,
            ProcessState = process?.State.ToString() ?? "",
            DataPath = process?.DataPath ?? "",
            LogPath = process?.LogPath ?? "",
            HaltCode = process?.HaltCode ?? "",
            HaltMessage = process?.HaltMessage ?? "",
        };
        return status is null
            ? view
            : view with
            {
                Answered = true,
                Role = status.Role.ToString(),
                Term = status.Term,
                LeaderId = status.LeaderId,
                CommitIndex = status.CommitIndex,
                AppliedIndex = status.AppliedIndex,
                LastIndex = status.LastIndex,
                DurableIndex = status.DurableIndex,
                SnapshotIndex = status.SnapshotIndex,
                FirstIndex = status.FirstIndex,
                KeyCount = status.KeyCount,
                StateHash = status.StateHash,
                Revision = status.Revision,
                ProcessId = status.ProcessId,
                StartedUtc = DateTimeOffset.FromUnixTimeMilliseconds(status.StartedUnixMs),
                Build = status.Build,
                DataPath = status.DataPath,
                LogPath = status.LogPath.Length > 0 ? status.LogPath : view.LogPath,
                HaltCode = status.HaltCode,
                HaltMessage = status.HaltMessage,
                Muted = status.Muted,
                Removed = status.Removed.Length > 0,
                Waiting = status.Waiting,
                ConnectedPeers = [.. status.Peers.Where(peer => peer.Connected).Select(peer => peer.ServerId)],
            };
    }

    /// <summary>Asks every agent at once; an agent that does not answer leaves its servers' processes unknown.</summary>
    private static async Task<Dictionary<int, ProcessView>> ListProcessesAsync(ClusterClient cluster, CancellationToken cancellationToken)
    {
        IEnumerable<Task<IReadOnlyList<ProcessView>>> calls = cluster.Spec.Servers
            .Where(server => server.Agent >= 0)
            .GroupBy(server => server.Agent)
            .Select(group => ListAsync(cluster, group.First().Id, cancellationToken));
        IReadOnlyList<ProcessView>[] lists = await Task.WhenAll(calls);
        return lists.SelectMany(list => list).GroupBy(process => process.ServerId).ToDictionary(group => group.Key, group => group.First());
    }

    private static async Task<IReadOnlyList<ProcessView>> ListAsync(ClusterClient cluster, int serverId, CancellationToken cancellationToken)
    {
        try
        {
            return await cluster.AgentOf(serverId).ListAsync(cluster.Spec.ClusterId, cancellationToken);
        }
        catch (RaftKvException)
        {
            return [];
        }
    }
}
