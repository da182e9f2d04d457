using RaftKv.Core.Consensus;

namespace RaftKv.Tests.Core;

/// <summary>Coming back after a stop: rows P4 and P7 of the table of edge cases.</summary>
public sealed class RecoveryTests
{
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(1);

    /// <summary>An upper election timeout: so long a server that came back waits for more than a majority's word.</summary>
    private static readonly TimeSpan Grace = TestServer.OptionsOf(1, 3).ElectionTimeoutUpper;

    private static TestServer Back(long[] log, long term, bool trimmed = false, int of = 3) =>
        TestServer.WithLog(log, term, of: of, isRestart: true, trimmed: trimmed);

    [Fact]
    public void P7_RestartedServerNeitherVotesNorCampaignsBeforeItsPeersAnswered()
    {
        var server = Back([1, 1], term: 1, of: 5);
        server.After(Grace * 3);
        Assert.Equal(Role.Follower, server.Raft.Role);
        Assert.False(server.Receive(Say.Vote(2, 2, Say.At(9, 1))).Of<VoteResponse>()[0].Granted);
        Assert.False(server.Receive(Say.PreVote(2, 3, Say.At(9, 1))).Of<PreVoteResponse>()[0].Granted);
        server.Receive(Say.Hello(2, 1, 0, 0));
        server.Receive(Say.Hello(2, 1, 0, 0));
        server.Receive(Say.Hello(2, 1, 0, 0));
        Assert.False(server.Raft.MayVote);
        server.Receive(Say.Hello(3, 1, 1, 2));
        server.Receive(Say.Hello(4, 1, 0, 0));
        Assert.True(server.Raft.MayVote);
        Assert.True(server.Receive(Say.Vote(2, 4, Say.At(9, 1))).Of<VoteResponse>()[0].Granted);
    }

    [Fact]
    public void P7_HelloIsRepeatedUntilAnswered()
    {
        var server = Back([1, 1], term: 1, of: 5);
        Assert.Equal([2, 3, 4, 5], server.Step().Of<HelloRequest>().Select(h => h.To.Value));
        Assert.Equal(Say.At(2, 1), server.Outbox.Of<HelloRequest>()[0].Last);
        server.Receive(Say.Hello(3, 1, 0, 0));
        var before = server.Now;
        Assert.Equal([2, 4, 5], server.AtDeadline().Of<HelloRequest>().Select(h => h.To.Value));
        Assert.InRange(server.Now - before, TimeSpan.FromMilliseconds(100), TimeSpan.FromMilliseconds(150));
        server.Receive(Say.Hello(2, 1, 0, 0));
        server.Receive(Say.Hello(4, 1, 0, 0));
        server.Receive(Say.Hello(5, 1, 0, 0));
        server.Outbox.Clear();
        server.After(TimeSpan.FromMilliseconds(300));
        Assert.Empty(server.Outbox.Of<HelloRequest>());
    }

    [Fact]
    public void P7_LeaderThatTheRecoveredConfigurationDoesNotNameIsAskedToo()
    {
        var server = Back([1, 1], term: 1, of: 3);
        server.Receive(Say.Beat(9, 2));
        Assert.Contains(new NodeId(9), server.AtDeadline().Of<HelloRequest>().Select(h => h.To));
        server.Receive(Say.Hello(9, 2, 2, 3));
        Assert.Equal("AcknowledgedEntriesLost", server.Halt?.Code);
    }

