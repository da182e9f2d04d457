using RaftKv.Core.Consensus;
using RaftKv.Tests.Planted;

namespace RaftKv.Tests.Core;

/// <summary>Compaction and snapshots: rows S1 to S7 and R8 of the table of edge cases, as far as they are the core's.</summary>
public sealed partial class SnapshotTests
{
    private static SnapshotChunk Chunk(int from, long term, EntryId last, int to = 1, long offset = 0, long total = 1) =>
        new(Say.N(from), Say.N(to), new Term(term), TestServer.MetaOf(last), offset, new byte[] { 1 }, total);

    private static TestServer Leader(int trailing = 0, Func<RaftOptions, RaftOptions>? change = null) => TestServer
        .WithLog([1, 1, 1, 1], term: 1, change: o => (change ?? (c => c))(o with { SnapshotTrailingEntries = trailing })).MadeLeader().AcceptedByAll();

    [Fact]
    public void S1_EntryThatMatchesTheSnapshotKeepsWhatFollows()
    {
        var follower = TestServer.WithLog([1, 1, 2, 2], term: 2);
        var answer = Assert.Single(follower.Receive(Chunk(2, 2, Say.At(3, 2))).Of<AppendAccepted>());
        Assert.Equal(new LogIndex(3), answer.Match);
        Assert.Equal(Say.At(4, 2), follower.Raft.LastEntry);
        Assert.Equal((3, 3, 3), ((int)follower.Raft.CommitIndex.Value, (int)follower.Raft.AppliedIndex.Value, (int)Assert.Single(follower.Installed).Last.Index.Value));
        Assert.Equal([1, 1, 2, 2], follower.Terms);
    }

    [Fact]
    public void S1_EntryThatConflictsWithTheSnapshotCostsTheWholeLog()
    {
        var follower = TestServer.WithLog([1, 1, 1, 1, 1], term: 1, autoSave: false);
        follower.Receive(Chunk(2, 3, Say.At(3, 2)));
        Assert.Equal((Say.At(3, 2), new LogIndex(4)), (follower.Raft.LastEntry, follower.Raft.FirstIndex));
        Assert.Empty(follower.Outbox.Of<AppendAccepted>());
        while (follower.PendingSaves > 0)
        {
            follower.CompleteSave();
        }

        Assert.Equal(new LogIndex(3), Assert.Single(follower.Outbox.Of<AppendAccepted>()).Match);
        Assert.Empty(follower.Durable);
        follower.Receive(Say.Append(2, 3, Say.At(3, 2), [3], commit: 4));
        while (follower.PendingSaves > 0)
        {
            follower.CompleteSave();
        }

        Assert.Equal([4], follower.Applied.Select(e => e.Id.Index.Value));
        Assert.Equal(Say.At(4, 3), follower.Restart().Raft.LastEntry);
    }

    [Fact]
    public void S1_LogThatEndsBeforeTheSnapshotGoesAndTheTermOfTheSnapshotIsAdopted()
    {
        var follower = TestServer.WithLog([1, 1], term: 2);
        follower.Receive(Chunk(2, 2, Say.At(9, 2)));
        Assert.Equal((Say.At(9, 2), new LogIndex(9)), (follower.Raft.LastEntry, follower.Raft.DurableIndex));
        var back = follower.Restart();
        Assert.Equal((Say.At(9, 2), new LogIndex(9), new LogIndex(9)), (back.Raft.LastEntry, back.Raft.CommitIndex, back.Raft.AppliedIndex));
    }

