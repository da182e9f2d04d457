using Google.Protobuf;
using Grpc.Health.V1;
using RaftKv.Api.Protocol;
using RaftKv.Node;
using RaftKv.Node.Serving;

namespace RaftKv.Tests.Host;

/// <summary>A server that recovers from its disk has its port and its directory already, and says what it is about.</summary>
[Collection(ServersCollection.Name)]
public sealed class RecoveringServerTests
{
    [Fact]
    public async Task Recovering_ServerSaysNotReadyTakesFaultsAndLetsNoOtherIn()
    {
        await using var cluster = TestCluster.Prepare(2);
        var entered = new TaskCompletionSource();
        var recover = new TaskCompletionSource();
        var starting = NodeServer.StartAsync(cluster.Configs[1], recovering: () =>
        {
            entered.SetResult();
            return recover.Task;
        });
        await entered.Task;
        var health = new Health.HealthClient(cluster.Channel(1));

        var get = await Errors.OfAsync(cluster.KeyValue(1).GetAsync(new GetRequest { Header = cluster.Header, Key = ByteString.CopyFromUtf8("k") }));
        var status = await Errors.OfAsync(cluster.Admin(1).StatusAsync(new StatusRequest { Header = cluster.Header }));
        var before = await health.CheckAsync(new HealthCheckRequest());
        await cluster.Chaos(1).PartitionAsync(
            new PartitionRequest { Header = cluster.Header, Groups = { new Group { Servers = { 1 } }, new Group { Servers = { 2 } } } }, TestCluster.Token());
        var sameDirectory = await Assert.ThrowsAsync<StartException>(() => NodeServer.StartAsync(cluster.Configs[1]));
        cluster.Configs[2] = cluster.Configs[2] with { Port = cluster.Configs[1].Port };
        var samePort = await Assert.ThrowsAsync<StartException>(() => NodeServer.StartAsync(cluster.Configs[2]));

        Assert.Equal((ErrorCode.NotReady, ErrorCode.NotReady), (get.Code, status.Code));
        Assert.Equal(HealthCheckResponse.Types.ServingStatus.NotServing, before.Status);
        Assert.Equal((ExitCode.DataDirectoryInUse, ExitCode.PortInUse), (sameDirectory.ExitCode, samePort.ExitCode));
        Assert.False(Directory.Exists(Path.Combine(cluster.Configs[2].DataPath, "log")));

        recover.SetResult();
        await using var server = await starting;
        var matrix = await cluster.Chaos(1).ReadAsync(new ReadMatrixRequest { Header = cluster.Header }, TestCluster.Token());
        Assert.Contains(matrix.Links, l => l is { From: 2, To: 1, Blocked: true });
        Assert.Equal(1, (await cluster.Admin(1).StatusAsync(new StatusRequest { Header = cluster.Header })).ServerId);
        Assert.Equal(HealthCheckResponse.Types.ServingStatus.Serving, (await health.CheckAsync(new HealthCheckRequest())).Status);
    }
}
