using RaftKv.Api.Protocol;
using RaftKv.Core.Consensus;
using RaftKv.Engine.Driver;
using RaftKv.Engine.Storage;

namespace RaftKv.Node.Services;

/// <summary>
/// The file of a snapshot that was just taken, open for reading: once it is open it stays readable although the server
/// replaces it by newer ones.
/// </summary>
internal sealed class SnapshotSource : IDisposable
{
    private const int MaxAttempts = 5;
    private const int PieceBytes = 256 * 1024;

    private readonly FileStream _file;

    private SnapshotSource(FileStream file, EntryId last)
    {
        _file = file;
        Last = last;
    }

    /// <summary>The last entry in it.</summary>
    public EntryId Last { get; }

    /// <summary>Takes a snapshot of what is applied now and opens it.</summary>
    /// <exception cref="Grpc.Core.RpcException">The server takes none, stops, or has applied nothing yet.</exception>
    public static async Task<SnapshotSource> OpenNewestAsync(RaftNode node, string dataDirectory, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            var ended = await node.CheckpointAsync(cancellationToken)
                ?? throw ServiceErrors.Of(ErrorCode.Overloaded, "The server stops or has too much to do: ask again for the snapshot.");
            if (ended.IsOff)
            {
                throw ServiceErrors.Of(
                    ErrorCode.InvalidArgument,
                    "This server keeps its log as JSON and takes no snapshots. Its files can be copied all the same: Backup-RaftCluster -Surviving.");
            }

            if (ended.Last == EntryId.Zero)
            {
                throw ServiceErrors.Of(ErrorCode.NotReady, "This server has applied nothing yet, so there is nothing to copy.");
            }

            try
            {
                return new SnapshotSource(
                    new FileStream(
                        SnapshotStore.PathOf(dataDirectory, ended.Last), FileMode.Open, FileAccess.Read,
                        FileShare.ReadWrite | FileShare.Delete, PieceBytes, useAsync: true),
                    ended.Last);
            }
            catch (FileNotFoundException) when (attempt < MaxAttempts)
            {
                // Newer ones have taken its place meanwhile.
            }
        }
    }

    /// <summary>The next bytes; empty at the end.</summary>
    public async Task<ReadOnlyMemory<byte>> ReadAsync(CancellationToken cancellationToken)
    {
        var piece = new byte[PieceBytes];
        return piece.AsMemory(0, await _file.ReadAsync(piece, cancellationToken));
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();
}
