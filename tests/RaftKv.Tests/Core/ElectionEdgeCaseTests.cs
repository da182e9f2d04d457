using RaftKv.Core.Consensus;

namespace RaftKv.Tests.Core;

/// <summary>Elections: the rows of the table of edge cases that are not sentences of the paper.</summary>
public sealed partial class ElectionEdgeCaseTests
{
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(1);

    [Fact]
    public void E1_GrantedVoteLeavesOnlyWhenDurable()
    {
        var server = TestServer.Fresh(autoSave: false);
        Assert.Empty(server.Receive(Say.Vote(2, term: 1, EntryId.Zero)));
        Assert.True(Assert.Single(server.CompleteSave().Of<VoteResponse>()).Granted);
        Assert.Equal(new HardState(new Term(1), new NodeId(2)), server.DurableHardState);
    }

    [Fact]
    public void E1_CandidateAsksAndCountsItselfOnlyWhenItsVoteIsDurable()
    {
        var server = TestServer.Fresh(of: 3, autoSave: false, change: o => o with { PreVote = false });
        Assert.Empty(server.After(Long));
        server.Receive(Say.Voted(2, term: 1));
        Assert.Equal(Role.Candidate, server.Raft.Role);
        server.CompleteSave();
        Assert.Equal(Role.Leader, server.Raft.Role);
    }

    [Fact]
    public void E1_RestartRemembersTheVote()
    {
        var server = TestServer.Fresh();
        server.Receive(Say.Vote(2, term: 1, EntryId.Zero));
        var back = server.Restart();
        back.Receive(Say.Hello(2, 1, 0, 0));
        back.Receive(Say.Hello(3, 1, 0, 0));
        back.After(Long);
        Assert.True(back.Raft.MayVote);
        Assert.False(Assert.Single(back.Receive(Say.Vote(3, term: 1, EntryId.Zero)).Of<VoteResponse>()).Granted);
    }

    [Fact]
    public void E2_FormerCandidateOfThisTermCannotVoteAgainInIt()
    {
        var server = TestServer.Fresh(of: 5, change: o => o with { PreVote = false, VoteStickiness = false });
        server.AtDeadline();
        server.Receive(Say.Beat(2, term: 1));
        Assert.Equal(Role.Follower, server.Raft.Role);
        Assert.False(Assert.Single(server.Receive(Say.Vote(3, term: 1, EntryId.Zero)).Of<VoteResponse>()).Granted);
    }

    [Fact]
    public void E2_CandidateThatGivesUpInItsTermKeepsItsVote()
    {
        var server = TestServer.Fresh(of: 5, change: o => o with { VoteStickiness = false });
        server.AtDeadline();
        server.Receive(Say.PreVoteGranted(2, campaign: 1));
        server.Receive(Say.PreVoteGranted(3, campaign: 1));
        Assert.Equal((Role.Candidate, new Term(1)), (server.Raft.Role, server.Raft.Term));
        server.AtDeadline();
        Assert.Equal((Role.PreCandidate, new Term(1)), (server.Raft.Role, server.Raft.Term));
        Assert.False(Assert.Single(server.Receive(Say.Vote(3, term: 1, EntryId.Zero)).Of<VoteResponse>()).Granted);
    }

    [Fact]
    public void E3_HigherTermClearsTheVoteInOneRecordAndTheMessageIsActedOn()
    {
        var server = TestServer.WithLog([], term: 3, votedFor: 2);
        HardState? saved = null;
        server.Observer = (_, effects) => saved ??= effects.HardState;
        server.Receive(Say.Vote(3, term: 4, EntryId.Zero));
        Assert.Equal(new HardState(new Term(4), new NodeId(3)), saved);
        Assert.True(Assert.Single(server.Outbox.Of<VoteResponse>()).Granted);
    }

    [Fact]
    public void E5_DuplicateVotesCountOnceAndStrangersNotAtAll()
    {
        var server = TestServer.Fresh(of: 5, change: o => o with { PreVote = false });
        server.AtDeadline();
        for (var i = 0; i < 5; i++)
        {
            server.Receive(Say.Voted(2, term: 1));
            server.Receive(Say.Voted(9, term: 1));
        }

        Assert.Equal(Role.Candidate, server.Raft.Role);
    }

