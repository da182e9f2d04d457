using RaftKv.Core.Consensus;

namespace RaftKv.Tests.Core;

/// <summary>Reads and time: rows L1 to L6 of the table of edge cases.</summary>
public sealed class ReadTests
{
    private static readonly ReadConsistency Linearizable = ReadConsistency.Linearizable;

    private static void Answer(TestServer leader, IEnumerable<Message> sent)
    {
        foreach (var beat in sent.Of<Heartbeat>())
        {
            leader.Receive(Say.Beaten(beat.To.Value, beat.Term.Value, beat.Round));
        }
    }

    [Fact]
    public void L1_LeaderServesNoReadBeforeItCommittedInItsTerm()
    {
        var leader = TestServer.WithLog([1, 1], term: 1).MadeLeader();
        Answer(leader, leader.Step(new ReadRequest(1, Linearizable)));
        Answer(leader, leader.AtDeadline());
        Assert.Empty(leader.ReadsReady);
        var round = leader.Receive(Say.Accepted(2, 2, 3));
        Answer(leader, round);
        Assert.Equal(new ReadReady(1, new LogIndex(3)), Assert.Single(leader.ReadsReady));
    }

    [Fact]
    public void L2_RoundsStartedBeforeTheReadProveNothing()
    {
        var leader = TestServer.Fresh().MadeLeader().AcceptedByAll();
        var old = leader.AtDeadline();
        var round = leader.Step(new ReadRequest(1, Linearizable));
        Answer(leader, old);
        Assert.Empty(leader.ReadsReady);
        Answer(leader, round);
        Assert.Single(leader.ReadsReady);
    }

    [Fact]
    public void L2_OneRoundServesAllReadsThatWait()
    {
        var leader = TestServer.Fresh().MadeLeader().AcceptedByAll();
        var round = leader.Turn([.. Enumerable.Range(1, 1000).Select(i => new ReadRequest(i, Linearizable))]);
        Assert.Equal(2, round.Of<Heartbeat>().Count);
        Assert.Empty(leader.Step(new ReadRequest(1001, Linearizable)).Of<Heartbeat>());
        Answer(leader, round);
        Assert.Equal(1000, leader.ReadsReady.Count);
        Answer(leader, leader.Outbox.ToList());
        Assert.Equal(1001, leader.ReadsReady.Count);
    }

    [Fact]
    public void L2_LostRoundIsRepeatedByTheNextHeartbeat()
    {
        var leader = TestServer.Fresh().MadeLeader().AcceptedByAll();
        leader.Step(new ReadRequest(1, Linearizable));
        Answer(leader, leader.AtDeadline());
        Assert.Single(leader.ReadsReady);
    }

    [Fact]
    public void L2_AnswerToAHeartbeatOfAnOlderTermConfirmsNoRound()
    {
        // Its sender led that term, and may lead this one by now: it counts rounds from one again.
        var follower = TestServer.WithLog([1], term: 2);
        var answer = Assert.Single(follower.Receive(Say.Beat(2, 1, round: 50)).Of<HeartbeatResponse>());
        Assert.Equal((new Term(2), 0), (answer.Term, answer.Round));
    }

    [Fact]
    public void L2_EveryAttemptOfAFollowerHasANewName()
    {
        var follower = TestServer.Fresh();
        follower.Receive(Say.Beat(2, 1));
        var first = Assert.Single(follower.Step(new ReadRequest(1, Linearizable)).Of<ReadIndexRequest>());
        for (var i = 0; i < 5; i++)
        {
            follower.Now += TimeSpan.FromMilliseconds(400);
            follower.Receive(Say.Beat(2, 1));
        }

        var second = follower.Outbox.Of<ReadIndexRequest>()[^1];
        Assert.NotEqual(first.Attempt, second.Attempt);
        follower.Receive(new ReadIndexResponse(Say.N(2), Say.N(1), new Term(1), first.Attempt, new LogIndex(0)));
        Assert.Empty(follower.ReadsRefused);
        follower.Receive(Say.Append(2, 1, EntryId.Zero, [1], commit: 1));
        follower.Receive(new ReadIndexResponse(Say.N(2), Say.N(1), new Term(1), second.Attempt, new LogIndex(1)));
        Assert.Equal(new ReadReady(1, new LogIndex(1)), Assert.Single(follower.ReadsReady));
        Assert.NotEqual(first.Attempt, TestServer.Fresh(change: o => o with { Seed = 5 }).FirstAttempt());
    }

