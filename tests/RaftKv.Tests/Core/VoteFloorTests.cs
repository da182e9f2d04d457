using RaftKv.Core.Consensus;

namespace RaftKv.Tests.Core;

/// <summary>
/// How much a server that came back must hear before it votes, and for whom it then votes: row P7 of the table of edge
/// cases, where no one knows for sure what it acknowledged.
/// </summary>
public sealed class VoteFloorTests
{
    /// <summary>An upper election timeout: so long a server that came back waits for more than a majority's word.</summary>
    private static readonly TimeSpan Grace = TestServer.OptionsOf(1, 3).ElectionTimeoutUpper;

    private static TestServer Back(long[] log, long term, int of) => TestServer.WithLog(log, term, of: of, isRestart: true);

    [Fact]
    public void P7_WithinTheGraceAllMustAnswer()
    {
        var server = Back([1, 1], term: 1, of: 5);
        for (var peer = 2; peer <= 5; peer++)
        {
            Assert.False(server.Raft.MayVote);
            server.Receive(Say.Hello(peer, 1, 0, 0, isSpokenFor: false));
        }

        Assert.True(server.Raft.MayVote);
        Assert.Null(server.Raft.WentOn);
    }

    [Theory]
    [InlineData(3, 2)]
    [InlineData(4, 3)]
    [InlineData(5, 3)]
    [InlineData(6, 4)]
    [InlineData(7, 4)]
    public void P7_AskedAgainSoManyMustAnswerThatOneOfThemKnowsOfWhateverItPromised(int of, int enough)
    {
        var server = Back([1, 1], term: 1, of: of);
        var asked = server.Step().Of<HelloRequest>()[0].Run;
        var early = Say.Hello(of, 1, 0, 0) with { Run = asked };
        server.After(Grace);
        Assert.NotEqual(asked, Assert.IsType<HelloRequest>(server.Outbox[^1]).Run);

        // What was answered before may have changed since, and who is not spoken for may have forgotten.
        server.Receive(early);
        server.Receive(Say.Hello(of, 1, 0, 0, isSpokenFor: false));
        for (var peer = 2; peer <= enough; peer++)
        {
            server.Receive(Say.Hello(peer, 1, 0, 0));
            Assert.Equal(peer == of - 1, server.Raft.MayVote);
        }

        server.Receive(Say.Hello(enough + 1, 1, 0, 0));
        Assert.True(server.Raft.MayVote);
        Assert.Null(server.Raft.WentOn);
    }

