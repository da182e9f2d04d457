using System.Collections.Concurrent;
using Grpc.Core;
using RaftKv.Api.Connections;
using RaftKv.Api.Protocol;

namespace RaftKv.Api.Clients;

/// <summary>
/// Reads and writes with a session, so that a retry after a lost answer is applied once. Finds the leader, follows
/// hints, retries until the deadline. One at a time or many at once: thread-safe; concurrent writes of one client
/// are each exactly-once.
/// </summary>
public sealed partial class KvClient : IAsyncDisposable
{
    private static readonly TimeSpan CloseLimit = TimeSpan.FromMilliseconds(500);

    private readonly ServerSet _servers;
    private readonly LeaderFinder _leaders;
    private readonly ClientOptions _options;
    private readonly bool _gatherWrites;
    private readonly LeaderCall _atLeader;
    private readonly SemaphoreSlim _opening = new(1, 1);
    private readonly ConcurrentDictionary<ServerConnection, WriteGatherer> _gatherers = new();
    private ClientSession? _session;

    internal KvClient(ServerSet servers, LeaderFinder leaders, ClientOptions options, bool gatherWrites)
    {
        _gatherWrites = gatherWrites;
        _servers = servers;
        _leaders = leaders;
        _options = options;
        _atLeader = new LeaderCall(leaders, options);
    }

    /// <summary>Opens the session now instead of with the first write, so that a measurement does not contain it.</summary>
    public async Task OpenAsync(CancellationToken cancellationToken = default) =>
        await SessionAsync(new Operation("Opening a session", _servers, _options), cancellationToken);

    /// <summary>Gives the session back if the leader is known and answers at once; else it expires by itself.</summary>
    public async ValueTask DisposeAsync()
    {
        var session = Interlocked.Exchange(ref _session, null);
        if (session is null || _leaders.Current is not { } leader)
        {
            return;
        }

        try
        {
            using var limit = new CancellationTokenSource(CloseLimit);
            await leader.Server.KeyValue.CloseSessionAsync(
                new CloseSessionRequest { Header = _servers.Header, SessionId = session.Id },
                cancellationToken: limit.Token);
        }
        catch (Exception e) when (e is RpcException or ObjectDisposedException)
        {
            // An open session costs the cluster a table entry until it is the least recently used one.
        }
    }

    /// <summary>The session, opened through the log by anyone who needs it first.</summary>
    private async Task<ClientSession> SessionAsync(Operation operation, CancellationToken cancellationToken)
    {
        if (Volatile.Read(ref _session) is { } session)
        {
            return session;
        }

        if (!await _opening.WaitAsync(operation.Remaining, cancellationToken))
        {
            throw operation.GiveUp(isRead: false);
        }

        try
        {
            if (_session is null)
            {
                var request = new OpenSessionRequest { Header = _servers.Header };
                var answer = await _atLeader.RunAsync(
                    operation,
                    CallKind.OpenSession,
                    async (server, token) => await server.KeyValue.OpenSessionAsync(request, cancellationToken: token),
                    cancellationToken);
                Volatile.Write(ref _session, new ClientSession(answer.Value!.SessionId));
            }

            return _session!;
        }
        finally
        {
            _opening.Release();
        }
    }

    /// <summary>How messages name a key: its text, cut short.</summary>
    private static string Show(ReadOnlyMemory<byte> key)
    {
        const int Longest = 40;
        var text = KeyText.Of(key.Span);
        return text.Length > Longest ? $"'{text[..Longest]}...'" : $"'{text}'";
    }
}
