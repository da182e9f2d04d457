using RaftKv.Api.Clusters;
using RaftKv.Api.Protocol;
using RaftKv.Core.Consensus;
using RaftKv.Node.Options;

namespace RaftKv.Tests.Host;

/// <summary>Members that come and go over real sockets: connections follow them, and each refusal says why.</summary>
[Collection(ServersCollection.Name)]
public sealed class MembershipTests
{
    /// <summary>Servers that form a cluster know nothing of the one that is to join; that one knows them all.</summary>
    private static Task<TestCluster> StartAsync(int count) => TestCluster.StartAsync(count, config => config with
    {
        Members = config.Id == count
            ? [.. config.Members.Select(m => m with { Joined = m.Id == count })]
            : [.. config.Members.Where(m => m.Id != count)],
    });

    /// <summary>Asks the leader, again while it has to be asked again.</summary>
    private static async Task ChangeAsync(TestCluster cluster, Func<Admin.AdminClient, Grpc.Core.AsyncUnaryCall<MembershipReply>> change)
    {
        ErrorCode[] again = [ErrorCode.NotLeader, ErrorCode.NotReady, ErrorCode.MembershipBusy, ErrorCode.NotCaughtUp];
        await Eventually.GetAsync("the change", async () =>
        {
            try
            {
                return await change(cluster.Admin(await cluster.LeaderAsync()));
            }
            catch (Grpc.Core.RpcException e) when (again.Contains(Errors.Of(e).Code))
            {
                return null;
            }
        });
    }

    private static Task AddAsync(TestCluster cluster, int id) => ChangeAsync(cluster, a => a.AddMemberAsync(
        new AddMemberRequest { Header = cluster.Header, ServerId = id, Endpoint = $"http://127.0.0.1:{cluster.Configs[id].Port}" }));

    private static Task RemoveAsync(TestCluster cluster, int id) =>
        ChangeAsync(cluster, a => a.RemoveMemberAsync(new RemoveMemberRequest { Header = cluster.Header, ServerId = id }));

    [Fact]
    public async Task M5_M7_ServerJoinsByItsAddressAloneAndReplacesTheLeader()
    {
        await using var cluster = await StartAsync(4);
        await cluster.PutAsync("before", [1]);

        await AddAsync(cluster, 4);
        await ChangeAsync(cluster, a => a.PromoteMemberAsync(new PromoteMemberRequest { Header = cluster.Header, ServerId = 4 }));
        var removed = await cluster.LeaderAsync();
        await RemoveAsync(cluster, removed);

        await cluster.PutAsync("after", [2]);
        Assert.Equal([1], await cluster.GetAsync(4, "before"));
        Assert.NotEqual(removed, await cluster.LeaderAsync());
        var status = await cluster.Admin(4).StatusAsync(new StatusRequest { Header = cluster.Header });
        Assert.Equal(Enumerable.Range(1, 4).Where(i => i != removed), status.Members.Select(m => m.ServerId));
        Assert.All(status.Members, m => Assert.True(m.IsVoter));
        Assert.Equal(4, status.HighestId);
        Assert.Equal($"http://127.0.0.1:{cluster.Configs[4].Port}/", status.Members[^1].Endpoint);
        Assert.DoesNotContain(status.Peers, p => p.ServerId == removed);
        var outsider = await Errors.OfAsync(cluster.Admin(removed).RemoveMemberAsync(new RemoveMemberRequest { Header = cluster.Header, ServerId = 4 }));
        Assert.Equal(ErrorCode.NotLeader, outsider.Code);
    }

    [Fact]
    public async Task E16_RemovedServerIsToldAndDisturbsNobody()
    {
        await using var cluster = await TestCluster.StartAsync(3);
        var leader = await cluster.LeaderAsync();
        var removed = leader == 3 ? 2 : 3;

        await RemoveAsync(cluster, removed);

        await Eventually.GetAsync("the removed server hears of it", async () =>
            (await ReadLogAsync(cluster, removed)).Contains("removed from this cluster for good", StringComparison.Ordinal) ? "told" : null);
        var term = cluster.Server(leader).Node.Status.Term;
        await cluster.StopServerAsync(removed);
        await cluster.StartServerAsync(removed);
        await Eventually.HoldsAsync("the removed server is refused again", () => cluster.Server(leader).Node.Status.Role == Role.Leader);
        await cluster.PutAsync("k", [1]);
        Assert.Equal(term, cluster.Server(leader).Node.Status.Term);
    }

    /// <summary>
    /// Without check-quorum it would claim to lead forever: its peers have let go of it, and no message of theirs can come.
    /// </summary>
    [Fact]
    public async Task E16_LeaderThatWasRemovedWhileItWasCutOffIsToldByTheRefusalOfItsStreams()
    {
        await using var cluster = await TestCluster.StartAsync(4, c => c with { Options = c.Options with { CheckQuorum = false } });
        var removed = await cluster.LeaderAsync();
        foreach (var id in cluster.Configs.Keys)
        {
            await cluster.Chaos(id).PartitionAsync(
                new PartitionRequest { Header = cluster.Header, Groups = { new Group { Servers = { removed } } } }, TestCluster.Token());
        }

        int[] others = [.. cluster.Configs.Keys.Where(id => id != removed)];
        await Eventually.HoldsAsync("another leads", () => others.Any(id => cluster.Server(id).Node.Status.Role == Role.Leader));
        await RemoveAsync(cluster, removed);
        await Eventually.HoldsAsync("all others know of it", () => others.All(id => cluster.Server(id).Node.Peers.IsRemoved(new NodeId(removed))));
        var before = cluster.Server(removed).Node.Status;
        Assert.Equal((Role.Leader, 4), (before.Role, before.Configuration.VoterCount));

        foreach (var id in cluster.Configs.Keys)
        {
            await cluster.Chaos(id).ResetAsync(new ResetRequest { Header = cluster.Header }, TestCluster.Token());
        }

        await Eventually.HoldsAsync("the removed leader gives up", () => cluster.Server(removed).Node.Status.Role != Role.Leader);
        var status = await cluster.Admin(removed).StatusAsync(new StatusRequest { Header = cluster.Header });
        Assert.Contains($"n{removed} was removed from this cluster for good", status.Removed, StringComparison.Ordinal);
        await Eventually.GetAsync("its text log says so", async () =>
            (await ReadLogAsync(cluster, removed)).Contains("and leads nothing any more", StringComparison.Ordinal) ? "said" : null);
        Assert.Equal("", (await cluster.Admin(others[0]).StatusAsync(new StatusRequest { Header = cluster.Header })).Removed);
        await cluster.PutAsync("k", [1]);
    }

