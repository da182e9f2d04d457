using RaftKv.Core.Consensus;

namespace RaftKv.Tests.Core;

/// <summary>What becomes of the log around a snapshot.</summary>
public sealed partial class SnapshotTests
{
    [Fact]
    public void S5_TrailingEntriesSpareAPeerThatIsALittleBehindTheSnapshot()
    {
        var leader = Leader(trailing: 2);
        leader.Step(new Proposal(1, new byte[] { 1 }));
        leader.Receive(Say.Accepted(2, 2, 6));
        leader.TakeSnapshot();
        Assert.Equal((new LogIndex(5), 6L), (leader.Raft.FirstIndex, leader.Raft.Snapshot!.Last.Index.Value));
        var probes = leader.Receive(new HelloRequest(Say.N(3), Say.N(1), new Term(2), Say.At(5, 2), Run: 5)).Of<AppendRequest>();
        Assert.Equal(Say.At(5, 2), Assert.Single(probes, a => a.To == Say.N(3)).Previous);
        Assert.Empty(leader.SnapshotSends);
    }

    [Fact]
    public void S5_WhatAPeerNeedsAfterItsSnapshotIsKeptWhileItReceives()
    {
        var leader = BehindBy(out var sent);
        for (var i = 0; i < 3; i++)
        {
            leader.Step(new Proposal(10 + i, new byte[] { 1 }));
            leader.Receive(Say.Accepted(2, 2, leader.Raft.LastEntry.Index.Value));
            leader.TakeSnapshot();
        }

        Assert.Equal(sent.Last.Index.Next, leader.Raft.FirstIndex);
        Assert.Equal(sent, Assert.Single(leader.SnapshotSends).Meta);
        leader.Outbox.Clear();
        leader.Receive(Say.Accepted(3, 2, sent.Last.Index.Value));
        Assert.Equal(sent.Last, leader.Outbox.Of<AppendRequest>()[0].Previous);
        Assert.Equal(sent.Last.Index.Next, leader.Raft.FirstIndex);
        Assert.Single(leader.SnapshotSends);
        leader.Receive(Say.Accepted(3, 2, leader.Raft.LastEntry.Index.Value));
        Assert.Equal(leader.Raft.Snapshot!.Last.Index.Next, leader.Raft.FirstIndex);
    }

    [Fact]
    public void S5_PeerThatIsGoneHoldsTheLogNoLongerThanATimeout()
    {
        var leader = BehindBy(out var sent);
        var until = leader.Now + TimeSpan.FromSeconds(3);
        while (leader.Now < until)
        {
            leader.After(TimeSpan.FromMilliseconds(100));
            leader.Receive(Say.Beaten(2, 2, leader.Raft.Round));
            leader.Step(new Proposal(leader.Now.Microseconds, new byte[] { 1 }));
            leader.Receive(Say.Accepted(2, 2, leader.Raft.LastEntry.Index.Value));
            leader.TakeSnapshot();
        }

        Assert.True(leader.SnapshotSends[^1].Meta.Last.Index > sent.Last.Index);
        Assert.True(leader.Raft.FirstIndex > sent.Last.Index.Next);
        Assert.InRange(leader.SnapshotSends.Count, 2, 4);
    }

