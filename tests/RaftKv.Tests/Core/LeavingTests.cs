using RaftKv.Core.Consensus;

namespace RaftKv.Tests.Core;

/// <summary>
/// Servers that leave, and servers that know more or less of the membership than the others: rows M3, M4, E5, E12, E16
/// and P7 of the table of edge cases.
/// </summary>
public sealed class LeavingTests
{
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(10);

    private static TestCluster Led(int size, Func<RaftOptions, RaftOptions>? change = null)
    {
        var cluster = new TestCluster(size, change: change);
        cluster.Campaign(1);
        cluster.Settle();
        cluster.Elect();
        return cluster;
    }

    private static LogEntry Change(long index, long term, params int[] voters) =>
        new(Say.At(index, term), EntryKind.Configuration, ConfigurationCodec.Encode(Configuration.Of(voters.Select(Say.N))));

    private static AppendRequest Append(int from, long term, EntryId previous, long commit, params LogEntry[] entries) =>
        new(Say.N(from), Say.N(1), new Term(term), previous, entries, new LogIndex(commit));

    [Fact]
    public void M3_LeaderThatRemovesItselfDoesNotCountItself()
    {
        var leader = TestServer.Fresh().MadeLeader().AcceptedByAll();
        leader.Step(new ChangeMembership(1, new RemoveMember(Say.N(1))));
        leader.Receive(Say.Accepted(2, 1, 2));
        Assert.Equal((Role.Leader, 1L), (leader.Raft.Role, leader.Raft.CommitIndex.Value));
        var last = leader.Receive(Say.Accepted(3, 1, 2));
        Assert.Equal((Role.Follower, 2L), (leader.Raft.Role, leader.Raft.CommitIndex.Value));
        Assert.Equal(MembershipOutcome.Done, Assert.Single(leader.Memberships).Outcome);
        Assert.Single(last.Of<TimeoutNow>());
    }

    [Fact]
    public void M3_LeavingLeaderTakesNoMoreProposals()
    {
        var leader = TestServer.Fresh().MadeLeader().AcceptedByAll();
        leader.Step(new Proposal(1, new byte[1]));
        leader.Step(new ChangeMembership(2, new RemoveMember(Say.N(1))));
        leader.Step(new Proposal(3, new byte[1]));
        Assert.Equal(RefusalReason.Transferring, Assert.Single(leader.Refused).Reason);
        leader.Receive(Say.Accepted(2, 1, 3));
        leader.Receive(Say.Accepted(3, 1, 3));
        Assert.Equal(3, leader.Applied.Count);
    }

    [Fact]
    public void M3_LeavingLeaderServesReadsOnlyWithAMajorityOfTheOthers()
    {
        var leader = TestServer.Fresh(of: 4).MadeLeader().AcceptedByAll();
        leader.Step(new ChangeMembership(1, new RemoveMember(Say.N(1))));
        leader.Step(new ReadRequest(2, ReadConsistency.Linearizable));
        leader.Receive(Say.Beaten(2, 1, 100));
        Assert.Empty(leader.ReadsReady);
        leader.Receive(Say.Beaten(3, 1, 100));
        Assert.Single(leader.ReadsReady);
    }

