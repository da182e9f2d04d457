using RaftKv.Api;
using RaftKv.Api.Backups;
using RaftKv.Api.Clients;
using RaftKv.Api.Protocol;

namespace RaftKv.Tests.Api;

/// <summary>Calls to all servers at once: what is refused before sending, and who is named when it did not answer.</summary>
public sealed class ChaosAndAdminTests
{
    [Fact]
    public async Task Partition_OneServerDown_NamesItAndReachesTheOthers()
    {
        var servers = await FakeServer.StartClusterAsync(3);
        await using var scope = new KvClientWriteTests.Scope(servers);
        await servers[2].DisposeAsync();

        var result = await scope.Client.Chaos.PartitionAsync([[1], [2, 3]]);

        Assert.Equal([1, 2], result.Confirmed);
        Assert.Equal(3, Assert.Single(result.Missing).Key);
        Assert.Equal(2, Assert.Single(servers[0].Partitions).Groups.Count);
    }

    [Fact]
    public async Task Partition_UnknownAndDoublyNamedServers_AreAllNamedAndNothingIsSent()
    {
        var servers = await FakeServer.StartClusterAsync(3);
        await using var scope = new KvClientWriteTests.Scope(servers);

        var error = await Assert.ThrowsAsync<RaftKvException>(() => scope.Client.Chaos.PartitionAsync([[1, 2], [2, 9]]));

        Assert.Equal(ErrorKind.PartitionInvalid, error.Kind);
        Assert.Contains("no server 9", error.Message, StringComparison.Ordinal);
        Assert.Contains("server 2 is named 2 times", error.Message, StringComparison.Ordinal);
        Assert.All(servers, s => Assert.Empty(s.Partitions));
    }

    [Fact]
    public async Task Partition_WithoutAToken_IsChaosDisabled()
    {
        var servers = await FakeServer.StartClusterAsync(1);
        await using var scope = new KvClientWriteTests.Scope(servers, spec: FakeServer.SpecOf(servers) with { ChaosToken = null });

        var error = await Assert.ThrowsAsync<RaftKvException>(() => scope.Client.Chaos.PartitionAsync([[1]]));

        Assert.Equal(ErrorKind.ChaosDisabled, error.Kind);
    }

    [Fact]
    public async Task Partition_WrongToken_IsDenied()
    {
        var servers = await FakeServer.StartClusterAsync(1);
        await using var scope = new KvClientWriteTests.Scope(servers, spec: FakeServer.SpecOf(servers) with { ChaosToken = "another" });

        var error = await Assert.ThrowsAsync<RaftKvException>(() => scope.Client.Chaos.PartitionAsync([[1]]));

        Assert.Equal(ErrorKind.Denied, error.Kind);
    }

    [Fact]
    public async Task GetAllStatus_OneServerDown_HasNullForIt()
    {
        var servers = await FakeServer.StartClusterAsync(2);
        await using var scope = new KvClientWriteTests.Scope(servers);
        await servers[1].DisposeAsync();

        var all = await Eventually.GetAsync(
            "server 1 answers", async () => await scope.Client.Admin.GetAllStatusAsync() is var found && found[1] is not null ? found : null);

        Assert.Equal([1, 2], all.Keys);
        Assert.Null(all[2]);
    }

    [Fact]
    public async Task GetLeaders_TwoClaims_HighestTermComesFirst()
    {
        var servers = await FakeServer.StartClusterAsync(3);
        servers[2].Leads = () => new IsLeaderReply { IsLeader = true, LeaderId = 3, Term = 8 };
        await using var scope = new KvClientWriteTests.Scope(servers);

        var leaders = await Eventually.GetAsync(
            "both answer", async () => await scope.Client.Admin.GetLeadersAsync() is { Count: > 1 } found ? found : null);

        Assert.Equal([3, 1], leaders.Select(l => l.ServerId));
    }

    [Fact]
    public async Task Transfer_TheLeaderHasJustChanged_AsksTheNewOne()
    {
        var servers = await FakeServer.StartClusterAsync(3);
        servers[0].OnTransfer = _ =>
        {
            servers[2].Leads = () => new IsLeaderReply { IsLeader = true, LeaderId = 3, Term = 8 };
            throw FakeServer.Refuse(ErrorCode.NotLeader, leaderId: 3);
        };
        await using var scope = new KvClientWriteTests.Scope(servers);

        Assert.Equal(2, await scope.Client.Admin.TransferAsync(2));
    }

    [Fact]
    public async Task Transfer_NotDone_IsTransferFailed()
    {
        var servers = await FakeServer.StartClusterAsync(3);
        servers[0].OnTransfer = _ => throw FakeServer.Refuse(ErrorCode.TransferFailed);
        await using var scope = new KvClientWriteTests.Scope(servers);

        Assert.Equal(ErrorKind.TransferFailed, (await Assert.ThrowsAsync<RaftKvException>(() => scope.Client.Admin.TransferAsync())).Kind);
        Assert.Equal(ErrorKind.ServerNotFound, (await Assert.ThrowsAsync<RaftKvException>(() => scope.Client.Admin.TransferAsync(9))).Kind);
    }

    [Fact]
    public async Task BackupWithoutALeader_OfServersThatWaitForRoom_AdvisesRoomAndNoSurvivingCopy()
    {
        var servers = await FakeServer.StartClusterAsync(2, leader: 0);
        await using var scope = new KvClientWriteTests.Scope(servers);

        Assert.Contains("-Surviving", await ClusterBackup.WayOutAsync(scope.Client, CancellationToken.None), StringComparison.Ordinal);
        servers[1].Leads = () => new IsLeaderReply { Waiting = "waits for room on the disk of /data/n2" };

        var advice = await Eventually.GetAsync(
            "the answer of n2", async () => await ClusterBackup.WayOutAsync(scope.Client, CancellationToken.None) is var said && said.Contains("n2", StringComparison.Ordinal) ? said : null);

        Assert.Contains("n2 waits for room on the disk of /data/n2. Make room", advice, StringComparison.Ordinal);
        Assert.DoesNotContain("-Surviving", advice, StringComparison.Ordinal);
    }

    [Fact]
    public void AgentOf_ServerWithoutAgent_IsServerNotFound()
    {
        var spec = new RaftKv.Api.Clusters.ClusterSpec
        {
            Name = "x",
            ClusterId = new string('a', 32),
            Servers = [new(1, "n1", new Uri("http://127.0.0.1:1"))],
        };
        var error = Assert.Throws<RaftKvException>(() => new ClusterClient(spec).AgentOf(1));

        Assert.Equal(ErrorKind.ServerNotFound, error.Kind);
    }
}