    [Fact]
    public void P7_AfterTwoGracesTheWordOfAMajorityWithItselfIsEnoughAndItSaysSo()
    {
        var server = Back([1, 1], term: 1, of: 5);
        server.After(Grace);
        server.Receive(Say.Hello(2, 1, 0, 0));
        server.Receive(Say.Hello(3, 1, 0, 0));
        server.After(Grace - TimeSpan.FromMicroseconds(1));
        Assert.False(server.Raft.MayVote);
        server.After(TimeSpan.FromMicroseconds(1));
        Assert.True(server.Raft.MayVote);
        Assert.Equal("FewAnswered", server.Raft.WentOn?.Code);
        Assert.Contains("only 2 of 4 other voters answered", server.Raft.WentOn?.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void P7_ServerVotesOnlyForALogNoOlderThanTheNewestItWasToldOf()
    {
        var server = Back([1, 1], term: 1, of: 5);
        server.Receive(Say.Hello(2, 1, 0, 0, last: Say.At(2, 1)));
        server.Receive(Say.Hello(3, 1, 0, 0, last: Say.At(4, 1)));
        server.Receive(Say.Hello(4, 1, 0, 0, last: Say.At(3, 1)));
        server.Receive(Say.Hello(5, 1, 0, 0));
        Assert.True(server.Raft.MayVote);
        server.Now += TimeSpan.FromMilliseconds(500);
        Assert.False(server.Receive(Say.PreVote(5, 2, Say.At(3, 1))).Of<PreVoteResponse>()[0].Granted);
        Assert.False(server.Receive(Say.Vote(5, 2, Say.At(3, 1))).Of<VoteResponse>()[0].Granted);
        Assert.True(server.Receive(Say.PreVote(3, 3, Say.At(4, 1))).Of<PreVoteResponse>()[0].Granted);
        Assert.True(server.Receive(Say.Vote(3, 3, Say.At(4, 1))).Of<VoteResponse>()[0].Granted);
    }

    [Fact]
    public void P7_ServerDoesNotStandWithALogOlderThanTheNewestItWasToldOfUntilThatIsOutOfReach()
    {
        var server = Back([1, 1], term: 1, of: 3);
        server.Receive(Say.Hello(2, 1, 0, 0, last: Say.At(3, 1)));
        server.Receive(Say.Hello(3, 1, 0, 0, last: Say.At(2, 1)));
        server.After((Grace * 5) - TimeSpan.FromMilliseconds(1));
        Assert.Equal((Role.Follower, null), (server.Raft.Role, server.Raft.WentOn));
        server.After(Grace + TimeSpan.FromMilliseconds(1));
        Assert.Equal((Role.PreCandidate, "NewestLogLetGo"), (server.Raft.Role, server.Raft.WentOn?.Code));
    }

    [Fact]
    public void P7_ServerStandsOnceItHoldsTheNewestLogItWasToldOf()
    {
        var server = Back([1, 1], term: 1, of: 3);
        server.Receive(Say.Hello(2, 1, 0, 0, last: Say.At(3, 1)));
        server.Receive(Say.Hello(3, 1, 0, 0, last: Say.At(2, 1)));
        server.Receive(Say.Append(2, 1, Say.At(2, 1), [1]));
        server.After(Grace);
        Assert.Equal(Role.PreCandidate, server.Raft.Role);
    }

    [Fact]
    public void P7_ServerIsNotHandedLeadershipWithALogOlderThanTheNewestItWasToldOf()
    {
        var server = Back([1, 1], term: 1, of: 3);
        server.Receive(Say.Hello(2, 1, 0, 0, last: Say.At(3, 1)));
        server.Receive(Say.Hello(3, 1, 0, 0, last: Say.At(2, 1)));
        server.Receive(Say.Beat(2, 1));
        server.Receive(new TimeoutNow(Say.N(2), Say.N(1), new Term(1)));
        Assert.Equal(Role.Follower, server.Raft.Role);
        server.Receive(Say.Append(2, 1, Say.At(2, 1), [1]));
        server.Receive(new TimeoutNow(Say.N(2), Say.N(1), new Term(1)));
        Assert.Equal(Role.Candidate, server.Raft.Role);
    }

    [Fact]
    public void P7_ServerDoesNotVoteInATermThatItMayHaveVotedInBefore()
    {
        var server = Back([1, 1], term: 1, of: 3);
        server.Receive(Say.Hello(2, 4, 0, 0));
        server.Receive(Say.Hello(3, 1, 0, 0));
        Assert.Equal(new Term(4), server.Raft.Term);
        server.Now += TimeSpan.FromMilliseconds(500);
        Assert.False(server.Receive(Say.Vote(3, 4, Say.At(9, 1))).Of<VoteResponse>()[0].Granted);
        Assert.True(server.Receive(Say.Vote(3, 5, Say.At(9, 1))).Of<VoteResponse>()[0].Granted);
    }

    [Fact]
    public void P7_AnswerThatComesAfterItMayVoteStillTellsOfALoss()
    {
        var server = Back([1, 1], term: 1, of: 5);
        server.After(Grace);
        for (var peer = 2; peer <= 4; peer++)
        {
            server.Receive(Say.Hello(peer, 1, 0, 0));
        }

        server.Receive(Say.Append(4, 2, Say.At(2, 1), [2]));
        Assert.True(server.Raft.MayVote);
        server.Receive(Say.Hello(5, 1, 1, 3));
        Assert.Equal("AcknowledgedEntriesLost", server.Halt?.Code);
    }

    [Fact]
    public void P7_OneDeadAndOneRestartedOfThreeElect()
    {
        var cluster = new TestCluster(3);
        var leader = cluster.Elect();
        var back = cluster.Servers.First(s => s != leader).Id.Value;
        cluster.Stop(leader.Id.Value);
        cluster.Stop(back);
        cluster.Start(back);
        cluster.RunUntil(() => cluster.Leader is not null, "a leader", seconds: 4);
    }

    /// <summary>It forgot nothing, so that no log that it was told of stands for one of its own: that may have died with its leader.</summary>
    [Fact]
    public void P7_ServerThatNeverStoppedVotesWithoutTheLogItWasToldOf()
    {
        var server = TestServer.WithLog([1, 1], term: 1);
        server.Receive(Say.Beat(2, 1));
        server.Receive(Say.Hello(2, 1, 0, 0, last: Say.At(3, 1)));
        server.Now += TimeSpan.FromMilliseconds(500);
        Assert.True(server.Receive(Say.PreVote(3, 2, Say.At(2, 1))).Of<PreVoteResponse>()[0].Granted);
        Assert.True(server.Receive(Say.Vote(3, 2, Say.At(2, 1))).Of<VoteResponse>()[0].Granted);
    }

    [Fact]
    public void P7_TailThatDiedWithItsOwnerIsLetGo()
    {
        var cluster = new TestCluster(3);
        var leader = cluster.Elect();
        var back = cluster.Servers.First(s => s != leader).Id.Value;
        cluster.Partition(leader.Id.Value);
        cluster.Propose(leader);
        cluster.Settle();
        cluster.Stop(back);
        cluster.Heal();

        // The restarted server is told of an entry that no majority holds, and then never hears of it again.
        cluster.Lose = m => m is not HelloRequest and not HelloResponse;
        cluster.Start(back);
        cluster.Run(TimeSpan.FromMilliseconds(10));
        Assert.True(cluster[back].Raft.MayVote);
        cluster.Stop(leader.Id.Value);
        cluster.Lose = _ => false;
        cluster.RunUntil(() => cluster.Leader is not null, "a leader", seconds: 10);
    }
}
