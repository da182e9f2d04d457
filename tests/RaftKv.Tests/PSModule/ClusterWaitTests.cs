using RaftKv.Api.Views;
using RaftKv.Cmdlets;

namespace RaftKv.Tests.PSModule;

/// <summary>What a wait says is missing.</summary>
public sealed class ClusterWaitTests
{
    [Fact]
    public void Missing_NobodyLeads_NamesEachServersState()
    {
        string missing = ClusterWait.Missing(WaitGoal.Leader, [Server(1), Server(2) with { Answered = false, ProcessState = "Exited" }, Server(3)], null);
        Assert.Contains("n2: stopped", missing, StringComparison.Ordinal);
        Assert.Contains("n1: follower in term 4", missing, StringComparison.Ordinal);
    }

    [Fact]
    public void Missing_LeaderWithAMajorityThatCommitted_IsNothing() =>
        Assert.Equal("", ClusterWait.Missing(WaitGoal.Leader, [Leader(1), Server(2, 1), Server(3) with { Answered = false }], null));

    [Fact]
    public void Missing_LeaderThatNobodyFollows_IsTheMajority() =>
        Assert.Contains("fewer than 2 of 3", ClusterWait.Missing(WaitGoal.Leader, [Leader(1), Server(2), Server(3)], null), StringComparison.Ordinal);

    [Fact]
    public void Missing_AServerIsBehind_IsNamedWithHowFar()
    {
        ServerView[] servers = [Leader(1), Server(2, 1), Server(3, 1) with { AppliedIndex = 2 }];
        Assert.Equal("n3 has applied 2 of 9", ClusterWait.Missing(WaitGoal.CaughtUp, servers, null));
        Assert.Equal("", ClusterWait.Missing(WaitGoal.Ready, servers, null));
        Assert.Equal("", ClusterWait.Missing(WaitGoal.CaughtUp, servers, new HashSet<int> { 2 }));
    }

    [Fact]
    public void Missing_AServerIsMuted_IsNotReady() =>
        Assert.Equal("n2 is muted", ClusterWait.Missing(WaitGoal.Ready, [Leader(1), Server(2, 1) with { Muted = true }, Server(3, 1)], null));

    [Fact]
    public void Missing_AServerWaitsForRoom_SaysSoWhateverIsWaitedFor_P11()
    {
        ServerView full = Server(2, 1) with { Waiting = "waits for room on the disk of /data/n2" };
        Assert.Equal("n2 waits for room on the disk of /data/n2", ClusterWait.Missing(WaitGoal.Ready, [Leader(1), full, Server(3, 1)], null));
        Assert.Contains("n2: waits for room on the disk of /data/n2", ClusterWait.Missing(WaitGoal.Leader, [Server(1), full, Server(3)], null), StringComparison.Ordinal);
        Assert.Equal("waits for room on the disk of /data/n2", RaftServer.FaultOf(full));
    }

    private static ServerView Leader(int id) => Server(id, id) with { Role = "Leader" };

    private static ServerView Server(int id, int leader = 0) => new()
    {
        Id = id,
        Name = $"n{id}",
        Endpoint = new Uri("http://127.0.0.1:20000"),
        Answered = true,
        Role = "Follower",
        Term = 4,
        LeaderId = leader,
        CommitIndex = 9,
        AppliedIndex = 9,
    };
}
