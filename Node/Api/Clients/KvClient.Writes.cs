using Google.Protobuf;
using RaftKv.Api.Connections;
using RaftKv.Api.Protocol;

namespace RaftKv.Api.Clients;

public sealed partial class KvClient
{
    /// <summary>The largest pair that fits into a message. Larger ones are refused here, where it is certain that nothing was sent.</summary>
    private const int MaxPairBytes = ProtocolConstants.MaxMessageBytes - (64 * 1024);

    /// <summary>Sets a key.</summary>
    /// <exception cref="RaftKvException">OutcomeUnknown when the deadline passed after anything was sent that may be applied; NoLeader when certainly nothing was; VersionMismatch, KeyTooLarge, ValueTooLarge and others by kind.</exception>
    public Task<WriteResult> PutAsync(
        ReadOnlyMemory<byte> key,
        ReadOnlyMemory<byte> value,
        WriteCondition condition = default,
        CancellationToken cancellationToken = default)
    {
        RequirePairSize(key, value);
        var request = new PutRequest
        {
            Header = _servers.Header,
            Key = ByteString.CopyFrom(key.Span),
            Value = ByteString.CopyFrom(value.Span),
            Condition = ToMessage(condition),
        };
        return WriteAsync(
            $"Put {Show(key)}",
            async (server, stamp, token) =>
            {
                // Each attempt has a request of its own: an abandoned one may still be on its way out.
                var attempt = new PutRequest { Key = request.Key, Value = request.Value, Condition = request.Condition, Session = stamp };
                if (_gatherWrites)
                {
                    return await Gatherer(server).SendAsync(new OneWrite { Put = attempt }, token);
                }

                attempt.Header = request.Header;
                return await server.KeyValue.PutAsync(attempt, cancellationToken: token);
            },
            cancellationToken);
    }

    /// <summary>
    /// Sets a key at one server and nowhere else: one attempt, no redirect, no retry. It has no session, which only a leader
    /// could open, and needs none: what is sent once is applied once at most.
    /// </summary>
    /// <param name="serverId">The server.</param>
    /// <param name="key">The key.</param>
    /// <param name="value">The value.</param>
    /// <param name="condition">What must hold.</param>
    /// <param name="cancellationToken">Ends the wait: whether it was done is unknown then.</param>
    /// <exception cref="RaftKvException">
    /// NotLeader: the server refused it, nothing was done; OutcomeUnknown: it was taken, or may have been, and no one said
    /// that it is committed; ServerUnreachable, ServerNotFound, VersionMismatch, KeyTooLarge, ValueTooLarge and others by kind.
    /// </exception>
    public async Task<WriteResult> PutAtAsync(
        int serverId,
        ReadOnlyMemory<byte> key,
        ReadOnlyMemory<byte> value,
        WriteCondition condition = default,
        CancellationToken cancellationToken = default)
    {
        var server = _servers.Find(serverId);
        RequirePairSize(key, value);
        var request = new PutRequest
        {
            Header = _servers.Header,
            Key = ByteString.CopyFrom(key.Span),
            Value = ByteString.CopyFrom(value.Span),
            Condition = ToMessage(condition),
        };
        var (reply, failure) = await TryAsync(
            server, _options.Deadline, async (s, token) => await s.KeyValue.PutAsync(request, cancellationToken: token), cancellationToken);
        var what = $"Put {Show(key)} at {server}";
        return failure switch
        {
            null => new WriteResult(reply!.Revision, reply.CreateRevision, reply.ModifyRevision, reply.Version),
            { Code: ErrorCode.NotLeader } => throw new RaftKvException(ErrorKind.NotLeader, $"{what}: it is {failure.Describe()}. Nothing was done."),
            { NeverConnected: true } => throw new RaftKvException(ErrorKind.ServerUnreachable, $"{what}: {failure.Describe()}. Nothing was done."),
            { CertainlyNotDone: true } or { IsFinal: true, Detail: not null } => throw failure.ToException(server.ToString()),
            _ => throw new RaftKvException(
                ErrorKind.OutcomeUnknown,
                $"{what}: {failure.Describe()}. It was sent, so it may or may not come to be committed; the log of the server shows whether it holds the entry."),
        };
    }

