using System.Runtime.CompilerServices;
using Google.Protobuf;
using Grpc.Core;
using RaftKv.Api.Connections;
using RaftKv.Api.Protocol;

namespace RaftKv.Api.Clients;

public sealed partial class KvClient
{
    /// <summary>How long a server that failed a read is asked whether it is there at all, to say what is wrong.</summary>
    private static readonly TimeSpan PresenceLimit = TimeSpan.FromMilliseconds(500);

    /// <summary>Reads a key; null when it does not exist.</summary>
    /// <param name="key">The key.</param>
    /// <param name="consistency">How fresh.</param>
    /// <param name="serverId">Ask only this server; null: any, the last known leader first.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="RaftKvException">NoLeader, ReadTimeout; with a server given ServerUnreachable, ServerNotFound.</exception>
    public async Task<KvPair?> GetAsync(
        ReadOnlyMemory<byte> key,
        Consistency consistency = Consistency.Linearizable,
        int? serverId = null,
        CancellationToken cancellationToken = default) =>
        (await ReadAsync(key, consistency, serverId, cancellationToken)).Pair;

    /// <summary>Reads a key, and tells who answered and how far that server was: what a stale read is worth.</summary>
    /// <param name="key">The key.</param>
    /// <param name="consistency">How fresh.</param>
    /// <param name="serverId">Ask only this server; null: any, the last known leader first.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="RaftKvException">As <see cref="GetAsync"/>.</exception>
    public async Task<KvReading> ReadAsync(
        ReadOnlyMemory<byte> key,
        Consistency consistency = Consistency.Linearizable,
        int? serverId = null,
        CancellationToken cancellationToken = default)
    {
        var request = new GetRequest { Header = _servers.Header, Key = ByteString.CopyFrom(key.Span), Consistency = (Protocol.Consistency)consistency };
        var reading = await ReadAsync(
            $"Get {Show(key)}",
            consistency,
            serverId,
            async (server, token) =>
            {
                var reply = await server.KeyValue.GetAsync(request, cancellationToken: token);
                return new KvReading(reply.Pair is null ? null : ToPair(reply.Pair), reply.AppliedIndex, server.Spec.Name);
            },
            cancellationToken);
        return reading;
    }

    /// <summary>Streams all pairs whose keys begin with a prefix, in key order, page by page.</summary>
    /// <param name="prefix">What they begin with.</param>
    /// <param name="consistency">How fresh each page is.</param>
    /// <param name="pageSize">Pairs a page; 0: the server's default.</param>
    /// <param name="serverId">Ask only this server; null: any, the last known leader first.</param>
    /// <param name="read">Told of each page who gave it and how far that server was.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <remarks>Each page is as fresh as asked when it is read; a scan of several pages is no snapshot.</remarks>
    public async IAsyncEnumerable<KvPair> ScanAsync(
        ReadOnlyMemory<byte> prefix,
        Consistency consistency = Consistency.Linearizable,
        int pageSize = 0,
        int? serverId = null,
        Action<KvReading>? read = null,
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var prefixBytes = ByteString.CopyFrom(prefix.Span);
        var from = ByteString.Empty;
        do
        {
            var request = new RangeRequest
            {
                Header = _servers.Header,
                Prefix = prefixBytes,
                From = from,
                Limit = pageSize,
                Consistency = (Protocol.Consistency)consistency,
            };
            var page = await ReadAsync(
                $"Scan {Show(prefix)}",
                consistency,
                serverId,
                async (server, token) =>
                {
                    var reply = await server.KeyValue.RangeAsync(request, cancellationToken: token);
                    read?.Invoke(new KvReading(null, reply.AppliedIndex, server.Spec.Name));
                    return reply;
                },
                cancellationToken);
            foreach (var pair in page.Pairs)
            {
                yield return ToPair(pair);
            }

            from = page.Next;
        }
        while (!from.IsEmpty);
    }