    /// <summary>For 30 s it takes ten entries a second, while eight are written: it gets on, however slowly.</summary>
    [Fact]
    public void S5_PeerThatGetsOnAfterItsSnapshotNeedsNoSecondOne_H9()
    {
        var leader = TestServer.WithLog([1, 1, 1, 1], term: 1, change: o => o with { SnapshotTrailingEntries = 0 }).MadeLeader();
        leader.Receive(Say.Accepted(2, 2, 5));
        var sent = leader.TakeSnapshot();
        leader.Receive(Say.Rejected(3, 2, 4, Say.At(1, 1)));
        for (var i = 0; i < 400; i++)
        {
            leader.Step(new Proposal(10 + i, new byte[] { 1 }));
        }

        leader.Receive(Say.Accepted(2, 2, leader.Raft.LastEntry.Index.Value));
        leader.Receive(Say.Accepted(3, 2, sent.Last.Index.Value));
        var match = sent.Last.Index.Value;
        for (var tenths = 0; tenths < 300; tenths++)
        {
            leader.After(TimeSpan.FromMilliseconds(100));
            leader.Receive(Say.Beaten(2, 2, leader.Raft.Round));
            leader.Receive(Say.Beaten(3, 2, leader.Raft.Round));
            if (tenths % 10 < 8)
            {
                leader.Step(new Proposal(10_000 + tenths, new byte[] { 1 }));
                leader.Receive(Say.Accepted(2, 2, leader.Raft.LastEntry.Index.Value));
            }

            leader.Receive(Say.Accepted(3, 2, ++match));
            if (tenths % 50 == 0)
            {
                leader.TakeSnapshot();
            }
        }

        Assert.True(leader.SnapshotSends.All(s => s.Meta == sent), $"a second snapshot, up to {leader.SnapshotSends[^1].Meta.Last}, where the peer had {match}");
        Assert.True(leader.Raft.FirstIndex.Value > sent.Last.Index.Value + 100, $"the log still begins with {leader.Raft.FirstIndex}");
    }

    /// <summary>A peer that answers and holds no more than before is not waited for longer than ten RPC timeouts.</summary>
    [Fact]
    public void S5_PeerThatNoLongerGetsOnHoldsTheLogNoLonger_H9()
    {
        var leader = BehindBy(out var sent);
        leader.Receive(Say.Accepted(3, 2, sent.Last.Index.Value));
        for (var tenths = 0; tenths < 250; tenths++)
        {
            leader.After(TimeSpan.FromMilliseconds(100));
            leader.Receive(Say.Beaten(2, 2, leader.Raft.Round));
            leader.Receive(Say.Beaten(3, 2, leader.Raft.Round));
            leader.Step(new Proposal(10 + tenths, new byte[] { 1 }));
            leader.Receive(Say.Accepted(2, 2, leader.Raft.LastEntry.Index.Value));
            leader.TakeSnapshot();
            Assert.True(tenths > 190 || leader.Raft.FirstIndex == sent.Last.Index.Next, $"after {tenths} tenths the log begins with {leader.Raft.FirstIndex}");
        }

        Assert.True(leader.Raft.FirstIndex > sent.Last.Index.Next);
    }

    /// <summary>A part comes every second, forever: the log goes on without it, and it gets the newest once it has the first.</summary>
    [Fact]
    public void S5_ReceiverThatIsSlowForEverHoldsTheLogOnlyUpToABound_H9()
    {
        const int EntryBytes = 1000 + LogEntry.OverheadBytes;
        var leader = BehindBy(out var sent, change: o => o with { MaxHeldLogBytes = 50 * EntryBytes });
        var longest = 0L;
        for (var second = 0; second < 120; second++)
        {
            for (var tenth = 0; tenth < 10; tenth++)
            {
                leader.After(TimeSpan.FromMilliseconds(100));
                leader.Receive(Say.Beaten(2, 2, leader.Raft.Round));
                leader.Receive(Say.Beaten(3, 2, leader.Raft.Round));
            }

            leader.Receive(new SnapshotChunkAccepted(Say.N(3), Say.N(1), new Term(2), sent.Last, 1 + second));
            leader.Step(new Proposal(10 + second, new byte[1000]));
            leader.Receive(Say.Accepted(2, 2, leader.Raft.LastEntry.Index.Value));
            leader.TakeSnapshot();
            longest = Math.Max(longest, leader.Raft.LastEntry.Index - leader.Raft.FirstIndex + 1);
        }

        Assert.InRange(longest, 50, 52);
        Assert.All(leader.SnapshotSends, s => Assert.Equal(sent, s.Meta));
        leader.Receive(Say.Accepted(3, 2, sent.Last.Index.Value));
        Assert.Equal(leader.Raft.Snapshot, leader.SnapshotSends[^1].Meta);
        leader.Outbox.Clear();
        leader.Receive(Say.Accepted(3, 2, leader.Raft.Snapshot!.Last.Index.Value));
        Assert.Null(leader.Raft.Peers[1].PendingSnapshot);
    }

