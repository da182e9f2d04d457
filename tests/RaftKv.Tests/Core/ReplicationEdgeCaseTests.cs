using RaftKv.Core.Consensus;

namespace RaftKv.Tests.Core;

/// <summary>Replication: rows R1 to R16 of the table of edge cases, as far as they need no snapshots.</summary>
public sealed partial class ReplicationEdgeCaseTests
{
    [Theory]
    [InlineData(0, new long[] { 1 })]
    [InlineData(1, new long[] { 1, 1 })]
    [InlineData(3, new long[] { })]
    [InlineData(0, new long[] { })]
    public void R1_StaleOrShorterAppendsThatMatchDeleteNothing(long previous, long[] terms)
    {
        var follower = TestServer.WithLog([1, 1, 1, 1], term: 1);
        var answer = Assert.Single(follower.Receive(Say.Append(2, 1, Say.At(previous, previous == 0 ? 0 : 1), terms)).Of<AppendAccepted>());
        Assert.Equal(new LogIndex(previous + terms.Length), answer.Match);
        Assert.Equal([1, 1, 1, 1], follower.Terms);
    }

    [Fact]
    public void R1_DeletesOnlyFromTheFirstConflictingTerm()
    {
        var follower = TestServer.WithLog([1, 1, 2, 2, 2], term: 3);
        follower.Receive(Say.Append(2, 3, Say.At(1, 1), [1, 2, 3]));
        Assert.Equal([1, 1, 2, 3], follower.Terms);
        Assert.Equal([1, 1, 2, 3], follower.Durable.Select(e => e.Id.Term.Value));
    }

    [Fact]
    public void R2_EmptyAppendIsCheckedLikeAnyOther()
    {
        var follower = TestServer.WithLog([1, 1], term: 2);
        Assert.Single(follower.Receive(Say.Append(2, 3, Say.At(2, 2))).Of<AppendRejected>());
        Assert.Empty(follower.Outbox.Of<AppendAccepted>());
    }

    [Fact]
    public void R3_CommitGoesNoFurtherThanWhatThisMessageVerified()
    {
        var follower = TestServer.WithLog([1, 1, 1, 1], term: 2);
        follower.Receive(Say.Append(2, 2, Say.At(1, 1), [1], commit: 9));
        Assert.Equal(new LogIndex(2), follower.Raft.CommitIndex);
        follower.Receive(Say.Beat(2, 2, commit: 9));
        Assert.Equal(new LogIndex(2), follower.Raft.CommitIndex);
        follower.Receive(Say.Append(2, 2, Say.At(1, 1), [], commit: 1));
        Assert.Equal(new LogIndex(2), follower.Raft.CommitIndex);
    }

    [Fact]
    public void R4_DeletingACommittedEntryHaltsAndNamesIt()
    {
        var follower = TestServer.WithLog([1, 1, 1], term: 1);
        follower.Receive(Say.Append(2, 1, Say.At(2, 1), [], commit: 2));
        follower.Receive(Say.Append(3, 2, Say.At(1, 1), [2]));
        Assert.Equal("CommittedEntryConflict", follower.Halt?.Code);
        Assert.Contains("index 2", follower.Halt?.Message, StringComparison.Ordinal);
        Assert.Equal([1, 1, 1], follower.Terms);
    }

    [Fact]
    public void R4_LeaderWhoseLogDiffersBelowTheCommitIndexHaltsTheFollower()
    {
        var follower = TestServer.WithLog([1, 1, 1], term: 1);
        follower.Receive(Say.Append(2, 1, Say.At(2, 1), [], commit: 2));
        follower.Receive(Say.Append(3, 3, Say.At(2, 2), []));
        Assert.Equal("CommittedEntryConflict", follower.Halt?.Code);
    }

    [Fact]
    public void R5_AcknowledgementNamesWhatItsRequestVerified()
    {
        var follower = TestServer.WithLog([1, 1, 1, 1], term: 2);
        Assert.Equal(new LogIndex(2), Assert.Single(follower.Receive(Say.Append(2, 2, Say.At(1, 1), [1])).Of<AppendAccepted>()).Match);
        var leader = TestServer.Fresh().MadeLeader().AcceptedByAll();
        leader.Step(new Proposal(1, new byte[] { 1 }));
        leader.AcceptedByAll();
        leader.Receive(Say.Accepted(2, 1, 1));
        Assert.Equal(new LogIndex(2), leader.Raft.Peers[0].Match);
    }

