using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Client;
using RaftKv.Api.Clusters;
using RaftKv.Api.Protocol;

namespace RaftKv.Node.Agent;

/// <summary>
/// Hands the network's current faults to a server that is started again, before it listens: else a restart would mend
/// the links that a partition cut. Being muted is not handed over, a fresh server speaks.
/// </summary>
internal static class ChaosHandover
{
    private static readonly TimeSpan AskLimit = TimeSpan.FromSeconds(2);

    /// <summary>Asks the other servers and writes what the first of them has; no file when no one answers or nothing is broken.</summary>
    public static async Task WriteAsync(ServerConfig config, string dataPath, CancellationToken cancellationToken)
    {
        var file = Path.Combine(dataPath, NodeServer.MatrixName);
        File.Delete(file);
        if (config.ChaosToken is not { } token || await AskAsync(config, token, cancellationToken) is not { Links.Count: > 0 } matrix)
        {
            return;
        }

        matrix.Muted = false;
        await File.WriteAllTextAsync(file, JsonFormatter.Default.Format(matrix), cancellationToken);
    }

    private static async Task<MatrixReply?> AskAsync(ServerConfig config, string token, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(AskLimit);
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
        using var channel = GrpcChannel.ForAddress(peer.Endpoint, new GrpcChannelOptions
        {
            HttpHandler = new SocketsHttpHandler { UseProxy = false, ConnectTimeout = AskLimit },
            DisposeHttpClient = true,
        });
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
}