    [Fact]
    public void E6_LateVotesOfAnOlderTermOrPreVoteRoundAreIgnored()
    {
        var server = TestServer.WithLog([], term: 3, of: 3);
        server.AtDeadline();
        server.Receive(Say.PreVoteGranted(2, campaign: 3));
        Assert.Equal(Role.PreCandidate, server.Raft.Role);
        server.Receive(Say.PreVoteGranted(2, campaign: 4));
        Assert.Equal((Role.Candidate, new Term(4)), (server.Raft.Role, server.Raft.Term));
        server.Receive(Say.Voted(2, term: 3));
        server.Receive(Say.PreVoteGranted(3, campaign: 4));
        Assert.Equal(Role.Candidate, server.Raft.Role);
    }

    [Fact]
    public void E7_OnlyAGrantedVoteOrTheLeaderRestartsTheTimer()
    {
        var server = TestServer.WithLog([1], term: 1);
        var deadline = server.Raft.ElectionDeadline;
        server.Now += TimeSpan.FromMilliseconds(100);
        server.Receive(Say.Vote(2, term: 2, EntryId.Zero));
        server.Receive(Say.Append(2, term: 1, Say.At(1, 1)));
        server.Receive(Say.PreVote(2, term: 3, Say.At(1, 1)));
        Assert.Equal(deadline, server.Raft.ElectionDeadline);
        server.Receive(Say.Vote(2, term: 3, Say.At(1, 1)));
        Assert.NotEqual(deadline, server.Raft.ElectionDeadline);
        deadline = server.Raft.ElectionDeadline;
        server.Receive(Say.Beat(2, term: 3));
        Assert.NotEqual(deadline, server.Raft.ElectionDeadline);
    }

    [Fact]
    public void E8_PreVoteChangesNeitherTermNorVote()
    {
        var server = TestServer.WithLog([1], term: 1);
        var asked = server.AtDeadline().Of<PreVoteRequest>();
        Assert.Equal([2, 3], asked.Select(r => r.To.Value));
        Assert.All(asked, r => Assert.Equal(new Term(2), r.Term));
        server.Receive(Say.PreVote(2, term: 9, Say.At(1, 1)));
        Assert.Equal((new Term(1), NodeId.None), (server.Raft.Term, server.Raft.VotedFor));
        Assert.Equal(0, server.PendingSaves);
    }

    [Theory]
    [InlineData(499, false)]
    [InlineData(500, true)]
    public void E8_PreVoteIsGrantedOnlyWhenNoLeaderWasHeardLately(int milliseconds, bool granted)
    {
        var server = TestServer.WithLog([1], term: 1, change: o => o with { ElectionTimeoutUpper = TimeSpan.FromSeconds(60) });
        server.Receive(Say.Beat(2, term: 1));
        server.Now += TimeSpan.FromMilliseconds(milliseconds);
        Assert.Equal(granted, server.Receive(Say.PreVote(3, term: 2, Say.At(1, 1))).Of<PreVoteResponse>()[0].Granted);
    }

    [Fact]
    public void E8_PreVoteIsRefusedToAnOlderLogAndByALeader()
    {
        var voter = TestServer.WithLog([1, 1], term: 1);
        Assert.False(voter.Receive(Say.PreVote(2, term: 2, Say.At(1, 1))).Of<PreVoteResponse>()[0].Granted);
        var leader = TestServer.Fresh().MadeLeader();
        Assert.False(leader.Receive(Say.PreVote(2, term: 2, Say.At(9, 9))).Of<PreVoteResponse>()[0].Granted);
    }

    [Fact]
    public void E8_ServerThatWasCutOffRaisesNoTermAndDisturbsNobody()
    {
        var cluster = new TestCluster(5);
        var leader = cluster.Elect();
        var term = leader.Raft.Term;
        var lonely = leader.Id.Value % 5 + 1;
        cluster.Partition(lonely);
        cluster.Run(TimeSpan.FromSeconds(20));
        Assert.Equal(term, cluster[lonely].Raft.Term);
        cluster.Heal();
        cluster.Run(TimeSpan.FromSeconds(5));
        Assert.Equal((leader.Id, term), (cluster.Leader!.Id, cluster.Leader!.Raft.Term));
    }

