using System.Diagnostics;
using Grpc.Core;
using RaftKv.Api.Connections;
using RaftKv.Api.Protocol;
using RaftKv.Api.Views;

namespace RaftKv.Api.Clients;

/// <summary>Status, log and life of single servers.</summary>
public sealed partial class AdminClient
{
    private static readonly TimeSpan StatusLimit = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan AllStatusLimit = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan CallLimit = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan TransferLimit = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan CheckpointLimit = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan RetryPause = TimeSpan.FromMilliseconds(20);

    private readonly ServerSet _servers;

    internal AdminClient(ServerSet servers) => _servers = servers;

    /// <summary>One server's status.</summary>
    /// <exception cref="RaftKvException">ServerUnreachable, ServerNotFound.</exception>
    internal Task<ServerStatus> GetStatusAsync(int serverId, CancellationToken cancellationToken = default) =>
        StatusAsync(serverId, StatusLimit, cancellationToken);

    /// <summary>All servers' status in parallel; null for a server that did not answer within a second.</summary>
    internal async Task<IReadOnlyDictionary<int, ServerStatus?>> GetAllStatusAsync(CancellationToken cancellationToken = default)
    {
        var all = await Task.WhenAll(_servers.All.Select(async server => (server.Id, Status: await StatusOrNullAsync(server.Id, cancellationToken))));
        return new SortedDictionary<int, ServerStatus?>(all.ToDictionary(s => s.Id, s => s.Status));
    }

    /// <summary>Every server that claims to lead, highest term first.</summary>
    internal async Task<IReadOnlyList<ServerStatus>> GetLeadersAsync(CancellationToken cancellationToken = default)
    {
        return LeadersIn(await GetAllStatusAsync(cancellationToken));
    }

    /// <summary>Asks one server whether it leads and in which term; null when it did not answer within the limit.</summary>
    /// <remarks>Cheaper than its status: what a probe asks many times a second.</remarks>
    public async Task<LeaderClaim?> AskLeaderAsync(int serverId, TimeSpan limit, CancellationToken cancellationToken = default)
    {
        try
        {
            var reply = await CallAsync(
                serverId,
                limit,
                async (server, token) => await server.Admin.IsLeaderAsync(new IsLeaderRequest { Header = _servers.Header }, cancellationToken: token),
                cancellationToken);
            return new LeaderClaim(reply.IsLeader, reply.Term);
        }
        catch (RaftKvException e) when (e.Kind != ErrorKind.ServerNotFound)
        {
            return null;
        }
    }

    /// <summary>A page of a server's log.</summary>
    internal Task<ReadLogReply> ReadLogAsync(int serverId, long firstIndex, int maxCount, CancellationToken cancellationToken = default)
    {
        var request = new ReadLogRequest { Header = _servers.Header, FirstIndex = firstIndex, MaxCount = maxCount };
        return CallAsync(serverId, CallLimit, async (server, token) => await server.Admin.ReadLogAsync(request, cancellationToken: token), cancellationToken);
    }

    /// <summary>Hands leadership over and returns once the other server leads.</summary>
    /// <param name="targetId">Who is to lead; 0 leaves it to the leader, which takes the server that is best prepared.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The id of the server that leads now.</returns>
    /// <exception cref="RaftKvException">NoLeader, ServerNotFound, TransferFailed, ServerUnreachable.</exception>
    public async Task<int> TransferAsync(int targetId = 0, CancellationToken cancellationToken = default)
    {
        if (targetId != 0)
        {
            _servers.Find(targetId);
        }

        var request = new TransferRequest { Header = _servers.Header, TargetId = targetId };
        var patience = Stopwatch.StartNew();
        while (true)
        {
            var all = await GetAllStatusAsync(cancellationToken);
            var leader = LeadersIn(all) is [var first, ..] ? first : null;
            try
            {
                return leader is not null
                    ? (await CallAsync(leader.ServerId, TransferLimit, async (server, token) => await server.Admin.TransferAsync(request, cancellationToken: token), cancellationToken)).LeaderId
                    : throw NoLeader("hand leadership over", all);
            }
            catch (RaftKvException e) when (e.Kind == ErrorKind.NoLeader && patience.Elapsed < CallLimit)
            {
                // The leader has just changed, or none is elected yet.
                await Task.Delay(RetryPause, cancellationToken);
            }
        }
    }

    /// <summary>Takes a snapshot of what a server has applied, and returns once it is durable.</summary>
    /// <returns>The index of the last entry of the server's newest snapshot.</returns>
    /// <exception cref="RaftKvException">ServerUnreachable, ServerNotFound, InvalidArgument for a server that takes none.</exception>
    public async Task<long> CheckpointAsync(int serverId, CancellationToken cancellationToken = default)
    {
        var request = new CheckpointRequest { Header = _servers.Header };
        return (await CallAsync(serverId, CheckpointLimit, async (server, token) => await server.Admin.CheckpointAsync(request, cancellationToken: token), cancellationToken)).SnapshotIndex;
    }

    /// <summary>Ends a server's process from within.</summary>
    public Task ExitAsync(int serverId, int exitCode = 0, CancellationToken cancellationToken = default)
    {
        var request = new ExitRequest { Header = _servers.Header, ExitCode = exitCode };
        return CallAsync(serverId, CallLimit, async (server, token) => await server.Admin.ExitAsync(request, cancellationToken: token), cancellationToken);
    }

    private static IReadOnlyList<ServerStatus> LeadersIn(IReadOnlyDictionary<int, ServerStatus?> all) =>
        [.. all.Values.OfType<ServerStatus>().Where(s => s.Role == ServerRole.Leader).OrderByDescending(s => s.Term)];

    /// <summary>That no server claims to lead, with what each of them waits for: that is why.</summary>
    private RaftKvException NoLeader(string what, IReadOnlyDictionary<int, ServerStatus?> all)
    {
        var asked = _servers.All.Select(s => all.GetValueOrDefault(s.Id) is { Waiting.Length: > 0 } status ? $"{s} {status.Waiting}" : $"{s}");
        return new RaftKvException(ErrorKind.NoLeader, $"No server claims to lead, so no one can {what}. Asked: {string.Join(", ", asked)}.");
    }

    private Task<ServerStatus> StatusAsync(int serverId, TimeSpan limit, CancellationToken cancellationToken) => CallAsync(
        serverId,
        limit,
        async (server, token) => await server.Admin.StatusAsync(new StatusRequest { Header = _servers.Header }, cancellationToken: token),
        cancellationToken);

    private async Task<ServerStatus?> StatusOrNullAsync(int serverId, CancellationToken cancellationToken)
    {
        try
        {
            return await StatusAsync(serverId, AllStatusLimit, cancellationToken);
        }
        catch (RaftKvException e) when (e.Kind is ErrorKind.ServerUnreachable or ErrorKind.WrongCluster or ErrorKind.NoLeader or ErrorKind.Unexpected)
        {
            return null;
        }
    }

    private async Task<T> CallAsync<T>(
        int serverId,
        TimeSpan limit,
        Func<ServerConnection, CancellationToken, Task<T>> send,
        CancellationToken cancellationToken)
    {
        var server = _servers.Find(serverId);
        using var source = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        source.CancelAfter(limit);
        try
        {
            return await send(server, source.Token);
        }
        catch (RpcException e)
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw new RpcFailure(e).ToException($"Server {server}");
        }
    }
}