    [Fact]
    public void S5_TrailingEntriesAreBoundedInBytes_H9()
    {
        var leader = Leader(trailing: 1000, change: o => o with { SnapshotTrailingBytes = 10_000 });
        for (var i = 0; i < 100; i++)
        {
            leader.Step(new Proposal(i, new byte[1000]));
            leader.AcceptedByAll();
        }

        leader.TakeSnapshot();
        Assert.Equal(9, leader.Raft.LastEntry.Index - leader.Raft.FirstIndex + 1);
    }

    /// <summary>Without room nothing is kept for others: a checkpoint must free what it can.</summary>
    [Fact]
    public void P11_OnAFullDiskTheLogGoesAsFarAsTheSnapshotHoldsIt_H11()
    {
        var only = TestServer.WithLog([1, 1, 1, 1], term: 1, of: 1).MadeLeader();
        only.TakeSnapshot();
        Assert.Equal(LogIndex.Zero.Next, only.Raft.FirstIndex);
        only.Step(new DiskFull(true));
        Assert.Equal(only.Raft.Snapshot!.Last.Index.Next, only.Raft.FirstIndex);
    }

    /// <summary>No one is sent what rotted; the log keeps what it holds until the same state was written again, and then goes on.</summary>
    [Fact]
    public void S4_DamagedNewestSnapshotIsSentToNobodyUntilItWasMadeAgain_H10()
    {
        var leader = BehindBy(out var sent);
        leader.Step(new SnapshotDamaged(sent.Last));
        Assert.True(leader.Raft.IsSnapshotDamaged);
        leader.Outbox.Clear();
        var first = leader.Raft.FirstIndex;
        for (var i = 1; i <= 100; i++)
        {
            leader.After(TimeSpan.FromMilliseconds(100));
            leader.Receive(Say.Beaten(2, 2, i));
            leader.Receive(Say.Beaten(3, 2, i));
        }

        Assert.Single(leader.SnapshotSends);
        Assert.Equal((first, Role.Leader), (leader.Raft.FirstIndex, leader.Raft.Role));
        leader.Step(new SnapshotTaken(sent));
        Assert.False(leader.Raft.IsSnapshotDamaged);
        Assert.Equal([sent, sent], leader.SnapshotSends.Select(s => s.Meta));
        leader.Receive(Say.Accepted(3, 2, sent.Last.Index.Value));
        Assert.Null(leader.Raft.Peers[1].PendingSnapshot);
    }

    /// <summary>A peer that waited for a snapshot that rotted gets the newer one, and the log no longer waits for it.</summary>
    [Fact]
    public void S4_DamagedSnapshotGivesWayToTheNewerOne_H10()
    {
        var leader = BehindBy(out var sent);
        leader.Step(new Proposal(10, new byte[] { 1 }));
        leader.Receive(Say.Accepted(2, 2, leader.Raft.LastEntry.Index.Value));
        var newer = leader.TakeSnapshot();
        Assert.Equal(sent.Last.Index.Next, leader.Raft.FirstIndex);
        leader.Step(new SnapshotDamaged(sent.Last));
        Assert.False(leader.Raft.IsSnapshotDamaged);
        Assert.Equal([sent, newer], leader.SnapshotSends.Select(s => s.Meta));
        leader.After(TimeSpan.FromMilliseconds(1));
        Assert.Equal(newer.Last.Index.Next, leader.Raft.FirstIndex);
    }

