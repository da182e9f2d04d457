using RaftKv.Core.Consensus;

namespace RaftKv.Tests.Core;

/// <summary>Row R13: appends that were not answered, lost or merely slow.</summary>
public sealed partial class ReplicationEdgeCaseTests
{
    [Fact]
    public void R13_LostAppendsAreSentAgainWhenOnlyHeartbeatsFlow()
    {
        var cluster = new TestCluster(3);
        var leader = cluster.Elect();
        cluster.Lose = m => m is AppendRequest;
        cluster.Propose(leader);
        cluster.Settle();
        cluster.Lose = _ => false;
        cluster.Run(TimeSpan.FromMilliseconds(350));
        Assert.Equal(new LogIndex(2), leader.Raft.CommitIndex);
    }

    [Fact]
    public void R13_ReportedLossIsProbedAtOnce()
    {
        var leader = TestServer.Fresh().MadeLeader().AcceptedByAll();
        leader.Step(new Proposal(1, new byte[] { 1 }));
        var again = leader.Step(new AppendLost(Say.N(2), leader.Raft.Term)).Of<AppendRequest>();
        Assert.Equal((2, Say.At(1, 1), 1), (Assert.Single(again).To.Value, again[0].Previous, again[0].Entries.Count));
        Assert.Empty(leader.Step(new AppendLost(Say.N(2), Term.Zero)).Of<AppendRequest>());
    }

    [Fact]
    public void R13_UnansweredAppendIsTriedAnewAfterTheRpcTimeout()
    {
        var leader = TestServer.Fresh(of: 5, change: o => o with { CheckQuorum = false }).MadeLeader().AcceptedByAll();
        leader.Step(new Proposal(1, new byte[] { 1 }));
        var before = leader.Now;
        List<AppendRequest> again = [];
        while (again.Count == 0)
        {
            again = leader.AtDeadline().Of<AppendRequest>();
        }

        Assert.Equal(TimeSpan.FromSeconds(2), leader.Now - before);
        Assert.Equal(4, again.Count);
        Assert.All(again, a => Assert.Equal((Say.At(2, 1), 0), (a.Previous, a.Entries.Count)));
    }

    [Fact]
    public void R13_WhatIsMerelySlowIsNotSentTwice()
    {
        var leader = TestServer.Fresh(change: o => o with { CheckQuorum = false }).MadeLeader().AcceptedByAll();
        leader.Step(new Proposal(1, new byte[] { 1 }));
        var asked = new List<AppendRequest>();
        for (var end = leader.Now + TimeSpan.FromSeconds(5); leader.Now < end;)
        {
            asked.AddRange(leader.AtDeadline().Of<AppendRequest>());
        }

        Assert.NotEmpty(asked);
        Assert.All(asked, a => Assert.Empty(a.Entries));
        leader.Receive(Say.Accepted(2, 1, 2));
        leader.Receive(Say.Beaten(2, 1, leader.Raft.Round));
        Assert.Equal(new LogIndex(2), leader.Raft.CommitIndex);
    }

    [Fact]
    public void R13_WhatTheAnswerSaysIsLostIsSentAgain()
    {
        var leader = TestServer.Fresh(change: o => o with { CheckQuorum = false }).MadeLeader().AcceptedByAll();
        leader.Step(new Proposal(1, new byte[] { 1 }));
        var again = leader.Receive(Say.Rejected(2, 1, 2, Say.At(1, 1))).Of<AppendRequest>();
        Assert.Equal((Say.At(1, 1), 1), (Assert.Single(again).Previous, again[0].Entries.Count));
    }

    [Fact]
    public void R13_AProbeThatIsInDoubtIsRepeatedWithoutEntriesAndItsAnswerStreams()
    {
        var leader = TestServer.Fresh(change: o => o with { CheckQuorum = false }).MadeLeader();
        List<AppendRequest> again = [];
        while (again.Count == 0)
        {
            again = leader.AtDeadline().Of<AppendRequest>();
        }

        Assert.All(again, a => Assert.Empty(a.Entries));
        var sent = leader.Receive(Say.Accepted(2, 1, 0)).Of<AppendRequest>();
        Assert.Equal((2, 1), (Assert.Single(sent).To.Value, sent[0].Entries.Count));
        var next = leader.Step(new Proposal(1, new byte[] { 1 })).Of<AppendRequest>();
        Assert.Equal((2, 1), (Assert.Single(next).To.Value, next[0].Entries.Count));
    }
}
