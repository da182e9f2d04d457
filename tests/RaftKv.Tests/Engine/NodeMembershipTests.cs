using RaftKv.Core.Consensus;
using RaftKv.Engine.Storage;
using static RaftKv.Tests.Engine.NodeCluster;

namespace RaftKv.Tests.Engine;

/// <summary>Changes of the membership through pump, log and state machine.</summary>
public sealed class NodeMembershipTests
{
    private static async Task<MembershipEnded> ChangeAsync(NodeCluster cluster, MembershipChange change)
    {
        while (true)
        {
            var ended = await (await cluster.LeaderAsync()).ChangeMembershipAsync(change, CancellationToken.None);
            if (ended.Outcome is not (MembershipOutcome.NotReady or MembershipOutcome.NotCaughtUp or MembershipOutcome.NotLeader))
            {
                return ended;
            }
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task M5_M7_ServersJoinAreRemovedAndKnowItAfterARestart(bool jsonLog)
    {
        await using var cluster = new NodeCluster(3, (_, o) => jsonLog ? o with { OpenLog = JsonLog.Open } : o, voters: 1);
        var changes = new List<ConfigurationChange>();
        cluster[1].ConfigurationChanged += changes.Add;
        await cluster.PutAsync("before", "x");
        foreach (var id in (NodeId[])[new(2), new(3)])
        {
            Assert.Equal((MembershipOutcome.Done, id), ((await ChangeAsync(cluster, new AddLearner($"server:{id}"))) is var added ? (added.Outcome, added.Server) : default));
            Assert.Equal(MembershipOutcome.Done, (await ChangeAsync(cluster, new PromoteLearner(id))).Outcome);
        }

        await cluster.PutAsync("after", "x");
        await Until(() => cluster[3].View.Count == 2, "the new server to hold everything");
        Assert.Equal("n1 n2 n3", cluster[1].Status.Configuration.ToString());
        Assert.Equal([false, true, false, true, false, true, false, true], changes.Select(c => c.IsCommitted));
        Assert.Equal(MembershipOutcome.Done, (await ChangeAsync(cluster, new RemoveMember(new NodeId(1)))).Outcome);
        await Until(() => cluster[2].Status.Configuration.ToString() == "n2 n3", "the others to know");
        for (var id = 1; id <= 3; id++)
        {
            await cluster.StopAsync(id);
            Assert.Equal("n2 n3", cluster.Start(id).Status.Configuration.ToString());
        }

        await cluster.PutAsync("last", "x");
        Assert.NotEqual(1, (await cluster.LeaderAsync()).Identity.ServerId);
        await Until(() => cluster[2].View.Count == 3 && cluster[3].View.Count == 3, "both to hold everything");
    }

    [Fact]
    public async Task Refusals_ReachWhoeverAsked()
    {
        await using var cluster = new NodeCluster(1);
        await cluster.PutAsync("k", "v");
        var ended = await cluster[1].ChangeMembershipAsync(new RemoveMember(new NodeId(9)), CancellationToken.None);
        Assert.Equal((MembershipOutcome.UnknownServer, new NodeId(9), new NodeId(1)), (ended.Outcome, ended.Server, ended.Leader));
        var node = cluster[1];
        await cluster.StopAsync(1);
        Assert.Equal(MembershipOutcome.NotLeader, (await node.ChangeMembershipAsync(new AddLearner(""), CancellationToken.None)).Outcome);
    }
}
