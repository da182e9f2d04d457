using Google.Protobuf;
using Grpc.Core;
using RaftKv.Api.Protocol;
using RaftKv.Core.Consensus;
using RaftKv.Engine.Storage;
using RaftKv.Node.Inspect;

namespace RaftKv.Node.Agent;

/// <summary>The calls that look at servers' files, whether the server runs or not, and falsify a stopped one's log.</summary>
internal sealed partial class AgentService
{
    private const int PageBytes = 1024 * 1024;
    private const int ChunkBytes = 64 * 1024;

    /// <inheritdoc/>
    public override async Task InspectLog(InspectLogRequest request, IServerStreamWriter<LogPage> responseStream, ServerCallContext context)
    {
        var config = fleet.Find(request.ClusterId, request.ServerId).Config;
        var disk = new ReadOnlyDisk();
        try
        {
            using var log = LogFiles.Open(
                disk, Path.Combine(config.DataPath, DataDirectory.LogDirectory), NodeIdentity.ReadExisting(disk, config.DataPath));
            var page = new LogPage
            {
                StoredTerm = log.Recovered.HardState.Term.Value,
                VotedFor = log.Recovered.HardState.VotedFor.Value,
                CompactedIndex = log.Recovered.Compacted.Index.Value,
                CompactedTerm = log.Recovered.Compacted.Term.Value,
                LastIndex = log.Last.Index.Value,
            };
            var left = request.MaxCount <= 0 ? long.MaxValue : request.MaxCount;
            var next = LogIndex.Max(new LogIndex(request.FirstIndex), log.First);
            do
            {
                var entries = next <= log.Last.Index && left > 0 ? log.Read(new IndexRange(next, log.Last.Index), PageBytes) : [];
                page.Records.AddRange(entries.Take((int)Math.Min(left, int.MaxValue)).Select(e => LogRecords.Of(e, LogIndex.Zero)));
                left -= entries.Count;
                next += entries.Count;
                await responseStream.WriteAsync(page, context.CancellationToken);
                page = new LogPage();
            }
            while (next <= log.Last.Index && left > 0);
        }
        catch (InvalidDataException e)
        {
            throw ServiceErrors.Of(ErrorCode.InvalidArgument, e.Message);
        }
        catch (UnauthorizedAccessException e)
        {
            throw ServiceErrors.Of(ErrorCode.InvalidArgument, $"The data directory {config.DataPath} cannot be read: {e.Message}");
        }
    }

    /// <inheritdoc/>
    public override Task<EditLogReply> EditLog(EditLogRequest request, ServerCallContext context)
    {
        var server = fleet.Find(request.ClusterId, request.ServerId);
        if (server.HasProcess)
        {
            throw ServiceErrors.Of(ErrorCode.ServerRunning, $"Server {server.Config.Name} runs; stop it before you edit its log.");
        }

        try
        {
            var done = LogEditor.Edit(
                server.Config.DataPath, LogEdit.FromNumbers(request.FirstIndex, request.LastIndex, request.Term, request.StoredTerm));
            return Task.FromResult(new EditLogReply
            {
                FirstIndex = done.First.Value,
                LastIndex = done.Last.Value,
                ChangedCount = done.ChangedCount,
                StoredTermBefore = done.Before.Term.Value,
                StoredTerm = done.After.Term.Value,
            });
        }
        catch (DataDirectoryInUseException e)
        {
            throw ServiceErrors.Of(ErrorCode.ServerRunning, e.Message);
        }
        catch (Exception e) when (e is ArgumentException or InvalidDataException)
        {
            throw ServiceErrors.Of(ErrorCode.InvalidArgument, $"Nothing was changed. {e.Message}");
        }
    }

    /// <inheritdoc/>
    public override async Task FetchFile(FetchFileRequest request, IServerStreamWriter<FileChunk> responseStream, ServerCallContext context)
    {
        var root = Path.GetFullPath(fleet.Find(request.ClusterId, request.ServerId).Config.DataPath);
        var path = Path.GetFullPath(request.Path, root);
        if (!path.StartsWith(root + Path.DirectorySeparatorChar, StringComparison.Ordinal) || !File.Exists(path))
        {
            throw ServiceErrors.Of(ErrorCode.InvalidArgument, $"The data directory {root} has no file '{request.Path}'.");
        }

        var buffer = new byte[ChunkBytes];
        await using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        int read;
        while ((read = await file.ReadAsync(buffer, context.CancellationToken)) > 0)
        {
            await responseStream.WriteAsync(new FileChunk { Bytes = ByteString.CopyFrom(buffer, 0, read) }, context.CancellationToken);
        }
    }
}