    [Fact]
    public void L3_ReadWaitsUntilItsIndexIsApplied()
    {
        var leader = TestServer.Fresh().MadeLeader().AcceptedByAll();
        leader.AutoApply = false;
        leader.Step(new Proposal(1, new byte[] { 1 }));
        leader.AcceptedByAll();
        Answer(leader, leader.Step(new ReadRequest(1, Linearizable)));
        Assert.Empty(leader.ReadsReady);
        leader.Step(new Applied(new LogIndex(2)));
        Assert.Equal(new LogIndex(2), Assert.Single(leader.ReadsReady).Index);
    }

    [Fact]
    public void L3_ReadOfALeaderThatFallsIsRefused()
    {
        var leader = TestServer.Fresh().MadeLeader().AcceptedByAll();
        leader.Step(new ReadRequest(1, Linearizable));
        leader.Receive(Say.Beat(2, 2));
        Assert.Equal(1, Assert.Single(leader.ReadsRefused).RequestId);
        Assert.Empty(leader.ReadsReady);
    }

    [Fact]
    public void L3_FollowerAsksTheNewLeaderAndRefusesWithoutOne()
    {
        var follower = TestServer.Fresh();
        follower.Receive(Say.Beat(2, 1));
        follower.Step(new ReadRequest(1, Linearizable));
        Assert.Equal(3, Assert.Single(follower.Receive(Say.Beat(3, 2)).Of<ReadIndexRequest>()).To.Value);
        follower.AtDeadline();
        Assert.Equal(Role.PreCandidate, follower.Raft.Role);
        Assert.Equal(new ReadRefused(1, RefusalReason.NotLeader, NodeId.None), Assert.Single(follower.ReadsRefused));
    }

    /// <summary>
    /// A voter that is set to campaign or vote sooner than this leader's lease ends could elect another within it: no
    /// lease while one has said so, wherever the majority is. A late answer of an earlier round takes nothing back.
    /// </summary>
    [Fact]
    public void L4_H7_NoLeaseWhileAVoterIsLoyalForLess()
    {
        var leader = TestServer.Fresh().MadeLeader().AcceptedByAll();
        var lower = leader.Options.ElectionTimeoutLower;
        bool HasLease(int request)
        {
            leader.Step(new ReadRequest(request, ReadConsistency.Lease));
            return leader.ReadsReady.Any(r => r.RequestId == request);
        }

        long NextRound()
        {
            leader.After(leader.Options.HeartbeatInterval);
            return leader.Outbox.Of<Heartbeat>()[^1].Round;
        }

        var round = NextRound();
        leader.Receive(Say.Beaten(2, 1, round, loyalFor: lower));
        Assert.True(HasLease(1));
        var next = NextRound();
        leader.Receive(Say.Beaten(3, 1, next, loyalFor: lower - TimeSpan.FromMilliseconds(1)));
        leader.Receive(Say.Beaten(2, 1, next, loyalFor: lower));
        leader.Receive(Say.Beaten(3, 1, round, loyalFor: lower));
        Assert.False(HasLease(2));
        leader.Receive(Say.Beaten(3, 1, NextRound(), loyalFor: lower));
        Assert.True(HasLease(3));
    }

    /// <summary>What a leader may count on is said with every answer: nothing, where votes do not stick.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void L4_H7_FollowerSaysForHowLongItIsLoyal(bool stickiness)
    {
        var follower = TestServer.Fresh(change: o => o with { VoteStickiness = stickiness });
        var answer = Assert.Single(follower.Receive(Say.Beat(2, 1)).Of<HeartbeatResponse>());
        Assert.Equal(stickiness ? follower.Options.ElectionTimeoutLower : TimeSpan.Zero, answer.LoyalFor);
    }