    [Theory]
    [InlineData(1, 2, false)]
    [InlineData(2, 3, false)]
    [InlineData(2, 4, true)]
    [InlineData(3, 1, true)]
    [InlineData(0, 0, false)]
    public void P7_ServerThatLostAcknowledgedEntriesHalts(long acknowledgedTerm, long acknowledged, bool halts)
    {
        var server = Back([1, 2, 2], term: 2);
        server.Receive(Say.Hello(2, 3, acknowledgedTerm, acknowledged));
        Assert.Equal(halts ? "AcknowledgedEntriesLost" : null, server.Halt?.Code);
        if (halts)
        {
            Assert.Contains($"up to {acknowledged} in term {acknowledgedTerm}", server.Halt?.Message, StringComparison.Ordinal);
            Assert.Contains("new id", server.Halt?.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void P7_WhatWasAcknowledgedSinceTheStartIsNoLoss()
    {
        // A server that never stopped asks its leader too. Its own hello overtook its acknowledgement, or came late once more.
        var server = TestServer.WithLog([1], term: 1);
        server.Receive(Say.Append(2, 2, Say.At(1, 1), [2, 2]));
        server.Receive(Say.Hello(2, 2, 2, 3));
        Assert.Null(server.Halt);
    }

    [Fact]
    public void P7_ALaterTermDoesNotHideALossOfAnEarlierOne()
    {
        var server = Back([1], term: 1, of: 5);
        server.Receive(Say.Append(3, 2, Say.At(1, 1), [2]));
        server.Receive(Say.Hello(2, 2, 1, 5));
        Assert.Equal("AcknowledgedEntriesLost", server.Halt?.Code);
    }

    [Fact]
    public void P7_LeaderTellsWhatItSawAcknowledgedAndStopsCountingIt()
    {
        var leader = TestServer.Fresh(of: 3).MadeLeader().AcceptedByAll();
        leader.Step(new Proposal(1, new byte[] { 1 }));
        leader.Receive(Say.Accepted(2, 1, 2));
        var answer = Assert.Single(leader.Receive(new HelloRequest(Say.N(2), Say.N(1), new Term(1), Say.At(1, 1), Run: 5)).Of<HelloResponse>());
        Assert.Equal((new Term(1), new LogIndex(2)), (answer.AcknowledgedTerm, answer.Acknowledged));
        Assert.Equal(new LogIndex(1), leader.Raft.Peers[0].Match);
        Assert.Equal(new LogIndex(2), leader.Raft.CommitIndex);
        var answerLater = leader.Receive(new HelloRequest(Say.N(2), Say.N(1), new Term(1), Say.At(1, 1), Run: 5)).Of<HelloResponse>()[0];
        Assert.Equal(new LogIndex(2), answerLater.Acknowledged);
    }

    [Fact]
    public void P7_RolledBackDiskHaltsInAWholeCluster()
    {
        var cluster = new TestCluster(3);
        var leader = cluster.Elect();
        var victim = cluster.Servers.First(s => s != leader);
        for (var i = 0; i < 5; i++)
        {
            cluster.Propose(leader);
            cluster.Settle();
        }

        cluster.Stop(victim.Id.Value);
        victim.Durable.RemoveRange(3, victim.Durable.Count - 3);
        cluster.Start(victim.Id.Value);
        cluster.Run(Long);
        Assert.Equal("AcknowledgedEntriesLost", cluster[victim.Id.Value].Halt?.Code);
        Assert.Null(leader.Halt);
    }

    [Fact]
    public void P7_WholeClusterComesBackAndElects()
    {
        var cluster = new TestCluster(5);
        cluster.Propose(cluster.Elect());
        cluster.Settle();
        foreach (var id in Enumerable.Range(1, 5))
        {
            cluster.Stop(id);
        }

        foreach (var id in Enumerable.Range(1, 5))
        {
            cluster.Start(id);
        }

        cluster.RunUntil(() => cluster.Leader is { } leader && leader.Raft.CommitIndex == new LogIndex(3), "a leader that commits", seconds: 5);
    }

    [Fact]
    public void P7_RestartedServerKeepsThePromiseOfALease()
    {
        var server = Back([1], term: 1);
        server.Receive(Say.Hello(2, 1, 0, 0));
        server.Receive(Say.Hello(3, 1, 0, 0));
        server.Now += TimeSpan.FromMilliseconds(400);
        Assert.False(server.Receive(Say.Vote(2, 2, Say.At(1, 1))).Of<VoteResponse>()[0].Granted);
        server.Now += TimeSpan.FromMilliseconds(100);
        Assert.True(server.Receive(Say.Vote(2, 3, Say.At(1, 1))).Of<VoteResponse>()[0].Granted);
    }

    [Fact]
    public void P4_TrimmedServerVotesOnlyOnceItHoldsAgainWhatItAcknowledged()
    {
        var server = Back([1, 1], term: 1, trimmed: true, of: 5);
        server.Receive(Say.Hello(2, 1, 1, 4));
        server.Receive(Say.Hello(3, 1, 0, 0));
        server.Receive(Say.Hello(4, 1, 0, 0));
        server.Receive(Say.Hello(5, 1, 0, 0));
        Assert.Null(server.Halt);
        Assert.False(server.Raft.MayVote);
        server.Receive(Say.Append(4, 2, Say.At(2, 1), [1]));
        Assert.False(server.Raft.MayVote);
        server.Receive(Say.Append(4, 2, Say.At(3, 1), [1, 2]));
        Assert.True(server.Raft.MayVote);
    }

    [Fact]
    public void P4_TrimmedServerVotesWhenEnoughPeersMissNothing()
    {
        var server = Back([1, 1], term: 1, trimmed: true, of: 5);
        server.Receive(Say.Hello(2, 1, 1, 2));
        server.Receive(Say.Hello(3, 1, 0, 0));
        server.Receive(Say.Hello(4, 1, 0, 0));
        Assert.False(server.Raft.MayVote);
        server.Receive(Say.Hello(5, 1, 0, 0));
        Assert.True(server.Raft.MayVote);
    }

    [Fact]
    public void P4_TrimmedServerIsCaughtUpByTheLeaderThatKnewMore()
    {
        var cluster = new TestCluster(3);
        var leader = cluster.Elect();
        var victim = cluster.Servers.First(s => s != leader).Id.Value;
        for (var i = 0; i < 5; i++)
        {
            cluster.Propose(leader);
            cluster.Settle();
        }

        cluster.Stop(victim);
        cluster[victim].Durable.RemoveRange(3, cluster[victim].Durable.Count - 3);
        cluster.Servers[victim - 1] = cluster[victim].Restart(trimmed: true);
        cluster.Servers[victim - 1].Now = cluster.Now;
        cluster.Resume(victim);
        cluster.Run(Long);
        Assert.Equal(leader.Terms, cluster[victim].Terms);
        Assert.True(cluster[victim].Raft.MayVote);
    }

    [Fact]
    public void P4_LeaderLooksAgainWhereTheLogOfAServerThatLostItsTailParted()
    {
        var leader = TestServer.WithLog([1, 2, 2], term: 2).MadeLeader();
        leader.Receive(Say.Accepted(2, 3, 4));
        leader.Outbox.Clear();

        // What it lost had deleted entry 2 of term 1, which is back.
        var sent = leader.Receive(new HelloRequest(Say.N(2), Say.N(1), new Term(3), Say.At(2, 1), Run: 5)).Of<AppendRequest>();
        Assert.Equal(Say.At(1, 1), Assert.Single(sent, a => a.To == Say.N(2)).Previous);
    }
}