    [Fact]
    public void M3_AfterTheLeaderRemovedItselfAnotherLeadsAtOnceAndTheOldOneStaysQuiet()
    {
        var cluster = Led(3);
        var at = cluster.Now;
        Assert.Equal(MembershipOutcome.Done, cluster.Change(cluster[1], new RemoveMember(Say.N(1)))?.Outcome);
        Assert.NotEqual(Say.N(1), cluster.Leader!.Id);
        Assert.Equal(at, cluster.Now);
        var term = cluster.Leader.Raft.Term;
        cluster.Run(Long);
        Assert.Equal((Role.Follower, term), (cluster[1].Raft.Role, cluster.Leader.Raft.Term));
        cluster.Propose(cluster.Leader);
        cluster.Run(TimeSpan.FromSeconds(1));
        Assert.Equal(cluster[2].Raft.LastEntry, cluster[3].Raft.LastEntry);
        Assert.True(cluster[1].Raft.LastEntry < cluster[2].Raft.LastEntry);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void M3_OfTwoServersTheOneThatStaysIsNotStranded(int leaves)
    {
        var cluster = Led(2);
        var stays = cluster[3 - leaves];
        cluster.Change(cluster[1], new RemoveMember(Say.N(leaves)));
        cluster.Stop(leaves);
        cluster.RunUntil(() => cluster.Leader == stays, "the server that stays leads");
        cluster.Propose(stays);
        cluster.Run(TimeSpan.FromSeconds(1));
        Assert.Equal(stays.Raft.LastEntry.Index, stays.Raft.CommitIndex);
    }

    [Fact]
    public void M4_LeaderWhoseRemovalOnlyItselfHoldsCampaignsToFinishIt()
    {
        var cluster = Led(4);
        cluster.Run(TimeSpan.FromSeconds(1));
        cluster.Stop(4);
        cluster.Lose = m => m is AppendRequest { Entries.Count: > 0 };
        cluster.Change(cluster[1], new RemoveMember(Say.N(1)));
        cluster.Stop(1);
        cluster.Lose = _ => false;
        cluster.Run(Long);
        Assert.Null(cluster.Leader);
        cluster.Start(1);
        cluster.RunUntil(() => cluster.Leader is { } leader && leader.Id != Say.N(1), "1 has led once more and left");
        cluster.Run(Long);
        Assert.Equal("n2 n3 n4", cluster.Leader!.Raft.CommittedConfiguration.Configuration.ToString());
        Assert.Equal(Role.Follower, cluster[1].Raft.Role);
    }

    [Fact]
    public void M4_ServerStopsCampaigningOnceItsRemovalIsCommitted()
    {
        var server = TestServer.Fresh();
        server.Receive(Append(2, 1, EntryId.Zero, commit: 0, Change(1, 1, 2, 3)));
        server.AtDeadlineUntil(() => server.Raft.Role == Role.PreCandidate);
        server.Receive(Append(2, 1, Say.At(1, 1), commit: 1));
        Assert.Equal(Role.Follower, server.Raft.Role);
        server.After(Long);
        Assert.Equal((Role.Follower, Instant.Never), (server.Raft.Role, server.Raft.NextDeadline));
        Assert.True(server.Receive(Say.Vote(3, 2, Say.At(1, 1))).Of<VoteResponse>()[0].Granted);
    }

    [Fact]
    public void E5_OnlyVotersOfTheConfigurationInForceAreCountedAndEachOnce()
    {
        var server = TestServer.Fresh(of: 5, change: o => o with { PreVote = false });
        var configuration = new Configuration(
            [.. Configuration.Of([Say.N(1), Say.N(2), Say.N(3)]).Members, new Member(Say.N(4), "", IsVoter: false)], Say.N(5));
        server.Receive(Append(2, 1, EntryId.Zero, 1, new LogEntry(Say.At(1, 1), EntryKind.Configuration, ConfigurationCodec.Encode(configuration))));
        server.AtDeadlineUntil(() => server.Raft.Role == Role.Candidate);
        server.Receive(Say.Voted(4, 2));
        server.Receive(Say.Voted(4, 2));
        server.Receive(Say.Voted(5, 2));
        Assert.Equal(Role.Candidate, server.Raft.Role);
        server.Receive(Say.Voted(3, 2));
        Assert.Equal(Role.Leader, server.Raft.Role);
    }

    [Fact]
    public void E12_LearnerThatIsAVoterAlreadyInTheCandidatesConfigurationVotes()
    {
        var cluster = Led(2);
        cluster.Join(TestServer.Joining(3, of: 2));
        cluster.Change(cluster[1], new AddLearner("three:1"));
        cluster.Run(TimeSpan.FromSeconds(1));
        cluster.Lose = m => m.To == Say.N(3);
        Assert.Equal(MembershipOutcome.Done, cluster.Change(cluster[1], new PromoteLearner(Say.N(3)))?.Outcome);
        cluster.Stop(1);
        cluster.Lose = _ => false;
        Assert.False(cluster[3].Raft.IsVoter);
        cluster.RunUntil(() => cluster.Leader?.Id == Say.N(2), "2 leads with the vote of 3");
        Assert.True(cluster[3].Raft.IsVoter);
    }

    [Fact]
    public void E12_ServerVotesForACandidateItDoesNotKnowYet()
    {
        var server = TestServer.Fresh();
        Assert.True(server.Receive(Say.PreVote(4, 5, Say.At(9, 4))).Of<PreVoteResponse>()[0].Granted);
        Assert.True(server.Receive(Say.Vote(4, 5, Say.At(9, 4))).Of<VoteResponse>()[0].Granted);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void E16_RemovedServerThatKeepsCampaigningDisturbsNobody(bool withPreVoteAndStickiness)
    {
        var cluster = Led(4, o => o with { PreVote = withPreVoteAndStickiness, VoteStickiness = withPreVoteAndStickiness });
        Assert.Equal(MembershipOutcome.Done, cluster.Change(cluster[1], new RemoveMember(Say.N(4)))?.Outcome);
        cluster.Run(TimeSpan.FromMilliseconds(300));
        var term = cluster[1].Raft.Term;
        Assert.True(cluster[4].Raft.IsVoter);
        cluster.Run(Long);
        Assert.Equal((Role.Leader, term), (cluster[1].Raft.Role, cluster[1].Raft.Term));
        Assert.All(cluster.Servers.Take(3), s => Assert.Equal(term, s.Raft.Term));
    }

    [Fact]
    public void E16_LeaderThatWasRemovedWhileItWasCutOffLearnsThatItsTermIsOver()
    {
        var cluster = Led(4, o => o with { CheckQuorum = false });
        cluster.Lose = m => m.From == Say.N(1) || m.To == Say.N(1);
        cluster.RunUntil(() => cluster.Servers.Skip(1).Any(s => s.Raft.Role == Role.Leader), "another leads");
        var leader = cluster.Servers.Skip(1).Single(s => s.Raft.Role == Role.Leader);
        cluster.Run(TimeSpan.FromSeconds(1));
        Assert.Equal(MembershipOutcome.Done, cluster.Change(leader, new RemoveMember(Say.N(1)))?.Outcome);
        cluster.Run(Long);
        Assert.Equal(Role.Leader, cluster[1].Raft.Role);
        cluster.Lose = _ => false;
        cluster.RunUntil(() => cluster[1].Raft.Role != Role.Leader, "the removed leader gives up");
        Assert.Equal(Role.Leader, leader.Raft.Role);
    }

    [Fact]
    public void M5_LearnerNeverCampaigns()
    {
        var cluster = Led(3);
        cluster.Join(TestServer.Joining(4));
        cluster.Run(TimeSpan.FromSeconds(2));
        Assert.Equal(Instant.Never, cluster[4].Raft.NextDeadline);
        cluster.Change(cluster[1], new AddLearner("four:1"));
        cluster.RunUntil(() => cluster[4].Raft.LastEntry == cluster[1].Raft.LastEntry, "4 catches up");
        cluster.Stop(1);
        cluster.Stop(2);
        cluster.Run(Long);
        Assert.Equal(Role.Follower, cluster[4].Raft.Role);
        cluster[4].Receive(new TimeoutNow(Say.N(1), Say.N(4), cluster[4].Raft.Term));
        Assert.Equal(Role.Follower, cluster[4].Raft.Role);
    }

    [Fact]
    public void M5_ClusterGrowsFromOneToThreeAndShrinksBackWhileItIsWrittenTo()
    {
        var cluster = Led(1);
        for (var id = 2; id <= 3; id++)
        {
            cluster.Join(TestServer.Joining(id, of: 1));
            Assert.Equal(MembershipOutcome.Done, cluster.Change(cluster[1], new AddLearner($"{id}:1"))?.Outcome);
            cluster.Propose(cluster[1]);
            cluster.Run(TimeSpan.FromSeconds(1));
            Assert.Equal(MembershipOutcome.Done, cluster.Change(cluster[1], new PromoteLearner(Say.N(id)))?.Outcome);
        }

        cluster.Run(TimeSpan.FromSeconds(1));
        Assert.All(cluster.Servers, s => Assert.Equal("n1 n2 n3", s.Raft.CommittedConfiguration.Configuration.ToString()));
        for (var left = 2; left > 0; left--)
        {
            Assert.Equal(MembershipOutcome.Done, cluster.Change(cluster.Leader!, new RemoveMember(cluster.Leader!.Id))?.Outcome);
            cluster.RunUntil(() => cluster.Leader is { } l && l.Raft.CommitIndex == l.Raft.LastEntry.Index, "another leads");
        }

        Assert.Single(cluster.Leader!.Raft.Configuration.Members);
        Assert.Contains(cluster.Leader.Applied, e => e.Kind == EntryKind.Command);
    }

    [Fact]
    public void P7_LearnerAsksTheVotersBeforeItVotes()
    {
        var learner = TestServer.Joining(4).Restart();
        Assert.Equal([1, 2, 3], learner.Step().Of<HelloRequest>().Select(m => m.To.Value));
        learner.Receive(Say.Hello(1, 1, 0, 0, to: 4));
        Assert.False(learner.Raft.MayVote);
        learner.Receive(Say.Hello(2, 1, 0, 0, to: 4));
        Assert.False(learner.Raft.MayVote);
        learner.Receive(Say.Hello(3, 1, 0, 0, to: 4));
        Assert.True(learner.Raft.MayVote);
    }

    [Fact]
    public void P7_LearnerThatLostWhatItAcknowledgedHalts()
    {
        var learner = TestServer.Joining(4).Restart();
        learner.Receive(Say.Hello(1, 2, 2, 7, to: 4));
        Assert.Equal("AcknowledgedEntriesLost", learner.Halt?.Code);
    }

    [Fact]
    public void UnreadableConfigurationHaltsAndSaysWhy()
    {
        var server = TestServer.Fresh();
        server.Receive(Append(2, 1, EntryId.Zero, 0, new LogEntry(Say.At(1, 1), EntryKind.Configuration, new byte[] { 9, 9 })));
        Assert.Equal("UnreadableConfiguration", server.Halt?.Code);
    }
}
