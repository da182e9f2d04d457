using RaftKv.Core.Consensus;

namespace RaftKv.Tests.Core;

/// <summary>Leadership transfer: thesis 3.10 sentence by sentence, and row E11.</summary>
public sealed class TransferTests
{
    private static readonly NodeId Two = new(2);

    [Fact]
    public void E11_ThePriorLeaderStopsAcceptingNewRequests()
    {
        var leader = TestServer.Fresh().MadeLeader();
        Ask(leader);
        leader.Step(new Proposal(7, new byte[] { 1 }));
        Assert.Equal(RefusalReason.Transferring, Assert.Single(leader.Refused).Reason);
        Assert.Empty(leader.Appended);
    }

    [Fact]
    public void E11_TheTargetIsCaughtUpBeforeItIsTold()
    {
        var leader = TestServer.Fresh().MadeLeader();
        Assert.Empty(Ask(leader).Of<TimeoutNow>());
        Assert.Empty(leader.Receive(Say.Accepted(3, 1, 1)).Of<TimeoutNow>());
        var told = Assert.Single(leader.Receive(Say.Accepted(2, 1, 1)).Of<TimeoutNow>());
        Assert.Equal((Two, new Term(1)), (told.To, told.Term));
    }

    [Fact]
    public void E11_WithAWriteThatIsNotCommittedTheTargetIsNotTold()
    {
        var leader = TestServer.Fresh(of: 5).MadeLeader().AcceptedByAll();
        leader.Step(new Proposal(7, new byte[] { 1 }));
        Ask(leader);
        Assert.Empty(leader.Receive(Say.Accepted(2, 1, 2)).Of<TimeoutNow>());
        Assert.Single(leader.Receive(Say.Accepted(3, 1, 2)).Of<TimeoutNow>());
    }

    [Fact]
    public void E11_TheTargetIsToldAgainWithEveryHeartbeat()
    {
        var leader = TestServer.Fresh().MadeLeader().AcceptedByAll();
        Assert.Single(Ask(leader).Of<TimeoutNow>());
        Assert.Empty(leader.Receive(Say.Accepted(2, 1, 1)).Of<TimeoutNow>());

        // It may have come back just now, and not be allowed to stand before its peers answered it.
        Assert.Single(leader.After(leader.Raft.Options.HeartbeatInterval).Of<TimeoutNow>());
    }

    [Fact]
    public void E11_TheTargetStartsAnElectionAtOnce()
    {
        var target = Follower();
        var requests = target.Receive(new TimeoutNow(new(1), Two, new Term(1))).Of<VoteRequest>();
        Assert.Equal(Role.Candidate, target.Raft.Role);
        Assert.Equal(new Term(2), target.Raft.Term);
        Assert.Equal(2, requests.Count);
        Assert.All(requests, r => Assert.True(r.IsTransfer));
    }

    [Fact]
    public void E11_OnlyAFlaggedRequestPassesTheStickinessOfALoyalFollower()
    {
        var follower = TestServer.Fresh();
        follower.Receive(Say.Beat(2, 1));
        var request = Say.Vote(3, 2, EntryId.Zero);
        Assert.False(follower.Receive(request).Of<VoteResponse>()[0].Granted);
        Assert.Equal(new Term(1), follower.Raft.Term);
        Assert.True(follower.Receive(request with { IsTransfer = true }).Of<VoteResponse>()[0].Granted);
    }

    [Fact]
    public void E11_ALaterCampaignOfTheTargetIsAnOrdinaryOne()
    {
        var target = Follower();
        target.Receive(new TimeoutNow(new(1), Two, new Term(1)));
        target.Outbox.Clear();
        target.AtDeadline();
        target.Receive(Say.PreVoteGranted(3, 3, to: 2));
        var requests = target.Outbox.Of<VoteRequest>();
        Assert.NotEmpty(requests);
        Assert.All(requests, r => Assert.False(r.IsTransfer));
    }

    [Theory]
    [InlineData(3, 1)]
    [InlineData(1, 0)]
    public void E11_ACallThatIsNotFromTheLeaderOfThisTermIsIgnored(int from, long term)
    {
        var target = Follower();
        target.Receive(new TimeoutNow(new(from), Two, new Term(term)));
        Assert.Equal((Role.Follower, new Term(1)), (target.Raft.Role, target.Raft.Term));
    }

    [Fact]
    public void E11_AServerThatMayNotVoteDoesNotCampaign()
    {
        var target = TestServer.WithLog([1], term: 1, id: 2, isRestart: true);
        target.Receive(Say.Beat(1, 1, to: 2));
        target.Receive(new TimeoutNow(new(1), Two, new Term(1)));
        Assert.Equal(Role.Follower, target.Raft.Role);
    }

    [Fact]
    public void E11_AfterAnElectionTimeoutTheLeaderGivesUpAndGoesOn()
    {
        var leader = TestServer.Fresh(change: o => o with { CheckQuorum = false }).MadeLeader();
        Ask(leader);
        var asked = leader.Now;
        leader.After(leader.Options.ElectionTimeoutUpper - TimeSpan.FromMilliseconds(1));
        Assert.Empty(leader.Transfers);
        leader.AtDeadlineUntil(() => leader.Transfers.Count > 0);
        Assert.Equal(TransferOutcome.TimedOut, leader.Transfers[0].Outcome);
        Assert.Equal(asked + leader.Options.ElectionTimeoutUpper, leader.Now);
        leader.Step(new Proposal(7, new byte[] { 1 }));
        Assert.Single(leader.Appended);
    }

