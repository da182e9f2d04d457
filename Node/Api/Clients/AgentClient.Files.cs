using System.Runtime.CompilerServices;
using Google.Protobuf;
using Grpc.Core;
using RaftKv.Api.Connections;
using RaftKv.Api.Protocol;
using RaftKv.Api.Views;

namespace RaftKv.Api.Clients;

public sealed partial class AgentClient
{
    /// <summary>
    /// Reads a server's log from its files, whether it runs or not. The first element has no entry and says what the log
    /// says about itself.
    /// </summary>
    /// <exception cref="RaftKvException">InvalidArgument: there is no log, or it is damaged; the message says where.</exception>
    public async IAsyncEnumerable<StoredLogView> InspectLogAsync(
        string clusterId, int serverId, long firstIndex = 1, long maxCount = 0, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var request = new InspectLogRequest { ClusterId = clusterId, ServerId = serverId, FirstIndex = firstIndex, MaxCount = maxCount };
        using var call = _calls.InspectLog(request, Options(cancellationToken));
        StoredLogView? head = null;
        while (await NextAsync(call.ResponseStream, cancellationToken) is { } page)
        {
            if (head is null)
            {
                head = new StoredLogView(page.StoredTerm, page.VotedFor, page.CompactedIndex, page.CompactedTerm, page.LastIndex, null);
                yield return head;
            }

            foreach (var record in page.Records)
            {
                yield return head with { Entry = LogEntryView.Of(record) };
            }
        }
    }

    /// <summary>Falsifies terms in a stopped server's log. For the numbers see <see cref="LogEditView"/>; 0 leaves something as it is.</summary>
    /// <exception cref="RaftKvException">ServerRunning; InvalidArgument: the log cannot be changed like that, and nothing was.</exception>
    public async Task<LogEditView> EditLogAsync(
        string clusterId, int serverId, long firstIndex, long lastIndex, long term, long storedTerm, CancellationToken cancellationToken = default)
    {
        var request = new EditLogRequest
        {
            ClusterId = clusterId,
            ServerId = serverId,
            FirstIndex = firstIndex,
            LastIndex = lastIndex,
            Term = term,
            StoredTerm = storedTerm,
        };
        var reply = await CallAsync(options => _calls.EditLogAsync(request, options), LongLimit, cancellationToken);
        return new LogEditView(serverId, reply.FirstIndex, reply.LastIndex, reply.ChangedCount, reply.StoredTermBefore, reply.StoredTerm);
    }

    /// <summary>Copies a file of a server's data directory.</summary>
    /// <exception cref="RaftKvException">InvalidArgument: there is no such file in it.</exception>
    public async Task FetchFileAsync(string clusterId, int serverId, string path, Stream target, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(target);
        var request = new FetchFileRequest { ClusterId = clusterId, ServerId = serverId, Path = path };
        using var call = _calls.FetchFile(request, Options(cancellationToken));
        while (await NextAsync(call.ResponseStream, cancellationToken) is { } chunk)
        {
            await target.WriteAsync(chunk.Bytes.Memory, cancellationToken);
        }
    }

    /// <summary>Gives a server that never ran the state of another cluster to begin with.</summary>
    /// <param name="clusterId">The new cluster.</param>
    /// <param name="serverId">The server, made and not started.</param>
    /// <param name="state">The bytes of a snapshot.</param>
    /// <param name="cancellationToken">Ends it; the server has nothing then.</param>
    /// <exception cref="RaftKvException">InvalidArgument: the bytes are no snapshot, or the server ran before; ServerNotFound.</exception>
    public async Task SeedAsync(
        string clusterId, int serverId, IAsyncEnumerable<ReadOnlyMemory<byte>> state, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(state);
        using var call = _calls.Seed(Options(cancellationToken));
        try
        {
            await call.RequestStream.WriteAsync(new SeedPart { ClusterId = clusterId, ServerId = serverId }, cancellationToken);
            await foreach (var piece in state.WithCancellation(cancellationToken))
            {
                await call.RequestStream.WriteAsync(new SeedPart { Bytes = ByteString.CopyFrom(piece.Span) }, cancellationToken);
            }

            await call.RequestStream.CompleteAsync();
            await call.ResponseAsync;
        }
        catch (RpcException e)
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw new RpcFailure(e).ToException(Name);
        }
    }

    private async Task<T?> NextAsync<T>(IAsyncStreamReader<T> stream, CancellationToken cancellationToken)
        where T : class
    {
        try
        {
            return await stream.MoveNext(cancellationToken) ? stream.Current : null;
        }
        catch (RpcException e)
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw new RpcFailure(e).ToException(Name);
        }
    }
}
