using System.Net;
using System.Net.Sockets;
using RaftKv.Api.Protocol;
using RaftKv.Node.Agent;
using RaftKv.Node.Options;

namespace RaftKv.Tests.Host;

/// <summary>What a server that starts again is told of its network's faults, and when no other server answers in time.</summary>
[Collection(ServersCollection.Name)]
public sealed class ChaosHandoverTests
{
    [Fact]
    public async Task Write_WhereNoOtherAnswersInTime_SaysSo_AndTheServerIsToldOnceOneDoes()
    {
        await using var cluster = await TestCluster.StartAsync(2);
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        var deaf = new Uri($"http://127.0.0.1:{((IPEndPoint)silent.LocalEndpoint).Port}");
        var config = cluster.Configs[2];
        var unheard = config with { Members = [.. config.Members.Select(m => m.Id == 1 ? m with { Endpoint = deaf } : m)] };
        var file = Path.Combine(cluster.Directory, ServerFiles.FaultMatrix);
        await cluster.Chaos(1).PartitionAsync(new PartitionRequest { Header = cluster.Header, Groups = { new Group { Servers = { 1 } } } }, TestCluster.Token());

        Assert.False(await ChaosHandover.WriteAsync(unheard, cluster.Directory, TimeSpan.FromMilliseconds(50), CancellationToken.None));
        Assert.False(File.Exists(file));
        Assert.True(await ChaosHandover.WriteAsync(config, cluster.Directory, Patience.Limit, CancellationToken.None));
        Assert.True(File.Exists(file));

        Assert.Equal(2, await ChaosHandover.TellAsync(config, CancellationToken.None));
        var told = await cluster.Chaos(2).ReadAsync(new ReadMatrixRequest { Header = cluster.Header }, TestCluster.Token());
        Assert.Equal([(1, 2), (2, 1)], told.Links.Where(l => l.Blocked).Select(l => (l.From, l.To)));
    }

    /// <summary>A cluster of one has no one to ask, and so nothing to wait for.</summary>
    [Fact]
    public async Task Write_OfAServerAlone_IsDoneAtOnce()
    {
        await using var cluster = TestCluster.Prepare(1);
        Assert.True(await ChaosHandover.WriteAsync(cluster.Configs[1], cluster.Directory, TimeSpan.Zero, CancellationToken.None));
    }
}
