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
    private const int RefusalsToGiveUp = 4;

    /// <summary>As often as a refused snapshot is tried again, so that it was tried more than once before it is given up.</summary>
    private static readonly TimeSpan Glance = TimeSpan.FromSeconds(1);

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
            var ended = await TakeAsync(node, cancellationToken);
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
            catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException && attempt < MaxAttempts)
            {
                // Newer ones have taken its place meanwhile, or the directory is gone, which the next attempt says.
            }
        }
    }

    /// <summary>
    /// Takes a snapshot of what is applied now and waits until it is durable, but not for a disk that refuses it again and
    /// again: that may take days.
    /// </summary>
    /// <exception cref="Grpc.Core.RpcException">The server stops, its disk refuses the snapshot, or its data directory is gone.</exception>
    public static async Task<CheckpointEnded> TakeAsync(RaftNode node, CancellationToken cancellationToken)
    {
        RequireDirectory(node);
        using var wait = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var taken = node.CheckpointAsync(wait.Token);
        for (var refusals = 0; await Task.WhenAny(taken, Task.Delay(Glance, cancellationToken)) != taken;)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var refusal = node.SnapshotRefusal;
            refusals = refusal is null ? 0 : refusals + 1;
            if (refusals == RefusalsToGiveUp)
            {
                await wait.CancelAsync();
                RequireDirectory(node);
                throw ServiceErrors.Of(
                    ErrorCode.Overloaded,
                    $"The disk of this server takes no snapshot: {refusal} Make room, or look after the disk, and ask again. "
                    + "What lies on it can be copied as it is: Backup-RaftCluster -Surviving.");
            }
        }

        return await taken ?? throw ServiceErrors.Of(ErrorCode.Overloaded, "The server stops or has too much to do: ask again for the snapshot.");
    }

    /// <summary>
    /// A server goes on in files that were deleted under it. What it may still hold as its newest snapshot is gone with the
    /// directory then, and there is nothing on the disk that could be copied.
    /// </summary>
    private static void RequireDirectory(RaftNode node)
    {
        if (!Directory.Exists(node.DataPath))
        {
            throw ServiceErrors.Of(
                ErrorCode.DataDirectoryMissing,
                $"The data directory {node.DataPath} of this server is gone, although the server runs: it can keep no snapshot, nothing can be copied "
                + "from there, and a restart would find nothing. While a majority of the others runs, replace it by a new member (Remove-RaftMember, "
                + "Add-RaftMember); if it leads, let another one lead first (Move-RaftLeader). Backup-RaftCluster then copies the cluster.");
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