    private static async Task<string> ReadLogAsync(TestCluster cluster, int id)
    {
        await using var stream = new FileStream(
            Path.Combine(cluster.Configs[id].DataPath, "server.log"), FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using var reader = new StreamReader(stream);
        return await reader.ReadToEndAsync();
    }

    [Fact]
    public async Task M1_M2_M7_RefusalsNameTheReason()
    {
        await using var cluster = await TestCluster.StartAsync(1);
        await cluster.PutAsync("k", [1]);
        var admin = cluster.Admin(1);
        var promote = new PromoteMemberRequest { Header = cluster.Header, ServerId = 7 };
        var remove = new RemoveMemberRequest { Header = cluster.Header, ServerId = 1 };
        var used = new AddMemberRequest { Header = cluster.Header, ServerId = 1, Endpoint = "http://127.0.0.1:1" };

        Assert.Equal(ErrorCode.ServerNotFound, (await Errors.OfAsync(admin.PromoteMemberAsync(promote))).Code);
        Assert.Contains("only voter", (await Errors.OfAsync(admin.RemoveMemberAsync(remove))).Message, StringComparison.Ordinal);
        Assert.Contains("never given again", (await Errors.OfAsync(admin.AddMemberAsync(used))).Message, StringComparison.Ordinal);
        used.Endpoint = "nowhere";
        Assert.Equal(ErrorCode.InvalidArgument, (await Errors.OfAsync(admin.AddMemberAsync(used))).Code);

        await AddSilentAsync(cluster);
        promote.ServerId = 2;
        var behind = await Errors.OfAsync(admin.PromoteMemberAsync(promote));
        Assert.Equal(ErrorCode.NotCaughtUp, behind.Code);
        Assert.Contains("n2", behind.Message, StringComparison.Ordinal);
    }

    /// <summary>A learner at an address where no one listens.</summary>
    private static Task AddSilentAsync(TestCluster cluster) => ChangeAsync(cluster, a => a.AddMemberAsync(
        new AddMemberRequest { Header = cluster.Header, Endpoint = $"http://127.0.0.1:{TestCluster.FreePorts(1)[0]}" }));

    [Fact]
    public void M7_WhoJoinsIsNoneOfTheFirstVoters()
    {
        PeerConfig[] members = [.. Enumerable.Range(1, 3).Select(i => new PeerConfig(i, $"n{i}", new Uri($"http://127.0.0.1:{20000 + i}"), Joined: i == 3))];
        var config = new ServerConfig { ClusterId = new string('a', 32), Id = 3, Name = "n3", Members = members, DataPath = "/x", Port = 20003 };

        Assert.Empty(ConfigValidation.Validate(config));
        Assert.Equal([new NodeId(1), new NodeId(2)], ConsensusOptions.From(config, seed: 1).Voters);
        Assert.Empty(ConfigValidation.Validate(config with { Members = [members[2]] }));

        // One that was there at the beginning and lost its directory must not lead those alone who are left of it.
        Assert.Empty(ConsensusOptions.From(config with { Id = 1, Members = [members[0], members[2]] }, seed: 1).Voters);
        Assert.Equal(config.Members, ClusterJson.ReadServerConfig(ClusterJson.Write(config)).Members);
    }

    [Fact]
    public async Task Chaos_NamesAServerThatIsNotHeardOfYet_TakesItsLinks()
    {
        await using var cluster = await TestCluster.StartAsync(1);
        var chaos = cluster.Chaos(1);
        async Task<IEnumerable<string>> LinksAsync() =>
            (await chaos.ReadAsync(new ReadMatrixRequest { Header = cluster.Header }, TestCluster.Token())).Links.Select(l => $"{l.From} to {l.To}: {l.Blocked} {l.DelayMs}");

        await chaos.UpdateAsync(new UpdateRequest { Header = cluster.Header, Link = new LinkFault { From = 1, To = 8, DelayMs = 20 } }, TestCluster.Token());
        Assert.Equal(["1 to 8: False 20"], await LinksAsync());

        await chaos.PartitionAsync(new PartitionRequest { Header = cluster.Header, Groups = { new Group { Servers = { 8 } } } }, TestCluster.Token());
        Assert.Equal(["1 to 8: True 20", "8 to 1: True 0"], await LinksAsync());

        await chaos.UploadAsync(new UploadRequest { Header = cluster.Header, Links = { new LinkFault { From = 9, To = 1, Blocked = true } } }, TestCluster.Token());
        Assert.Equal(["9 to 1: True 0"], await LinksAsync());
    }
}
