using System.Runtime.CompilerServices;
using Grpc.Core;
using RaftKv.Api.Connections;
using RaftKv.Api.Protocol;

namespace RaftKv.Api.Clients;

/// <summary>The state of a server, sent whole.</summary>
public sealed partial class AdminClient
{
    /// <summary>Lets a server take a snapshot and sends its bytes, in the servers' own format.</summary>
    /// <param name="serverId">The server.</param>
    /// <param name="complete">Whether it must hold every write that was acknowledged before: then only a leader with a majority gives it.</param>
    /// <param name="begun">Told of the last entry in it before the first bytes come.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="RaftKvException">NoLeader: complete, and the server does not lead; ServerUnreachable, ServerNotFound, InvalidArgument for a server that takes no snapshots.</exception>
    public async IAsyncEnumerable<ReadOnlyMemory<byte>> BackupAsync(
        int serverId, bool complete, Action<long, long> begun, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(begun);
        var server = _servers.Find(serverId);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var call = server.Admin.Backup(
            new BackupRequest { Header = _servers.Header, Complete = complete }, cancellationToken: limit.Token);
        for (var isFirst = true; ; isFirst = false)
        {
            // The first part takes as long as the snapshot does, each other one as long as the network.
            limit.CancelAfter(CheckpointLimit);
            if (await NextAsync(server, call.ResponseStream, limit.Token, cancellationToken) is not { } part)
            {
                yield break;
            }

            if (isFirst)
            {
                begun(part.SnapshotIndex, part.SnapshotTerm);
            }

            yield return part.Bytes.Memory;
        }
    }

    private static async Task<BackupPart?> NextAsync(
        ServerConnection server, IAsyncStreamReader<BackupPart> parts, CancellationToken limit, CancellationToken cancellationToken)
    {
        try
        {
            return await parts.MoveNext(limit) ? parts.Current : null;
        }
        catch (RpcException e)
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw new RpcFailure(e).ToException($"Server {server}");
        }
    }
}