    [Fact]
    public void R6_OldRejectionAfterProgressIsIgnored()
    {
        var leader = TestServer.WithLog([1, 1, 1], term: 1).MadeLeader().AcceptedByAll();
        Assert.Empty(leader.Receive(Say.Rejected(2, 2, 3, EntryId.Zero)).Of<AppendRequest>());
        Assert.Equal((new LogIndex(4), new LogIndex(5)), (leader.Raft.Peers[0].Match, leader.Raft.Peers[0].Next));
    }

    [Fact]
    public void R7_DeepDivergenceConvergesInAboutOneRoundPerTerm()
    {
        var common = Enumerable.Repeat(1L, 100).ToList();
        List<long> mine = [.. common, .. Enumerable.Range(0, 5000).Select(i => 2L + (2 * (i / 1000)))];
        List<long> theirs = [.. common, .. Enumerable.Range(0, 4000).Select(i => 3L + (2 * (i / 1000)))];
        var cluster = new TestCluster([
            TestServer.WithLog(mine, term: 10, id: 1), TestServer.WithLog(mine, term: 10, id: 2), TestServer.WithLog(theirs, term: 10, id: 3)]);
        var rejections = 0;
        cluster.Observer = (m, _) => rejections += m is AppendRejected ? 1 : 0;
        cluster.Elect();
        cluster.Run(TimeSpan.FromSeconds(1));
        Assert.Equal(cluster.Leader!.Terms, cluster[3].Terms);
        Assert.InRange(rejections, 1, 10);
    }

    [Fact]
    public void R9_AnswersOfAnEarlierLeadershipAreDropped()
    {
        var leader = TestServer.WithLog([1, 1], term: 1).MadeLeader();
        leader.Receive(Say.Accepted(2, 1, 3));
        Assert.Equal(LogIndex.Zero, leader.Raft.Peers[0].Match);
        Assert.Equal(LogIndex.Zero, leader.Raft.CommitIndex);
    }

    [Fact]
    public void R10_NothingIsSentUnderATermThatWasNotLed()
    {
        var leader = TestServer.Fresh().MadeLeader().AcceptedByAll();
        var sent = leader.Turn([new Proposal(1, new byte[] { 1 }), new MessageReceived(Say.Beaten(2, 7, 1))]);
        Assert.Empty(sent.Of<AppendRequest>());
        Assert.Empty(sent.Of<Heartbeat>());
        Assert.Equal(RefusalReason.NotLeader, Assert.Single(leader.Refused).Reason);
    }

    [Fact]
    public void R12_BatchesAreContiguousAndAnOversizedEntryGoesAlone()
    {
        var leader = TestServer.Fresh(of: 3, change: o => o with { MaxAppendBytes = 1024, MaxInflightBytes = 1024 * 1024 }).MadeLeader().AcceptedByAll();
        var sent = leader.Turn([
            new Proposal(1, new byte[400]), new Proposal(2, new byte[400]), new Proposal(3, new byte[5000]),
            new Proposal(4, new byte[400]), new Proposal(5, new byte[400]), new Proposal(6, new byte[400])]);
        var batches = sent.Of<AppendRequest>().Where(a => a.To.Value == 2).ToList();
        Assert.Equal([2, 1, 2, 1], batches.Select(b => b.Entries.Count));
        Assert.Equal([2, 3, 4, 5, 6, 7], batches.SelectMany(b => b.Entries).Select(e => e.Id.Index.Value));
        Assert.All(batches.Zip(batches.Skip(1)), p => Assert.Equal(p.First.Entries[^1].Id, p.Second.Previous));
    }

    [Fact]
    public void R12_AppendWithAGapIsIgnored()
    {
        var follower = TestServer.Fresh();
        var entries = TestServer.Entries([1, 1, 1]);
        follower.Receive(new AppendRequest(Say.N(2), Say.N(1), new Term(1), EntryId.Zero, [entries[0], entries[2]], LogIndex.Zero));
        Assert.Empty(follower.Log);
    }

