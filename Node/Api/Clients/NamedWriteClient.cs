using System.Text;
using Google.Protobuf;
using RaftKv.Api.Connections;
using RaftKv.Api.Protocol;

namespace RaftKv.Api.Clients;

/// <summary>
/// Writes under names that the caller chooses: session and sequence number. For callers that must resend a write after
/// their own end, and for tests that resend one on purpose. <see cref="KvClient"/> does the naming itself.
/// </summary>
public sealed class NamedWriteClient
{
    private readonly ServerSet _servers;
    private readonly ClientOptions _options;
    private readonly LeaderCall _atLeader;

    internal NamedWriteClient(ServerSet servers, LeaderFinder leaders, ClientOptions options)
    {
        _servers = servers;
        _options = options;
        _atLeader = new LeaderCall(leaders, options);
    }

    /// <summary>Opens a session and returns its id.</summary>
    /// <exception cref="RaftKvException">NoLeader.</exception>
    public async Task<long> OpenSessionAsync(CancellationToken cancellationToken = default)
    {
        var request = new OpenSessionRequest { Header = _servers.Header };
        var answer = await _atLeader.RunAsync(
            new Operation("Opening a session", _servers, _options),
            CallKind.OpenSession,
            async (server, token) => await server.KeyValue.OpenSessionAsync(request, cancellationToken: token),
            cancellationToken);
        return answer.Value!.SessionId;
    }

    /// <summary>Sets a key. The same session and sequence number again are answered as the first time, and not applied again.</summary>
    /// <exception cref="RaftKvException">OutcomeUnknown, also when the session has expired; NoLeader and others by kind.</exception>
    public async Task<WriteResult> PutAsync(long sessionId, long sequence, string key, string value, CancellationToken cancellationToken = default)
    {
        var request = new PutRequest
        {
            Header = _servers.Header,
            Key = ByteString.CopyFrom(key, Encoding.UTF8),
            Value = ByteString.CopyFrom(value, Encoding.UTF8),
            Session = new SessionStamp { SessionId = sessionId, Sequence = sequence, AcknowledgedBelow = sequence },
        };
        var answer = await _atLeader.RunAsync(
            new Operation($"Put '{key}' as {sessionId}/{sequence}", _servers, _options),
            CallKind.Write,
            async (server, token) => await server.KeyValue.PutAsync(request.Clone(), cancellationToken: token),
            cancellationToken);
        return answer is { SessionLost: false, Value: { } reply }
            ? new WriteResult(reply.Revision, reply.CreateRevision, reply.ModifyRevision, reply.Version)
            : throw new RaftKvException(
                ErrorKind.OutcomeUnknown,
                $"Session {sessionId} is unknown to the cluster: it has expired. Whether the write was done before is unknown; it was not done now.");
    }
}