    private async Task<T> ReadAsync<T>(
        string what,
        Consistency consistency,
        int? serverId,
        Func<ServerConnection, CancellationToken, Task<T>> send,
        CancellationToken cancellationToken)
        where T : class
    {
        var operation = new Operation(what, _servers, _options);
        if (serverId is { } id)
        {
            return await ReadOneAsync(operation, consistency, _servers.Find(id), send, cancellationToken);
        }

        if (consistency == Consistency.Stale)
        {
            return await ReadAnyAsync(operation, send, cancellationToken);
        }

        var answer = await _atLeader.RunAsync(operation, CallKind.Read, send, cancellationToken);
        return answer.Value!;
    }

    /// <summary>Asks one server until it answers or the deadline passes; a server that is not there fails at once.</summary>
    private async Task<T> ReadOneAsync<T>(
        Operation operation,
        Consistency consistency,
        ServerConnection server,
        Func<ServerConnection, CancellationToken, Task<T>> send,
        CancellationToken cancellationToken)
    {
        while (true)
        {
            var limit = consistency == Consistency.Stale && _options.AttemptTimeout < operation.Remaining ? _options.AttemptTimeout : operation.Remaining;
            var (answer, failure) = await TryAsync(server, limit, send, cancellationToken);
            if (failure is null)
            {
                return answer!;
            }

            operation.Failed(server, failure, isWrite: false);
            if (failure.IsFinal || failure.IsForeign)
            {
                throw failure.ToException(server.ToString());
            }

            var hopeless = failure.NeverConnected || (failure.Detail is null && consistency == Consistency.Stale);
            if (hopeless || operation.IsOver)
            {
                throw await IsPresentAsync(server, cancellationToken)
                    ? operation.GiveUp(isRead: true)
                    : new RaftKvException(ErrorKind.ServerUnreachable, $"Server {server} cannot be reached: {failure.Describe()}.");
            }

            await LeaderCall.PauseAsync(operation, cancellationToken);
        }
    }

    /// <summary>Asks server after server, the last known leader first.</summary>
    private async Task<T> ReadAnyAsync<T>(Operation operation, Func<ServerConnection, CancellationToken, Task<T>> send, CancellationToken cancellationToken)
    {
        while (!operation.IsOver)
        {
            var first = _leaders.Current?.Server;
            RpcFailure? foreign = null;
            var ours = 0;
            foreach (var server in _servers.All.OrderBy(s => s == first ? -1 : Random.Shared.Next(_servers.All.Count)))
            {
                var limit = _options.AttemptTimeout < operation.Remaining ? _options.AttemptTimeout : operation.Remaining;
                var (answer, failure) = await TryAsync(server, limit, send, cancellationToken);
                if (failure is null)
                {
                    return answer!;
                }

                operation.Failed(server, failure, isWrite: false);
                if (failure.IsFinal)
                {
                    throw failure.ToException(server.ToString());
                }

                foreign = failure.IsForeign ? failure : foreign;
                ours += failure.IsForeign ? 0 : 1;
            }

            if (foreign is not null && ours == 0)
            {
                throw foreign.ToException("Every server");
            }

            await LeaderCall.PauseAsync(operation, cancellationToken);
        }

        throw operation.GiveUp(isRead: true);
    }

    private static async Task<(T? Answer, RpcFailure? Failure)> TryAsync<T>(
        ServerConnection server,
        TimeSpan limit,
        Func<ServerConnection, CancellationToken, Task<T>> send,
        CancellationToken cancellationToken)
    {
        using var source = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        source.CancelAfter(limit);
        try
        {
            return (await send(server, source.Token), null);
        }
        catch (RpcException e)
        {
            cancellationToken.ThrowIfCancellationRequested();
            return (default, new RpcFailure(e));
        }
    }

    private static async Task<bool> IsPresentAsync(ServerConnection server, CancellationToken cancellationToken)
    {
        var request = new IsLeaderRequest { Header = server.Header };
        var (_, failure) = await TryAsync(server, PresenceLimit, async (s, token) => await s.Admin.IsLeaderAsync(request, cancellationToken: token), cancellationToken);
        return failure is null or { Detail: not null };
    }

    private static KvPair ToPair(Pair pair) => new(
        pair.Key.ToByteArray(),
        pair.Value.ToByteArray(),
        pair.CreateRevision,
        pair.ModifyRevision,
        pair.Version);
}