    /// <summary>Sets a key at one server, in one attempt: what a probe does that looks for a new leader by itself.</summary>
    /// <returns>Whether it was acknowledged; otherwise it was refused, or no one knows.</returns>
    /// <exception cref="RaftKvException">ServerNotFound; a session cannot be opened; the pair is too large.</exception>
    public async Task<bool> TryPutAtAsync(
        int serverId, ReadOnlyMemory<byte> key, ReadOnlyMemory<byte> value, TimeSpan limit, CancellationToken cancellationToken = default)
    {
        var server = _servers.Find(serverId);
        var session = await SessionAsync(new Operation("Opening a session", _servers, _options), cancellationToken);
        var sequence = session.Begin();
        try
        {
            var request = new PutRequest
            {
                Header = _servers.Header,
                Key = ByteString.CopyFrom(key.Span),
                Value = ByteString.CopyFrom(value.Span),
                Session = Stamp(session, sequence),
            };
            var (_, failure) = await TryAsync(server, limit, async (s, token) => await s.KeyValue.PutAsync(request, cancellationToken: token), cancellationToken);
            return failure is null || (failure.IsFinal ? throw failure.ToException(server.ToString()) : false);
        }
        finally
        {
            session.End(sequence);
        }
    }

    /// <summary>Deletes a key.</summary>
    /// <exception cref="RaftKvException">As <see cref="PutAsync"/>, and KeyNotFound.</exception>
    public Task<WriteResult> DeleteAsync(ReadOnlyMemory<byte> key, WriteCondition condition = default, CancellationToken cancellationToken = default)
    {
        var bytes = ByteString.CopyFrom(key.Span);
        var message = ToMessage(condition);
        return WriteAsync(
            $"Delete {Show(key)}",
            async (server, stamp, token) =>
            {
                var attempt = new DeleteRequest { Key = bytes, Condition = message, Session = stamp };
                if (_gatherWrites)
                {
                    return await Gatherer(server).SendAsync(new OneWrite { Delete = attempt }, token);
                }

                attempt.Header = _servers.Header;
                return await server.KeyValue.DeleteAsync(attempt, cancellationToken: token);
            },
            cancellationToken);
    }

    /// <summary>
    /// One write with one (session, sequence) for all its attempts, so that it is applied at most once. Only when
    /// certainly nothing was applied may it get a new session, and with that a new name.
    /// </summary>
    private async Task<WriteResult> WriteAsync(
        string what,
        Func<ServerConnection, SessionStamp, CancellationToken, Task<WriteReply>> send,
        CancellationToken cancellationToken)
    {
        var operation = new Operation(what, _servers, _options);
        while (true)
        {
            var session = await SessionAsync(operation, cancellationToken);
            var sequence = session.Begin();
            try
            {
                var answer = await _atLeader.RunAsync(
                    operation,
                    CallKind.Write,
                    (server, token) => send(server, Stamp(session, sequence), token),
                    cancellationToken);
                if (!answer.SessionLost)
                {
                    var reply = answer.Value!;
                    return new WriteResult(reply.Revision, reply.CreateRevision, reply.ModifyRevision, reply.Version);
                }

                Interlocked.CompareExchange(ref _session, null, session);
            }
            catch (RaftKvException e) when (e.Kind == ErrorKind.OutcomeUnknown)
            {
                // The session may be the reason; the next write finds out with a session of its own.
                Interlocked.CompareExchange(ref _session, null, session);
                throw;
            }
            finally
            {
                session.End(sequence);
            }
        }
    }

    private static void RequirePairSize(ReadOnlyMemory<byte> key, ReadOnlyMemory<byte> value)
    {
        if ((long)key.Length + value.Length > MaxPairBytes)
        {
            throw new RaftKvException(
                ErrorKind.ValueTooLarge, $"Put {Show(key)}: key and value have {(long)key.Length + value.Length} bytes, and a message carries {MaxPairBytes}. Nothing was sent.")
            {
                Limit = MaxPairBytes,
            };
        }
    }

    private WriteGatherer Gatherer(ServerConnection server) =>
        _gatherers.GetOrAdd(server, static s => new WriteGatherer(s));

    private static SessionStamp Stamp(ClientSession session, long sequence) => new()
    {
        SessionId = session.Id,
        Sequence = sequence,
        AcknowledgedBelow = session.AcknowledgedBelow,
    };

    private static Condition? ToMessage(WriteCondition condition) => condition switch
    {
        { Version: { } version } => new Condition { Version = version },
        { Value: { } value } => new Condition { Value = ByteString.CopyFrom(value) },
        _ => null,
    };
}
