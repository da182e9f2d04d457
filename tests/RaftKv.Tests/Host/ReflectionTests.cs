using Grpc.Net.Client;
using Grpc.Reflection.V1;

namespace RaftKv.Tests.Host;

/// <summary>Tools that know no protocol of ours ask the server for it.</summary>
[Collection(ServersCollection.Name)]
public sealed class ReflectionTests
{
    [Fact]
    public async Task Reflection_NamesTheServices()
    {
        await using var cluster = await TestCluster.StartAsync(1);
        using var channel = GrpcChannel.ForAddress(cluster.Server(1).Endpoint);
        using var call = new ServerReflection.ServerReflectionClient(channel).ServerReflectionInfo();

        await call.RequestStream.WriteAsync(new ServerReflectionRequest { ListServices = "" });

        Assert.True(await call.ResponseStream.MoveNext(CancellationToken.None));
        Assert.Equal(
            ["grpc.health.v1.Health", "raftkv.peers.v1.Raft", "raftkv.v1.Admin", "raftkv.v1.Chaos", "raftkv.v1.KeyValue"],
            call.ResponseStream.Current.ListServicesResponse.Service
                .Select(s => s.Name).Where(n => !n.StartsWith("grpc.reflection.", StringComparison.Ordinal)).Order(StringComparer.Ordinal));
        await call.RequestStream.CompleteAsync();
    }
}
