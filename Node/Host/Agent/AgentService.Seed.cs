using Grpc.Core;
using RaftKv.Api.Protocol;
using RaftKv.Engine.Storage;
using RaftKv.Node.Options;

namespace RaftKv.Node.Agent;

/// <summary>The call that lets a new cluster begin with the state of another one.</summary>
internal sealed partial class AgentService
{
    private const string SeedName = "seed.part";

    /// <summary>One at a time: each has the whole state in memory while it is checked and written.</summary>
    private static readonly SemaphoreSlim Planting = new(1, 1);

    /// <inheritdoc/>
    public override async Task<SeedReply> Seed(IAsyncStreamReader<SeedPart> requestStream, ServerCallContext context)
    {
        if (!await requestStream.MoveNext(context.CancellationToken))
        {
            throw ServiceErrors.Of(ErrorCode.InvalidArgument, "The first part must name the server.");
        }

        var server = fleet.Find(requestStream.Current.ClusterId, requestStream.Current.ServerId);
        if (server.HasProcess)
        {
            throw ServiceErrors.Of(ErrorCode.ServerRunning, $"Server {server.Config.Name} runs: a state to begin with is only for one that never did.");
        }

        var path = Path.Combine(server.Config.DataPath, SeedName);
        try
        {
            await using (var file = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.None))
            {
                while (await requestStream.MoveNext(context.CancellationToken))
                {
                    await file.WriteAsync(requestStream.Current.Bytes.Memory, context.CancellationToken);
                }
            }

            await Planting.WaitAsync(context.CancellationToken);
            try
            {
                var first = ConsensusOptions.From(server.Config, seed: 0).FirstMembership;
                var seed = SnapshotSeed.Plant(RealDisk.Instance, server.Config.DataPath, path, first);
                return new SeedReply { SnapshotIndex = seed.Last.Index.Value, SnapshotTerm = seed.Last.Term.Value };
            }
            finally
            {
                Planting.Release();
            }
        }
        catch (InvalidDataException e)
        {
            throw ServiceErrors.Of(ErrorCode.InvalidArgument, e.Message);
        }
        finally
        {
            File.Delete(path);
        }
    }
}
