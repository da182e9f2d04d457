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
            leader.Receive(Say.Beaten(2, 2, 1));
            leader.Step(new Proposal(leader.Now.Microseconds, new byte[] { 1 }));
            leader.Receive(Say.Accepted(2, 2, leader.Raft.LastEntry.Index.Value));
            leader.TakeSnapshot();
        }

        Assert.True(leader.SnapshotSends[^1].Meta.Last.Index > sent.Last.Index);
        Assert.True(leader.Raft.FirstIndex > sent.Last.Index.Next);
        Assert.InRange(leader.SnapshotSends.Count, 2, 4);
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
