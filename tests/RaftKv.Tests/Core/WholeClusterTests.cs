namespace RaftKv.Tests.Core;

public sealed class WholeClusterTests
{
    [Fact]
    public void Cluster_ElectsReplicatesReadsAndSurvivesItsLeader()
    {
        var cluster = new TestCluster(5);
        var leader = cluster.Elect();
        for (var i = 0; i < 10; i++)
        {
            cluster.Propose(leader);
        }

        cluster.Settle();
        Assert.Equal(11, leader.Applied.Count);
        cluster.Run(TimeSpan.FromSeconds(1));
        Assert.All(cluster.Servers, s => Assert.Equal(11, s.Applied.Count));
        var r = cluster.Read(leader);
        cluster.Settle();
        Assert.Contains(leader.ReadsReady, x => x.RequestId == r);
        var f = cluster.Servers.First(s => s != leader);
        r = cluster.Read(f);
        cluster.Settle();
        Assert.Contains(f.ReadsReady, x => x.RequestId == r);
        cluster.Stop(leader.Id.Value);
        var next = cluster.Elect();
        Assert.NotEqual(next, leader);
        cluster.Start(leader.Id.Value);
        cluster.Run(TimeSpan.FromSeconds(3));
        Assert.True(cluster[leader.Id.Value].Raft.MayVote);
        Assert.All(cluster.Servers, s => Assert.Equal(12, s.Raft.CommitIndex.Value));
    }

    [Fact]
    public void I4_OneWayAndFlappingLinks_AQuorumGoesOn()
    {
        var cluster = new TestCluster(5);
        var deaf = cluster.Elect();
        foreach (var other in cluster.Servers.Where(s => s != deaf))
        {
            cluster.Cut.Add((other.Id.Value, deaf.Id.Value));
        }

        // It can still send: without a check it would keep everybody else from electing forever.
        cluster.RunUntil(() => cluster.Leader is { } next && next != deaf && next.Raft.CommitIndex.Value >= 2, "a leader who hears", seconds: 5);
        var leader = cluster.Leader!;
        var flapping = cluster.Servers.First(s => s != deaf && s != leader).Id.Value;
        for (var i = 0; i < 20; i++)
        {
            if (!cluster.Cut.Remove((leader.Id.Value, flapping)))
            {
                cluster.Cut.Add((leader.Id.Value, flapping));
            }

            cluster.Propose(leader);
            cluster.Run(TimeSpan.FromMilliseconds(200));
            Assert.Equal(leader.Raft.LastEntry.Index, leader.Raft.CommitIndex);
        }

        Assert.Equal(leader, cluster.Leader);
    }
}