    [Fact]
    public void E11_NoLeaseIsTrustedOnceTheTargetWasTold()
    {
        var leader = TestServer.Fresh(change: o => o with { ElectionTimeoutUpper = o.ElectionTimeoutLower }).MadeLeader().AcceptedByAll();
        HoldLease(leader);
        leader.Step(new ReadRequest(1, ReadConsistency.Lease));
        Assert.Single(leader.ReadsReady);
        Ask(leader);
        leader.Step(new ReadRequest(2, ReadConsistency.Lease));
        Assert.Single(leader.ReadsReady);

        // The message may still be under way when the handover was given up: the target may campaign at any time.
        leader.After(leader.Options.ElectionTimeoutUpper / 2);
        HoldLease(leader);
        leader.After(leader.Options.ElectionTimeoutUpper / 2);
        HoldLease(leader);
        Assert.Equal(TransferOutcome.TimedOut, Assert.Single(leader.Transfers).Outcome);
        leader.ReadsReady.Clear();
        leader.Step(new ReadRequest(3, ReadConsistency.Lease));
        Assert.Empty(leader.ReadsReady);
    }

    [Fact]
    public void E11_ASecondHandoverBesideTheFirstIsRefused()
    {
        var leader = TestServer.Fresh().MadeLeader();
        Ask(leader);
        Ask(leader, target: 3);
        Assert.Equal(TransferOutcome.Busy, Assert.Single(leader.Transfers).Outcome);
    }

    [Theory]
    [InlineData(1, TransferOutcome.Done)]
    [InlineData(9, TransferOutcome.UnknownTarget)]
    public void Handover_WithNothingToDo_EndsAtOnce(int target, TransferOutcome outcome)
    {
        var leader = TestServer.Fresh().MadeLeader();
        Ask(leader, target);
        Assert.Equal(outcome, Assert.Single(leader.Transfers).Outcome);
        Assert.Equal(Role.Leader, leader.Raft.Role);
    }

    [Fact]
    public void Handover_WithoutATarget_GoesToWhoeverHoldsMost()
    {
        var leader = TestServer.Fresh().MadeLeader();
        leader.Receive(Say.Accepted(3, 1, 1));
        Assert.Equal(new NodeId(3), Assert.Single(Ask(leader, target: 0).Of<TimeoutNow>()).To);
    }

    [Fact]
    public void Handover_AtAFollower_IsRefusedWithTheLeader()
    {
        var follower = Follower();
        Ask(follower, target: 3);
        var ended = Assert.Single(follower.Transfers);
        Assert.Equal((TransferOutcome.NotLeader, new NodeId(1)), (ended.Outcome, ended.Leader));
    }

    [Fact]
    public void Handover_WhenSomeoneElseIsElected_SaysSo()
    {
        var leader = TestServer.Fresh().MadeLeader().AcceptedByAll();
        Ask(leader);
        leader.Receive(Say.Append(3, term: 2, Say.At(1, 1), [2]));
        var ended = Assert.Single(leader.Transfers);
        Assert.Equal((TransferOutcome.AnotherLeads, new NodeId(3)), (ended.Outcome, ended.Leader));
    }

    [Theory]
    [InlineData(true, true)]
    [InlineData(false, false)]
    public void Handover_OfAWholeCluster_TakesNoElectionTimeout(bool preVote, bool stickiness)
    {
        var cluster = new TestCluster(5, change: o => o with { PreVote = preVote, VoteStickiness = stickiness });
        var old = cluster.Elect();
        for (var i = 0; i < 10; i++)
        {
            cluster.Propose(old);
        }

        var target = cluster.Servers.First(s => s != old);
        var begun = cluster.Now;
        cluster.HandOver(old, target.Id.Value);
        cluster.RunUntil(() => old.Transfers.Count > 0, "an end of the handover");
        Assert.Equal(TransferOutcome.Done, old.Transfers[0].Outcome);
        Assert.Equal(target, cluster.Leader);
        Assert.True(cluster.Now - begun < old.Options.ElectionTimeoutLower / 2, $"It took {cluster.Now - begun}.");
        Assert.Equal(10, old.Applied.Count(e => e.Kind == EntryKind.Command));
    }

    private static TestServer Follower()
    {
        var server = TestServer.WithLog([1], term: 1, id: 2);
        server.Receive(Say.Beat(1, 1, to: 2));
        return server;
    }

    private static IReadOnlyList<Message> Ask(TestServer server, int target = 2) =>
        server.Step(new TransferLeadership(100, new NodeId(target)));

    private static void HoldLease(TestServer leader)
    {
        var before = leader.Outbox.Count;
        leader.AtDeadlineUntil(() => leader.Outbox.Skip(before).OfType<Heartbeat>().Any());
        var round = leader.Outbox.Of<Heartbeat>()[^1].Round;
        leader.Receive(Say.Beaten(2, 1, round));
        leader.Receive(Say.Beaten(3, 1, round));
    }
}
