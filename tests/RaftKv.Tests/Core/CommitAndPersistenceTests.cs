using RaftKv.Core.Consensus;

namespace RaftKv.Tests.Core;

/// <summary>Commit and persistence: rows C3 to C7 and P1 to P10 of the table of edge cases, as far as the core decides them.</summary>
public sealed class CommitAndPersistenceTests
{
    [Theory]
    [InlineData(2, new long[] { 0 }, 0)]
    [InlineData(2, new long[] { 3 }, 3)]
    [InlineData(4, new long[] { 3, 0, 0 }, 0)]
    [InlineData(4, new long[] { 3, 2, 0 }, 2)]
    [InlineData(5, new long[] { 0, 3, 1, 2 }, 2)]
    [InlineData(5, new long[] { 3, 0, 3, 0 }, 3)]
    public void C3_C5_CommitIsWhatAMajorityOfAnySizeReached(int size, long[] matches, long commit)
    {
        var leader = TestServer.Fresh(of: size).MadeLeader();
        leader.Turn([new Proposal(1, new byte[] { 1 }), new Proposal(2, new byte[] { 1 })]);
        for (var i = 0; i < matches.Length; i++)
        {
            if (matches[i] > 0)
            {
                leader.Receive(Say.Accepted(i + 2, 1, matches[i]));
            }
        }

        Assert.Equal(new LogIndex(commit), leader.Raft.CommitIndex);
    }

    [Fact]
    public void C4_LeaderMayCommitOnOthersAcksButCountsItselfOnlyOnceDurable()
    {
        var leader = TestServer.Fresh(of: 3, autoSave: false).MadeLeader();
        leader.AcceptedByAll();
        leader.Step(new Proposal(1, new byte[] { 1 }));
        leader.Receive(Say.Accepted(2, 1, 2));
        Assert.Equal(new LogIndex(1), leader.Raft.CommitIndex);
        leader.Receive(Say.Accepted(3, 1, 2));
        Assert.Equal((new LogIndex(2), new LogIndex(1)), (leader.Raft.CommitIndex, leader.Raft.DurableIndex));

        leader.Step(new Proposal(2, new byte[] { 1 }));
        leader.Receive(Say.Accepted(2, 1, 3));
        Assert.Equal(new LogIndex(2), leader.Raft.CommitIndex);
        leader.CompleteSave();
        leader.CompleteSave();
        Assert.Equal(new LogIndex(3), leader.Raft.CommitIndex);
    }

    [Fact]
    public void C6_CommitIndexSurvivesTheLossOfLeadership()
    {
        var leader = TestServer.Fresh().MadeLeader().AcceptedByAll();
        leader.Step(new Proposal(1, new byte[] { 1 }));
        leader.AcceptedByAll();
        leader.Step(new Proposal(2, new byte[] { 1 }));
        leader.Receive(Say.Append(2, 5, Say.At(2, 1), [5]));
        Assert.Equal((Role.Follower, new LogIndex(2)), (leader.Raft.Role, leader.Raft.CommitIndex));
        Assert.Equal([1, 1, 5], leader.Terms);
    }

    [Fact]
    public void C7_BacklogIsBoundedAndMoreIsRefused()
    {
        var leader = TestServer.Fresh(change: o => o with { MaxUncommittedBytes = 4096, MaxAppendBytes = 1024 }).MadeLeader().AcceptedByAll();
        leader.Turn([.. Enumerable.Range(1, 8).Select(i => new Proposal(i, new byte[1000]))]);
        Assert.Equal(3, leader.Appended.Count);
        Assert.Equal(5, leader.Refused.Count(r => r.Reason == RefusalReason.Overloaded));
        leader.AcceptedByAll();
        leader.Step(new Proposal(9, new byte[1000]));
        Assert.Equal(9, leader.Appended[^1].RequestId);
    }

    [Fact]
    public void C7_EntryLargerThanTheLimitIsRefusedByName()
    {
        var leader = TestServer.Fresh(change: o => o with { MaxEntryBytes = 100 }).MadeLeader();
        leader.Turn([new Proposal(1, new byte[101]), new Proposal(2, new byte[100])]);
        Assert.Equal(new ProposalRefused(1, RefusalReason.TooLarge, leader.Id), Assert.Single(leader.Refused));
        Assert.Equal(2, Assert.Single(leader.Appended).RequestId);
    }

    [Fact]
    public void P1_FollowerAcknowledgesOnlyWhatIsDurable()
    {
        var follower = TestServer.Fresh(autoSave: false);
        follower.Receive(Say.Beat(2, 1));
        follower.CompleteSave();
        Assert.Empty(follower.Receive(Say.Append(2, 1, EntryId.Zero, [1])));
        Assert.Empty(follower.Receive(Say.Append(2, 1, Say.At(1, 1), [1])));
        Assert.Equal(new LogIndex(1), Assert.Single(follower.CompleteSave().Of<AppendAccepted>()).Match);
        Assert.Equal(new LogIndex(2), Assert.Single(follower.CompleteSave().Of<AppendAccepted>()).Match);
    }

    [Fact]
    public void P1_ResentEntriesThatAreNotDurableYetAreNotAcknowledgedEither()
    {
        var follower = TestServer.Fresh(autoSave: false);
        var append = Say.Append(2, 1, EntryId.Zero, [1]);
        follower.Receive(append);
        Assert.Empty(follower.Receive(append).Of<AppendAccepted>());
        Assert.Equal(2, follower.CompleteSave().Of<AppendAccepted>().Count);
    }

