using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Client;
using RaftKv.Api.Clusters;
using RaftKv.Api.Protocol;
using RaftKv.Node.Options;

namespace RaftKv.Node.Agent;

/// <summary>
/// Hands the network's current faults to a server that is started again, before it listens: else a restart would mend
/// the links that a partition cut. Where no other server answers by then, they are asked on and the server is told later.
/// Being muted is not handed over, a fresh server speaks.
/// </summary>
internal static class ChaosHandover
{
    /// <summary>How long a start waits for the others' word.</summary>
    public static readonly TimeSpan AskLimit = TimeSpan.FromSeconds(2);

    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(500);

    /// <summary>Asks the other servers and writes what the first of them has; no file when no one answers or nothing is broken.</summary>
    /// <param name="config">The server that is started.</param>
    /// <param name="dataPath">Where it will look for the file.</param>
    /// <param name="patience">How long to wait for an answer.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>Whether the faults in force are known now: false where there are others and none of them answered.</returns>
    public static async Task<bool> WriteAsync(ServerConfig config, string dataPath, TimeSpan patience, CancellationToken cancellationToken)
    {
        var file = Path.Combine(dataPath, ServerFiles.FaultMatrix);
        File.Delete(file);
        if (config.ChaosToken is not { } token || config.Members.Count == 1)
        {
            return true;
        }

        if (await AskAsync(config, token, patience, cancellationToken) is not { } matrix)
        {
            return false;
        }

        if (matrix.Links.Count > 0)
        {
            matrix.Muted = false;
            Api.OutputFile.Write(file, JsonFormatter.Default.Format(matrix));
        }

        return true;
    }

    /// <summary>Asks the others until one answers, and tells the running server, again where they were changed meanwhile.</summary>
    /// <param name="config">The server, which was started without their word.</param>
    /// <param name="cancellationToken">Ends it, as when the server's process has ended.</param>
    /// <returns>How many links have faults.</returns>
    public static async Task<int> TellAsync(ServerConfig config, CancellationToken cancellationToken)
    {
        while (true)
        {
            if (await AskAsync(config, config.ChaosToken!, AskLimit, cancellationToken) is { } matrix
                && (matrix.Links.Count == 0 || await UploadAsync(config, matrix, cancellationToken))
                && await AskAsync(config, config.ChaosToken!, AskLimit, cancellationToken) is { } after
                && after.Links.Equals(matrix.Links))
            {
                return matrix.Links.Count;
            }

            await Task.Delay(Pace, cancellationToken);
        }
    }

    private static async Task<bool> UploadAsync(ServerConfig config, MatrixReply matrix, CancellationToken cancellationToken)
    {
        using var channel = Open(config.Members.First(m => m.Id == config.Id));
        var request = new UploadRequest { Header = new RequestHeader { ClusterId = config.ClusterId }, Links = { matrix.Links }, Seed = matrix.Seed };
        try
        {
            await new Chaos.ChaosClient(channel).UploadAsync(
                request, new Metadata { { ProtocolConstants.ChaosToken, config.ChaosToken! } }, DateTime.UtcNow + AskLimit, cancellationToken);
            return true;
        }
        catch (RpcException)
        {
            // It may have ended, or not listen yet: asked again.
            return false;
        }
    }

    private static async Task<MatrixReply?> AskAsync(ServerConfig config, string token, TimeSpan patience, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(patience);
        var asked = config.Members.Where(m => m.Id != config.Id).Select(peer => AskAsync(peer, config.ClusterId, token, limit.Token)).ToList();
        await foreach (var answer in Task.WhenEach(asked))
        {
            if (await answer is { } matrix)
            {
                await limit.CancelAsync();
                return matrix;
            }
        }

        return null;
    }

    private static async Task<MatrixReply?> AskAsync(PeerConfig peer, string clusterId, string token, CancellationToken cancellationToken)
    {
        using var channel = Open(peer);
        try
        {
            return await new Chaos.ChaosClient(channel).ReadAsync(
                new ReadMatrixRequest { Header = new RequestHeader { ClusterId = clusterId } },
                new Metadata { { ProtocolConstants.ChaosToken, token } },
                cancellationToken: cancellationToken);
        }
        catch (RpcException)
        {
            return null;
        }
    }

    private static GrpcChannel Open(PeerConfig peer) => GrpcChannel.ForAddress(peer.Endpoint, new GrpcChannelOptions
    {
        HttpHandler = new SocketsHttpHandler { UseProxy = false, ConnectTimeout = AskLimit },
        DisposeHttpClient = true,
    });
}
