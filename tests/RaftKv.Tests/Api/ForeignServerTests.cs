using System.Text;
using Google.Protobuf;
using RaftKv.Api;
using RaftKv.Api.Protocol;
using Consistency = RaftKv.Api.Consistency;

namespace RaftKv.Tests.Api;

/// <summary>
/// Another cluster has the port of a server that is down: what answers there is passed over, and the own servers are
/// found. Nothing of it is told as the whole cluster's state.
/// </summary>
public sealed class ForeignServerTests
{
    private static readonly byte[] Key = "key"u8.ToArray();

    /// <summary>Server 1 led, went down, and another cluster listens on its port; server 2 leads now.</summary>
    private static void TakeOver(FakeServer[] servers)
    {
        servers[0].Leads = () => throw FakeServer.Refuse(ErrorCode.WrongCluster);
        servers[0].OnPut = (_, _, _) => throw FakeServer.Refuse(ErrorCode.WrongCluster);
        servers[0].OnOpen = _ => throw FakeServer.Refuse(ErrorCode.WrongCluster);
        servers[0].OnGet = (_, _) => throw FakeServer.Refuse(ErrorCode.WrongCluster);
        servers[1].Leads = () => new IsLeaderReply { IsLeader = true, LeaderId = 2, Term = 2 };
        servers[2].Leads = () => new IsLeaderReply { LeaderId = 2, Term = 2 };
        servers[1].OnGet = (get, _) => Task.FromResult(new GetReply { Pair = new Pair { Key = get.Key, Value = ByteString.CopyFromUtf8("ours"), Version = 1 } });
        servers[2].OnGet = servers[1].OnGet;
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Write_OfASessionWhoseLeadersPortAnotherClusterHas_GoesToTheNewLeader(bool gatherWrites)
    {
        var servers = await FakeServer.StartClusterAsync(3, leader: 1);
        await using var scope = new KvClientWriteTests.Scope(servers, gatherWrites: gatherWrites);
        await scope.Kv.PutAsync(Key, "before"u8.ToArray());
        TakeOver(servers);

        for (var i = 0; i < 3; i++)
        {
            await scope.Kv.PutAsync(Key, "after"u8.ToArray());
        }

        Assert.Equal(3, servers[1].Puts.Count);
    }

    [Fact]
    public async Task Write_FromTheBeginning_PassesOverTheForeignServer()
    {
        var servers = await FakeServer.StartClusterAsync(3, leader: 1);
        TakeOver(servers);
        await using var scope = new KvClientWriteTests.Scope(servers);

        await scope.Kv.PutAsync(Key, "value"u8.ToArray());

        Assert.Single(servers[1].Puts);
    }

    [Theory]
    [InlineData(Consistency.Linearizable)]
    [InlineData(Consistency.Stale)]
    public async Task Read_PassesOverTheForeignServer(Consistency consistency)
    {
        var servers = await FakeServer.StartClusterAsync(3, leader: 1);
        await using var scope = new KvClientWriteTests.Scope(servers);
        await scope.Kv.PutAsync(Key, "before"u8.ToArray());
        TakeOver(servers);

        for (var i = 0; i < 5; i++)
        {
            Assert.Equal("ours", Encoding.UTF8.GetString((await scope.Kv.GetAsync(Key, consistency))!.Value));
        }
    }

    /// <summary>Anyone who asks for that very server is told what it is, at once.</summary>
    [Fact]
    public async Task Read_OfTheForeignServerItself_SaysWrongCluster()
    {
        var servers = await FakeServer.StartClusterAsync(3, leader: 1);
        TakeOver(servers);
        await using var scope = new KvClientWriteTests.Scope(servers);

        var error = await Assert.ThrowsAsync<RaftKvException>(() => scope.Kv.GetAsync(Key, Consistency.Stale, serverId: 1));

        Assert.Equal(ErrorKind.WrongCluster, error.Kind);
    }

    [Fact]
    public async Task StaleRead_WhereAllServersAreForeign_SaysWrongCluster()
    {
        var servers = await FakeServer.StartClusterAsync(2);
        foreach (var server in servers)
        {
            server.OnGet = (_, _) => throw FakeServer.Refuse(ErrorCode.WrongCluster);
        }

        await using var scope = new KvClientWriteTests.Scope(servers);

        var error = await Assert.ThrowsAsync<RaftKvException>(() => scope.Kv.GetAsync(Key, Consistency.Stale));

        Assert.Equal(ErrorKind.WrongCluster, error.Kind);
    }
}