    [Fact]
    public void P2_TermIsSavedWithTheFirstEntryOfIt()
    {
        var follower = TestServer.Fresh();
        var saves = new List<(HardState?, int)>();
        follower.Observer = (_, e) => saves.Add((e.HardState, e.Append.Count));
        follower.Receive(Say.Append(2, 4, EntryId.Zero, [4]));
        Assert.Equal((new HardState(new Term(4), NodeId.None), 1), saves[0]);
    }

    [Fact]
    public void P3_CompletionOfASaveThatWasTruncatedMarksNothingDurable()
    {
        var server = TestServer.WithLog([1], term: 1, autoSave: false);
        server.Receive(Say.Append(2, 2, Say.At(1, 1), [2, 2]));
        server.Receive(Say.Append(3, 3, Say.At(1, 1), [3, 3]));
        server.CompleteSave();
        Assert.Equal(new LogIndex(1), server.Raft.DurableIndex);
        server.CompleteSave();
        Assert.Equal(new LogIndex(3), server.Raft.DurableIndex);
        Assert.Equal([1, 3, 3], server.Durable.Select(e => e.Id.Term.Value));
    }

    [Fact]
    public void P3_TruncationInsideOneTurnLeavesOneConsistentSave()
    {
        var server = TestServer.WithLog([1, 1], term: 1);
        server.Turn([
            new MessageReceived(Say.Append(2, 2, Say.At(2, 1), [2, 2])),
            new MessageReceived(Say.Append(3, 3, Say.At(1, 1), [3]))]);
        Assert.Equal([1, 3], server.Terms);
        Assert.Equal([1, 3], server.Durable.Select(e => e.Id.Term.Value));
        Assert.Equal(new LogIndex(2), Assert.Single(server.Outbox.Of<AppendAccepted>()).Match);
    }

    [Fact]
    public void P10_LeaderWhoseDiskHangsStepsDown()
    {
        var leader = TestServer.Fresh(autoSave: false).MadeLeader().AcceptedByAll();
        leader.Step(new Proposal(1, new byte[] { 1 }));
        var start = leader.Now;
        while (leader.Raft.Role == Role.Leader)
        {
            var round = leader.AtDeadline().Of<Heartbeat>();
            foreach (var beat in round)
            {
                leader.Receive(Say.Beaten(beat.To.Value, 1, beat.Round));
            }
        }

        Assert.Equal(TimeSpan.FromSeconds(1), leader.Now - start);
        leader.Step(new Proposal(2, new byte[] { 1 }));
        Assert.Equal(RefusalReason.NotLeader, Assert.Single(leader.Refused).Reason);
    }

    [Fact]
    public void P11_LeaderWithoutRoomStepsAsideAtOnceAndComesBack()
    {
        var cluster = new TestCluster(3);
        var full = cluster.Elect();
        var at = cluster.Now;
        full.AutoSave = false;
        full.Step(new DiskFull(true));
        cluster.Settle();
        var next = cluster.Leader!;
        Assert.NotEqual(full, next);
        Assert.Equal(at, cluster.Now);
        cluster.Propose(full);
        Assert.Equal(RefusalReason.NotLeader, Assert.Single(full.Refused).Reason);

        // It helps no one to a vote that it could not save, nor asks for one.
        var roles = full.RoleChanges.Count;
        cluster.Stop(next.Id.Value);
        cluster.Run(TimeSpan.FromSeconds(5));
        Assert.DoesNotContain(full.RoleChanges.Skip(roles), c => c.Role != Role.Follower);
        Assert.Null(cluster.Leader);

        full.Step(new DiskFull(false));
        while (full.PendingSaves > 0)
        {
            full.CompleteSave();
        }

        full.AutoSave = true;
        cluster.RunUntil(() => cluster.Leader is { } leader && leader.Raft.CommitIndex == leader.Raft.LastEntry.Index, "the two to go on", seconds: 5);
    }

    [Fact]
    public void P11_SingleServerWithoutRoomSaysSo()
    {
        var leader = TestServer.Fresh(of: 1);
        leader.AtDeadlineUntil(() => leader.Raft.Role == Role.Leader);
        leader.Turn([new DiskFull(true), new Proposal(1, new byte[] { 1 })]);
        Assert.Equal(RefusalReason.DiskFull, Assert.Single(leader.Refused).Reason);
        leader.Turn([new DiskFull(false), new Proposal(2, new byte[] { 1 })]);
        Assert.Equal(2, Assert.Single(leader.Appended).RequestId);
    }

    [Fact]
    public void X4_ProposalAppendedByALeaderThatFallsIsNeverReportedAsRefused()
    {
        var leader = TestServer.Fresh().MadeLeader().AcceptedByAll();
        leader.Step(new Proposal(1, new byte[] { 1 }));
        leader.Receive(Say.Beat(2, 3));
        leader.After(TimeSpan.FromSeconds(5));
        Assert.Equal(1, Assert.Single(leader.Appended).RequestId);
        Assert.Empty(leader.Refused);
    }

    [Fact]
    public void NotLeader_RefusesWithAHint()
    {
        var follower = TestServer.Fresh();
        follower.Receive(Say.Beat(3, 1));
        follower.Step(new Proposal(1, new byte[] { 1 }));
        Assert.Equal(new ProposalRefused(1, RefusalReason.NotLeader, new NodeId(3)), Assert.Single(follower.Refused));
    }

    [Fact]
    public void SaveThatWasNeverIssued_IsABugOfTheDriver() =>
        Assert.Throws<InvalidOperationException>(() => TestServer.Fresh().Step(new Saved(1)));
}