    [Fact]
    public void E9_ServerWithAHigherTermAndAShorterLogJoinsAgain()
    {
        var cluster = new TestCluster([
            TestServer.WithLog([1, 1], term: 1, id: 1),
            TestServer.WithLog([1, 1], term: 1, id: 2),
            TestServer.WithLog([1], term: 8, id: 3)]);
        cluster.RunUntil(() => cluster.Leader is { } leader && cluster.Servers.All(s => s.Raft.Leader == leader.Id), "one leader for all");
        Assert.NotEqual(3, cluster.Leader!.Id.Value);
        Assert.True(cluster.Leader.Raft.Term > new Term(8));
    }

    [Fact]
    public void E9_ServerWithAHigherTermJoinsARunningCluster()
    {
        var cluster = new TestCluster([
            TestServer.WithLog([1, 1], term: 1, id: 1),
            TestServer.WithLog([1, 1], term: 1, id: 2),
            TestServer.WithLog([1], term: 8, id: 3)]);
        cluster.Stop(3);
        cluster.RunUntil(() => cluster.Leader is { Raft.CommitIndex.Value: 3 }, "a leader of the two");
        cluster.Resume(3);
        cluster.RunUntil(() => cluster[3].Raft.CommitIndex >= new LogIndex(3), "the third to follow");
        Assert.NotEqual(3, cluster.Leader!.Id.Value);
    }

    [Fact]
    public void E9_LeaderLearnsAHigherTermFromAnAnswer()
    {
        var leader = TestServer.Fresh().MadeLeader();
        leader.Receive(Say.Beaten(2, term: 6, round: 1));
        Assert.Equal((Role.Follower, new Term(6)), (leader.Raft.Role, leader.Raft.Term));
    }

    [Fact]
    public void E10_PreCandidateForgetsLeaderAndOldVotes()
    {
        var server = TestServer.Fresh(of: 5);
        server.AtDeadline();
        server.Receive(Say.PreVoteGranted(2, campaign: 1));
        server.Receive(Say.Beat(3, term: 0));
        server.AtDeadline();
        Assert.Equal((Role.PreCandidate, NodeId.None), (server.Raft.Role, server.Raft.Leader));
        server.Receive(Say.PreVoteGranted(4, campaign: 1));
        Assert.Equal(Role.PreCandidate, server.Raft.Role);
    }

    [Fact]
    public void E15_LeaderWithoutAQuorumStepsDownAndTheBridgeElects()
    {
        var cluster = new TestCluster(5);
        var old = cluster.Elect();
        var bridge = old.Id.Value % 5 + 1;

        // With one server down, the other two elect no one unless the bridge gives up the old leader.
        cluster.Stop((old.Id.Value + 1) % 5 + 1);
        foreach (var server in cluster.Servers.Where(s => s != old && s.Id.Value != bridge))
        {
            cluster.Cut.Add((old.Id.Value, server.Id.Value));
            cluster.Cut.Add((server.Id.Value, old.Id.Value));
        }

        cluster.RunUntil(() => old.Raft.Role != Role.Leader, "the old leader steps down", seconds: 3);
        cluster.RunUntil(() => cluster.Leader is not null, "a leader whom a majority hears", seconds: 20);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void E17_SecondLeaderOfATermHaltsTheServer(bool leadsItself)
    {
        var server = TestServer.Fresh();
        if (leadsItself)
        {
            server.MadeLeader();
        }
        else
        {
            server.Receive(Say.Beat(3, term: 1));
        }

        server.Receive(Say.Append(2, term: 1, EntryId.Zero, [1]));
        Assert.Equal("TwoLeadersInOneTerm", server.Halt?.Code);
        Assert.Contains("term 1", server.Halt?.Message, StringComparison.Ordinal);
        Assert.Empty(server.Receive(Say.Vote(2, term: 5, Say.At(9, 4))));
    }
}