    [Fact]
    public void S1_WhatWasUnderWayToTheDiskNeverCountsForTheNewLog()
    {
        var follower = TestServer.Fresh(autoSave: false);
        follower.Receive(Say.Append(2, 1, EntryId.Zero, [1, 1, 1, 1, 1]));
        follower.Receive(Chunk(3, 2, Say.At(3, 2)));
        follower.Receive(Say.Append(3, 2, Say.At(3, 2), [2]));
        while (follower.PendingSaves > 1)
        {
            follower.CompleteSave();
            Assert.Equal(new LogIndex(3), follower.Raft.DurableIndex);
            Assert.DoesNotContain(follower.Outbox.Of<AppendAccepted>(), a => a.Term.Value == 2 && a.Match.Value > 3);
        }

        follower.CompleteSave();
        Assert.Equal(new LogIndex(4), follower.Raft.DurableIndex);
        Assert.Single(follower.Outbox.Of<AppendAccepted>(), a => a.Term.Value == 2 && a.Match.Value == 4);
    }

    [Fact]
    public void S1_SuffixThatIsKeptBehindAConflictIsNoticed()
    {
        var broken = Assert.Throws<InvalidOperationException>(() => PlantedBuild.Call<object?>(typeof(SnapshotTests), nameof(KeepConflictingSuffix)));
        Assert.Contains("the log continues the snapshot", broken.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void S2_SnapshotBelowTheCommitIndexIsIgnoredAndAnsweredWithThePosition()
    {
        var follower = TestServer.WithLog([1, 1, 1, 1], term: 1);
        follower.Receive(Say.Append(2, 1, Say.At(4, 1), [], commit: 4));
        follower.Outbox.Clear();
        var answer = Assert.Single(follower.Receive(Chunk(2, 1, Say.At(2, 1))));
        Assert.Equal(new LogIndex(4), Assert.IsType<AppendAccepted>(answer).Match);
        Assert.Empty(follower.Chunks);
        follower.Step(new SnapshotReceived(Say.N(2), new Term(1), TestServer.MetaOf(Say.At(3, 1))));
        Assert.Empty(follower.Installed);
        Assert.Null(follower.Raft.Snapshot);
    }

    [Fact]
    public void S2_ChunkOfAnOlderTermIsAnsweredWithTheTerm()
    {
        var follower = TestServer.WithLog([1], term: 5);
        var answer = Assert.Single(follower.Receive(Chunk(2, 4, Say.At(2, 1))).Of<SnapshotChunkAccepted>());
        Assert.Equal(new Term(5), answer.Term);
        Assert.Empty(follower.Chunks);
        var leader = Leader();
        leader.Receive(answer with { From = Say.N(2), To = Say.N(1), Term = new Term(9) });
        Assert.Equal((Role.Follower, new Term(9)), (leader.Raft.Role, leader.Raft.Term));
    }

    [Fact]
    public void S3_SnapshotNamesTheConfigurationAndSoDoesTheNextOne()
    {
        var configuration = new Configuration(
            [new Member(Say.N(1), "a", true), new Member(Say.N(2), "b", true), new Member(Say.N(3), "c", true)], Say.N(7));
        var follower = TestServer.Fresh();
        var meta = new SnapshotMeta(Say.At(5, 1), new LogIndex(4), configuration);
        follower.Receive(new SnapshotChunk(Say.N(2), Say.N(1), new Term(1), meta, 0, new byte[] { 1 }, 1));
        follower.Receive(Say.Append(2, 1, Say.At(5, 1), [1], commit: 6));
        Assert.Equal(meta with { Last = Say.At(6, 1) }, follower.Raft.DescribeSnapshot(new LogIndex(6)));
        var back = follower.Restart();
        back.Receive(Say.Append(2, 1, Say.At(6, 1), [], commit: 6));
        Assert.Equal(meta with { Last = Say.At(6, 1) }, back.Raft.DescribeSnapshot(new LogIndex(6)));
        Assert.Null(follower.Raft.DescribeSnapshot(new LogIndex(7)));
        Assert.Null(follower.Raft.DescribeSnapshot(new LogIndex(4)));
    }
    [Fact]
    public void S4_PeerThatAnswersHeartbeatsButNoPartIsSentOn()
    {
        var leader = BehindBy(out var sent);
        for (var i = 1; i <= 60; i++)
        {
            leader.After(TimeSpan.FromMilliseconds(100));
            leader.Receive(Say.Beaten(2, 2, i));
            leader.Receive(Say.Beaten(3, 2, i));
        }

        Assert.InRange(leader.SnapshotSends.Count, 20, 32);
        Assert.All(leader.SnapshotSends, s => Assert.Equal(sent, s.Meta));
        var before = leader.SnapshotSends.Count;
        leader.Receive(new SnapshotChunkAccepted(Say.N(3), Say.N(1), new Term(2), sent.Last, 1));
        leader.After(TimeSpan.FromMilliseconds(100));
        leader.Receive(Say.Beaten(3, 2, 99));
        Assert.Equal(before, leader.SnapshotSends.Count);
    }

    [Fact]
    public void S6_TwoSnapshotsInARowAreInstalledInOrderAndTheOlderOneIsIgnored()
    {
        var follower = TestServer.Fresh();
        follower.Receive(Chunk(2, 1, Say.At(5, 1)));
        follower.Receive(Chunk(2, 1, Say.At(8, 1)));
        follower.Receive(Chunk(2, 1, Say.At(5, 1)));
        Assert.Equal([5L, 8L], follower.Installed.Select(m => m.Last.Index.Value));
        Assert.Equal(new LogIndex(8), follower.Raft.AppliedIndex);
    }

    [Fact]
    public void S6_TwoSnapshotsAndAnAppendInOneTurnLeaveOneStateAndOneLog()
    {
        var follower = TestServer.Fresh();
        follower.AutoReceive = false;
        follower.Receive(Say.Beat(2, 1));
        follower.Outbox.Clear();
        follower.Turn([
            new MessageReceived(Say.Append(2, 1, EntryId.Zero, [1, 1], commit: 2)),
            new SnapshotReceived(Say.N(2), new Term(1), TestServer.MetaOf(Say.At(5, 1))),
            new SnapshotReceived(Say.N(2), new Term(1), TestServer.MetaOf(Say.At(8, 1))),
            new MessageReceived(Say.Append(2, 1, Say.At(8, 1), [1], commit: 9))]);
        Assert.Equal(8, Assert.Single(follower.Installed).Last.Index.Value);
        Assert.Equal([9L], follower.Applied.Select(e => e.Id.Index.Value));
        Assert.Equal(new LogIndex(9), Assert.Single(follower.Outbox.Of<AppendAccepted>()).Match);
    }

    [Fact]
    public void S7_PeerThatRecoveredByAnOlderSnapshotGoesOnWithEntries()
    {
        var leader = BehindBy(out var sent, trailing: 3);
        leader.Outbox.Clear();
        var older = leader.Raft.FirstIndex;
        Assert.True(older < sent.Last.Index);
        leader.Receive(Say.Accepted(3, 2, older.Value));
        Assert.Equal(older, Assert.Single(leader.Outbox.Of<AppendRequest>(), a => a.To == Say.N(3)).Previous.Index);
        Assert.Null(leader.Raft.Peers[1].PendingSnapshot);
    }
    [Fact]
    public void P7_ServerThatCameBackFromASnapshotSaysHowFarItIs()
    {
        var server = TestServer.WithSnapshot(Say.At(5, 2), [], term: 2);
        Assert.Equal(Say.At(5, 2), server.Restart().Step().Of<HelloRequest>()[0].Last);
    }

    [Fact]
    public void P7_SnapshotOfATermThatWasNeverSavedRaisesTheTerm()
    {
        var server = TestServer.WithSnapshot(Say.At(5, 4), [], term: 2);
        Assert.Equal(new Term(4), server.Raft.Term);
        server.Step();
        Assert.Equal(new Term(4), server.DurableHardState.Term);
    }

    [Fact]
    public void P4_TrimmedTailIsRememberedOverAnotherRestart()
    {
        var trimmed = TestServer.WithLog([1, 1], term: 1, isRestart: true, trimmed: true, of: 5);
        trimmed.Receive(Say.Beat(4, 2));
        Assert.False(trimmed.TailIsWhole);
        var again = trimmed.Restart(trimmedAt: Say.At(2, 1));
        again.Receive(Say.Hello(2, 2, 1, 4));
        again.Receive(Say.Hello(3, 2, 0, 0));
        again.Receive(Say.Hello(4, 2, 0, 0));
        again.Receive(Say.Hello(5, 2, 0, 0));
        Assert.False(again.Raft.MayVote);
        again.Receive(Say.Append(4, 2, Say.At(2, 1), [1, 1]));
        Assert.True(again.Raft.MayVote);
        Assert.True(again.TailIsWhole);
    }

    [Fact]
    public void P4_WhatWasAcknowledgedAfterTheTailWasTrimmedCountsAsUsual()
    {
        var again = TestServer.WithLog([1, 1, 2, 2], term: 2, of: 5).Restart(trimmedAt: Say.At(2, 1));
        again.Receive(Say.Hello(2, 2, 2, 4));
        again.Receive(Say.Hello(3, 2, 0, 0));
        again.Receive(Say.Hello(4, 2, 0, 0));
        again.Receive(Say.Hello(5, 2, 0, 0));
        Assert.True(again.Raft.MayVote);
    }

    [Fact]
    public void Cluster_ServerThatWasDownWhileTheLogWasCompactedCatchesUpBySnapshot()
    {
        var cluster = new TestCluster(3, change: o => o with { SnapshotTrailingEntries = 2 });
        var leader = cluster.Elect();
        var victim = cluster.Servers.First(s => s != leader).Id.Value;
        cluster.Stop(victim);
        for (var i = 0; i < 10; i++)
        {
            cluster.Propose(leader);
            cluster.Settle();
        }

        leader.TakeSnapshot();
        cluster.Propose(leader);
        cluster.Start(victim);
        cluster.Run(TimeSpan.FromSeconds(2));
        Assert.Single(cluster[victim].Installed);
        Assert.Equal(leader.Raft.LastEntry, cluster[victim].Raft.LastEntry);
        Assert.Equal([leader.Raft.LastEntry.Index], cluster[victim].Applied.Select(e => e.Id.Index));
    }

    [Fact]
    public void Cluster_SafeAndLiveWithSnapshotsOnAHostileNetwork()
    {
        var (installed, taken, applied) = (0, 0, 0);
        for (var seed = 1; seed <= 40; seed++)
        {
            var trailing = seed % 3;
            var network = new ShuffledNetwork(seed, size: 3 + (2 * (seed % 2)), o => o with { SnapshotTrailingEntries = trailing }) { LeavesBehind = true };
            network.Run(6000);
            network.HealAndCheck();
            installed += network.Installed;
            taken += network.Snapshots;
            applied += network.Applied;
        }

        Assert.True(installed > 20, $"Only {installed} snapshots were installed, {taken} taken, {applied} applied.");
    }

    /// <summary>A leader of term 2 with a snapshot that server 3 lacks and is being sent; server 2 has everything.</summary>
    private static TestServer BehindBy(out SnapshotMeta sent, int trailing = 0, Func<RaftOptions, RaftOptions>? change = null)
    {
        var leader = TestServer.WithLog(
            [1, 1, 1, 1], term: 1, change: o => (change ?? (c => c))(o with { SnapshotTrailingEntries = trailing })).MadeLeader();
        leader.Receive(Say.Accepted(2, 2, 5));
        sent = leader.TakeSnapshot();
        leader.Receive(Say.Rejected(3, 2, 4, Say.At(1, 1)));
        Assert.Equal(sent, Assert.Single(leader.SnapshotSends).Meta);
        return leader;
    }

    private static void KeepConflictingSuffix()
    {
        var follower = TestServer.WithLog([1, 1, 1, 1], term: 1, change: o => o.With(CoreFault.KeepConflictingSuffix));
        follower.Receive(Chunk(2, 3, Say.At(3, 2)));
    }
}