    [Fact]
    public void L4_LeaseCountsFromTheMomentOfSending()
    {
        var leader = TestServer.Fresh().MadeLeader().AcceptedByAll();
        var round = leader.AtDeadline();
        var sent = leader.Now;
        leader.Now += TimeSpan.FromMilliseconds(300);
        Answer(leader, round);
        leader.Now = sent + TimeSpan.FromMilliseconds(449);
        leader.Step(new ReadRequest(1, ReadConsistency.Lease));
        Assert.Equal(1, Assert.Single(leader.ReadsReady).RequestId);
        leader.Now = sent + TimeSpan.FromMilliseconds(450);
        leader.Step(new ReadRequest(2, ReadConsistency.Lease));
        Assert.Single(leader.ReadsReady);
    }

    [Theory]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public void L4_NoLeaseWithoutTheRulesItRestsOn(bool checkQuorum, bool stickiness)
    {
        var leader = TestServer.Fresh(change: o => o with { CheckQuorum = checkQuorum, VoteStickiness = stickiness }).MadeLeader().AcceptedByAll();
        Answer(leader, leader.AtDeadline());
        leader.Step(new ReadRequest(1, ReadConsistency.Lease));
        Assert.Empty(leader.ReadsReady);
    }

    [Theory]
    [InlineData(ReadConsistency.Linearizable)]
    [InlineData(ReadConsistency.Lease)]
    public void L5_AfterALongPauseNothingIsServedOrAppended(ReadConsistency consistency)
    {
        var leader = TestServer.Fresh().MadeLeader().AcceptedByAll();
        Answer(leader, leader.AtDeadline());
        leader.Now += TimeSpan.FromSeconds(30);
        leader.Turn([new ReadRequest(1, consistency), new Proposal(2, new byte[] { 1 })]);
        Assert.Empty(leader.ReadsReady);
        Assert.Equal(RefusalReason.NotLeader, Assert.Single(leader.Refused).Reason);
        Assert.NotEqual(Role.Leader, leader.Raft.Role);
    }

    [Fact]
    public void L5_ALeadersMessageThatWaitedBesideTheTimerWins()
    {
        var follower = TestServer.Fresh();
        follower.Receive(Say.Beat(2, 1));
        follower.Now += TimeSpan.FromSeconds(30);
        follower.Receive(Say.Beat(2, 1));
        Assert.Equal((Role.Follower, new NodeId(2)), (follower.Raft.Role, follower.Raft.Leader));
    }

    [Fact]
    public void L6_TimeNeverRunsBackInsideTheCore()
    {
        var server = TestServer.Fresh();
        server.Now = new Instant(3_600_000_000);
        server.Receive(Say.Beat(2, 1));
        var deadline = server.Raft.ElectionDeadline;
        server.Now = new Instant(0);
        server.Step();
        Assert.Equal(deadline, server.Raft.ElectionDeadline);
        server.Receive(Say.Beat(2, 1));
        Assert.True(server.Raft.ElectionDeadline >= new Instant(3_600_500_000), "The timer ran on a time that is over.");
    }

    [Fact]
    public void StaleRead_IsServedAtOnceByAnyone()
    {
        var server = TestServer.Fresh();
        server.Step(new ReadRequest(1, ReadConsistency.Stale));
        Assert.Equal(new ReadReady(1, LogIndex.Zero), Assert.Single(server.ReadsReady));
    }

    [Fact]
    public void TooManyReads_AreRefused()
    {
        var leader = TestServer.Fresh(change: o => o with { MaxPendingReads = 2 }).MadeLeader().AcceptedByAll();
        leader.Turn([.. Enumerable.Range(1, 3).Select(i => new ReadRequest(i, Linearizable))]);
        Assert.Equal(new ReadRefused(3, RefusalReason.Overloaded, leader.Id), Assert.Single(leader.ReadsRefused));
    }

    [Fact]
    public void IdleFollower_DoesNotWake()
    {
        var follower = TestServer.Fresh();
        follower.Receive(Say.Beat(2, 1));
        Assert.True(follower.Raft.NextDeadline >= follower.Now + TimeSpan.FromMilliseconds(500));
        Assert.Equal(follower.Raft.ElectionDeadline, follower.Raft.NextDeadline);
    }
}