    /// <summary>A large file takes long to read through: anyone who waits for it is not given up meanwhile.</summary>
    [Fact]
    public void S5_SnapshotThatIsBeingCheckedStaysTheSame_H10()
    {
        var leader = BehindBy(out var sent);
        for (var tenths = 0; tenths < 600; tenths++)
        {
            leader.After(TimeSpan.FromMilliseconds(100));
            leader.Receive(Say.Beaten(2, 2, leader.Raft.Round));
            leader.Receive(Say.Beaten(3, 2, leader.Raft.Round));
            if (tenths % 50 == 0)
            {
                leader.Step(new SnapshotChecked(sent.Last));
                leader.Step(new Proposal(10 + tenths, new byte[] { 1 }));
                leader.Receive(Say.Accepted(2, 2, leader.Raft.LastEntry.Index.Value));
                leader.TakeSnapshot();
            }
        }

        Assert.All(leader.SnapshotSends, s => Assert.Equal(sent, s.Meta));
    }

    [Fact]
    public void R8_LateRejectionNeverLeadsBelowTheSnapshot()
    {
        var leader = BehindBy(out var sent);
        leader.Outbox.Clear();
        leader.Receive(Say.Rejected(3, 2, 6, Say.At(1, 1)));
        leader.Receive(Say.Rejected(3, 2, sent.Last.Index.Value, Say.At(1, 1)));
        Assert.Equal(sent.Last.Index.Next, leader.Raft.Peers[1].Next);
        leader.Receive(Say.Accepted(3, 2, sent.Last.Index.Value));
        leader.Receive(Say.Rejected(3, 2, sent.Last.Index.Value, Say.At(1, 1)));
        leader.Receive(Say.Rejected(3, 2, sent.Last.Index.Value + 1, Say.At(1, 1)));
        Assert.True(leader.Raft.Peers[1].Next > sent.Last.Index);
        var least = sent.Last.Index;
        Assert.DoesNotContain(leader.Outbox.Of<AppendRequest>(), a => a.Previous.Index < least);
    }

    [Fact]
    public void R8_FollowerNeverHintsBelowItsSnapshot()
    {
        var follower = TestServer.WithSnapshot(Say.At(5, 2), [2, 3], term: 3);
        var hint = Assert.Single(follower.Receive(Say.Append(2, 4, Say.At(9, 4), [4])).Of<AppendRejected>()).Hint;
        Assert.True(hint.Index >= new LogIndex(5));
        hint = Assert.Single(follower.Receive(Say.Append(2, 4, Say.At(7, 1), [])).Of<AppendRejected>()).Hint;
        Assert.Equal(Say.At(5, 2), hint);
    }

    [Theory]
    [InlineData(2, new long[] { 1 }, 5)]
    [InlineData(3, new long[] { 1, 2, 2, 2 }, 7)]
    [InlineData(0, new long[] { 1, 1, 1, 2, 2, 2, 2 }, 7)]
    public void R8_AppendThatBeginsBelowTheCompactionAddsOnlyWhatIsNew(long previous, long[] terms, long match)
    {
        var follower = TestServer.WithSnapshot(Say.At(5, 2), [2], term: 2);
        var answer = Assert.Single(follower.Receive(Say.Append(2, 2, Say.At(previous, previous == 0 ? 0 : 1), terms)).Of<AppendAccepted>());
        Assert.Equal(new LogIndex(match), answer.Match);
        Assert.Equal(new LogIndex(Math.Max(6, match)), follower.Raft.LastEntry.Index);
        Assert.Null(follower.Halt);
    }

    [Fact]
    public void R4_AppendThatDiffersAtTheCompactedEntryHalts()
    {
        var follower = TestServer.WithSnapshot(Say.At(5, 2), [2], term: 2);
        follower.Receive(Say.Append(2, 3, Say.At(4, 1), [1]));
        Assert.Equal("CommittedEntryConflict", follower.Halt?.Code);
    }
}