    [Fact]
    public void R14_FullWindowStopsAppendsButNotTheCommitIndex()
    {
        var leader = TestServer.Fresh(change: o => o with { MaxInflightAppends = 3 }).MadeLeader().AcceptedByAll();
        var sent = 0;
        for (var i = 0; i < 10; i++)
        {
            sent += leader.Step(new Proposal(i, new byte[] { 1 })).Of<AppendRequest>().Count(a => a.To.Value == 2);
        }

        Assert.Equal(3, sent);
        leader.Receive(Say.Accepted(2, 1, 2));
        leader.Receive(Say.Accepted(3, 1, 4));
        var beats = new List<Heartbeat>();
        while (beats.Count == 0)
        {
            beats = leader.AtDeadline().Of<Heartbeat>();
        }

        Assert.Equal([2, 4], beats.Select(b => b.Commit.Value));
    }

    [Fact]
    public void R14_WindowIsBoundedInBytes()
    {
        var leader = TestServer.Fresh(change: o => o with { MaxAppendBytes = 2048, MaxInflightBytes = 4096 }).MadeLeader().AcceptedByAll();
        var sent = leader.Turn([.. Enumerable.Range(1, 20).Select(i => new Proposal(i, new byte[1000]))]).Of<AppendRequest>();
        Assert.InRange(sent.Where(a => a.To.Value == 2).Sum(a => a.Entries.Sum(e => e.SizeBytes)), 2048, 4096);
    }

    [Fact]
    public void R15_RejectionsCountAsContact()
    {
        var leader = TestServer.WithLog([1, 1], term: 1).MadeLeader();
        for (var i = 0; i < 40; i++)
        {
            leader.After(TimeSpan.FromMilliseconds(100));
            leader.Receive(Say.Rejected(2, leader.Raft.Term.Value, 2, EntryId.Zero));
        }

        Assert.Equal(Role.Leader, leader.Raft.Role);
    }

    [Fact]
    public void R16_ReorderedAndRepeatedMessagesDoNoHarm()
    {
        var applied = 0;
        var leaderships = 0;
        for (var seed = 1; seed <= 15; seed++)
        {
            var chaos = new ShuffledNetwork(seed, size: 5);
            chaos.Run(rounds: 6000);
            applied += chaos.Applied;
            leaderships += chaos.Leaderships;
            chaos.HealAndCheck();
        }

        Assert.True(applied > 1000 && leaderships > 15,
            $"{applied} entries were applied under {leaderships} leaders while it was rough: the test tests too little.");
    }

    [Fact]
    public void Batching_AThousandProposalsOfOneTurnMakeOneAppendPerPeerAndOneSave()
    {
        var leader = TestServer.Fresh().MadeLeader().AcceptedByAll();
        var saves = 0;
        leader.Observer = (_, effects) => saves += effects.SaveId != 0 ? 1 : 0;
        var sent = leader.Turn([.. Enumerable.Range(1, 1000).Select(i => new Proposal(i, new byte[16]))]).Of<AppendRequest>();
        Assert.Equal([2, 3], sent.Select(a => a.To.Value));
        Assert.All(sent, a => Assert.Equal(1000, a.Entries.Count));
        Assert.Equal(1, saves);
    }

    [Fact]
    public void HeartbeatTrigger_SendsEntriesOnlyWithHeartbeatsAndOneAtATime()
    {
        var leader = TestServer.Fresh(change: o => o with { Replication = ReplicationTrigger.Heartbeat }).MadeLeader();
        leader.AcceptedByAll();
        Assert.Empty(leader.Step(new Proposal(1, new byte[] { 1 })).Of<AppendRequest>());
        var tick = leader.AtDeadline();
        Assert.Equal((2, 2), (tick.Of<Heartbeat>().Count, tick.Of<AppendRequest>().Count));
        leader.Step(new Proposal(2, new byte[] { 1 }));
        tick = leader.AtDeadline();
        Assert.Equal((2, 0), (tick.Of<Heartbeat>().Count, tick.Of<AppendRequest>().Count));
        leader.Receive(Say.Accepted(2, 1, 2));
        leader.Receive(Say.Accepted(3, 1, 2));
        Assert.Equal(2, leader.AtDeadline().Of<AppendRequest>().Count);
    }

    [Fact]
    public void HeartbeatTrigger_SendsTheNoOpOfANewLeaderAtOnce()
    {
        var server = TestServer.Fresh(change: o => o with { Replication = ReplicationTrigger.Heartbeat, PreVote = false });
        server.AtDeadline();
        Assert.Equal(2, server.Receive(Say.Voted(2, 1)).Of<AppendRequest>().Count);
    }
}
