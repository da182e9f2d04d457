using System.Collections.Concurrent;
using RaftKv.Core.Consensus;
using RaftKv.Engine.Driver;
using RaftKv.Engine.Storage;
using RaftKv.Tests.Storage;
using static RaftKv.Tests.Engine.NodeCluster;

namespace RaftKv.Tests.Engine;

/// <summary>A disk without room is no broken disk: row P11 of the table of edge cases.</summary>
public sealed class FullDiskTests
{
    [Fact]
    public async Task LeaderWhoseDiskIsFull_StepsAsideAndCatchesUpOnceThereIsRoom_P11()
    {
        var disks = Enumerable.Range(1, 3).ToDictionary(id => id, _ => new SmallDisk());
        await using var cluster = new NodeCluster(3, (id, options) => options with { Disk = disks[id], SegmentBytes = 16 * 1024 });
        await cluster.PutAsync("first", "v");
        var full = await cluster.LeaderAsync();
        var disk = disks[full.Identity.ServerId];
        disk.IsFull = true;
        var value = new string('x', 2000);
        for (var i = 0; disk.Refusals == 0; i++)
        {
            await cluster.PutAsync($"k{i}", value);
        }

        await Until(() => full.Status.Role != Role.Leader, "the leader to step aside");
        for (var i = 0; i < 20; i++)
        {
            await cluster.PutAsync($"later{i}", value);
        }

        Assert.Null(full.Status.Halt);
        disk.IsFull = false;
        await Until(() => Get(full.View, "later19") == value && full.Status.DurableIndex >= full.Status.CommitIndex, "it to catch up");
    }

    [Theory]
    [InlineData(LogKind.WriteAhead)]
    [InlineData(LogKind.Json)]
    public async Task OnlyServer_WhoseDiskIsFull_GoesOnOnceThereIsRoom_P11(LogKind kind)
    {
        var disk = new SmallDisk();
        await using var cluster = new NodeCluster(1, (_, options) => options with
        {
            Disk = disk,
            SegmentBytes = 16 * 1024,
            OpenLog = kind == LogKind.Json ? JsonLog.Open : null,
        });
        await cluster.PutAsync("first", "v");
        disk.IsFull = true;
        var puts = Task.Run(async () =>
        {
            for (var i = 0; i < 20; i++)
            {
                await cluster.PutAsync($"k{i}", new string('x', 2000));
            }
        });
        await Until(() => disk.Refusals > 0, "the disk to refuse");
        Assert.False(puts.IsCompleted);
        disk.IsFull = false;
        await puts;
        Assert.Null(cluster[1].Status.Halt);
    }

    /// <summary>However often it tries in vain, who looks at it sees what it waits for, and its log has one line for it.</summary>
    [Fact]
    public async Task ServerThatWaitsForRoom_SaysSoOnceWithItsDirectory_AndOnceThatItGoesOn_P11()
    {
        var disk = new SmallDisk();
        await using var cluster = new NodeCluster(1, (_, options) => options with { Disk = disk, SegmentBytes = 16 * 1024 });
        var told = new ConcurrentQueue<bool>();
        cluster[1].RoomChanged += told.Enqueue;
        await cluster.PutAsync("first", "v");
        Assert.Equal("", cluster[1].Status.Waiting);
        disk.IsFull = true;
        var puts = Task.Run(async () =>
        {
            for (var i = 0; i < 20; i++)
            {
                await cluster.PutAsync($"k{i}", new string('x', 2000));
            }
        });
        await Until(() => disk.Refusals > 2 && !told.IsEmpty, "the disk to refuse again and again");
        Assert.Equal($"waits for room on the disk of {cluster.DirectoryOf(1)}", cluster[1].Status.Waiting);
        Assert.Equal([true], told);

        disk.IsFull = false;
        await puts;
        await Until(() => told.Count > 1, "it to say that it goes on");
        Assert.Equal([true, false], told);
        Assert.Equal("", cluster[1].Status.Waiting);
    }

    [Fact]
    public void SnapshotWithoutRoom_IsGivenUpAndWrittenOnceThereIsRoom_P11()
    {
        var disk = new CrashDisk { IsFull = true };
        var store = SnapshotStore.Open(disk, SnapshotSamples.Directory);
        using var work = new SnapshotWork(store, () => SnapshotSamples.StateAt(100), () => { });
        Assert.Equal(100, work.Freeze().Value);
        work.Write(SnapshotSamples.Meta(100, 1));
        for (var i = 0; i < 3; i++)
        {
            DoAll(work);
            Assert.True(work.WaitsForRoom);
            Assert.Contains("could not be written: There is no room", work.Trouble);
            Assert.False(work.TryTake(out _));
            Assert.Empty(disk.List(SnapshotSamples.Directory));
        }

        disk.IsFull = false;
        DoAll(work);
        Assert.True(work.TryTake(out var taken));
        Assert.Equal(new SnapshotTaken(SnapshotSamples.Meta(100, 1)), taken);
        Assert.False(work.WaitsForRoom);
        Assert.Null(work.Trouble);
        Assert.Equal(SnapshotSamples.At(100, 1), store.Newest);
    }

    [Fact]
    public void SnapshotThatArrivesWithoutRoom_IsTakenWhenItIsSentAgain_P11()
    {
        var disk = new CrashDisk { IsFull = true };
        using var work = new SnapshotWork(SnapshotStore.Open(disk, SnapshotSamples.Directory), () => SnapshotSamples.StateAt(1), () => { });
        var parts = SnapshotSamples.Chunks(SnapshotSamples.Meta(50, 4), SnapshotSamples.Foreign(50, 4), 1024);
        foreach (var isFull in new[] { true, false })
        {
            disk.IsFull = isFull;
            Array.ForEach(parts, work.Receive);
            DoAll(work);
        }

        var answers = new List<InputEvent>();
        while (work.TryTake(out var answer))
        {
            answers.Add(answer);
        }

        Assert.IsType<SnapshotReceived>(answers[^1]);
    }

    /// <summary>
    /// The log has taken all the room, and gets it back by nothing but its own deletions: a snapshot that is taken then must
    /// let the write go on that waits for room, although what it lets go comes behind that write (P11).
    /// </summary>
    [Theory]
    [InlineData(26)]
    [InlineData(150)]
    public async Task Checkpoint_OnADiskThatTheLogHasFilled_MakesRoomForTheWriteThatWaits_P11_H11(int kibibytes)
    {
        var disk = new BoundedDisk { Room = kibibytes * 1024 };
        await using var cluster = new NodeCluster(1, (_, options) => options with
        {
            Disk = disk,
            SegmentBytes = 16 * 1024,
            SnapshotThresholdEntries = 0,
            SnapshotThresholdBytes = 0,
        });
        var puts = Task.Run(async () =>
        {
            for (var i = 0; i < 40 + kibibytes; i++)
            {
                await cluster.PutAsync("the same key", $"{i}".PadRight(2000));
            }
        });
        for (var checkpoints = 0; !puts.IsCompleted; checkpoints++)
        {
            var refusals = disk.Refusals;
            await Until(() => disk.Refusals > refusals || puts.IsCompleted, "the disk to refuse");
            await cluster[1].CheckpointAsync(TestContext.Current.CancellationToken);
            Assert.True(checkpoints < 100, "it never comes to an end");
        }

        await puts;
        Assert.Null(cluster[1].Status.Halt);
        Assert.InRange(disk.Used, 1, kibibytes * 1024);
    }

    /// <summary>
    /// A snapshot that ends where the log does, with another entry: were all of the log let go before, it would begin after an
    /// entry that is not the snapshot's.
    /// </summary>
    [Fact]
    public void Write_WithoutRoom_DropsNothingThatASaveBehindItBeginsAfter_P11_H11()
    {
        using var directory = new TemporaryDirectory();
        var disk = new BoundedDisk { Room = (3 * LogSamples.Options.SegmentBytes) + LogFormat.SegmentHeaderBytes };
        using var log = WriteAheadLog.Open(disk, directory.Root, LogSamples.Options);
        for (var i = 1; i <= 12; i++)
        {
            log.Commit(LogSamples.Save(i, null, null, LogSamples.Entry(i, 1, new string('x', 900))));
        }

        var commit = new GroupCommit(maxBatchBytes: 1);
        commit.Add(LogSamples.Save(13, LogSamples.State(2), null, LogSamples.Entry(13, 2, new string('x', 3000))) with { ResetTo = SnapshotSamples.At(12, 2) });
        Assert.False(WritesUntilFull(commit, log));
        Assert.Equal(1, disk.Refusals);
        Assert.Equal(SnapshotSamples.At(13, 2), log.Last);
    }

    /// <summary>
    /// A save that waits and deletes what the log holds must find it, but not when a snapshot behind it stands for all of
    /// that: then it would hold back the very segments that are to make room for it.
    /// </summary>
    [Theory]
    [InlineData(true, false)]
    [InlineData(true, true)]
    [InlineData(false, false)]
    [InlineData(false, true)]
    public void Write_WithoutRoom_DropsWhatASnapshotStandsForBehindATruncation_P11_H11(bool isReset, bool isLate)
    {
        var disk = new CrashDisk();
        using (var log = LogSamples.Open(disk))
        {
            for (var i = 1; i <= 12; i++)
            {
                log.Commit(LogSamples.Save(i, null, null, LogSamples.Entry(i, 1, new string('x', 900))));
            }

            var commit = new GroupCommit(maxBatchBytes: 1);
            disk.IsFull = true;
            commit.Add(LogSamples.Save(13, LogSamples.State(2), 5, LogSamples.Entry(5, 2, new string('x', 3000))));
            commit.Add(LogSamples.Save(14, LogSamples.State(3), 3, LogSamples.Entries(3, 30, 3, payloadBytes: 300)));
            if (isLate)
            {
                Assert.True(WritesUntilFull(commit, log));
                Assert.Equal(3, disk.List(LogSamples.Directory).Count);
            }

            commit.Add(isReset
                ? LogSamples.Save(15, LogSamples.State(4)) with { ResetTo = SnapshotSamples.At(20, 3) }
                : LogSamples.Save(15, LogSamples.State(4)) with { CompactTo = new LogIndex(20) });
            Assert.True(WritesUntilFull(commit, log) || isReset);
            Assert.Single(disk.List(LogSamples.Directory));
            disk.IsFull = false;
            Assert.False(WritesUntilFull(commit, log));
        }

        using var reopened = WriteAheadLog.Open(disk, LogSamples.Directory, LogSamples.Options, SnapshotSamples.Meta(20, 3));
        Assert.Equal(LogSamples.State(4), reopened.Recovered.HardState);
        Assert.Equal(new LogIndex(21), reopened.First);
        Assert.Equal(
            isReset ? [] : LogSamples.Entries(21, 30, 3, payloadBytes: 300).Texts(),
            reopened.Read(LogSamples.Range(21, 30), int.MaxValue).Texts());
    }

    /// <summary>A snapshot's last entry is not the one of that index which it replaces: a log that began after that one would be refused.</summary>
    [Fact]
    public void Write_WithoutRoom_BeginsAfterTheSnapshotsEntryAndNotAfterTheOneItReplaces_P11_H11()
    {
        var disk = new CrashDisk();
        using (var log = LogSamples.Open(disk))
        {
            log.Commit(LogSamples.Save(1, null, null, LogSamples.Entry(1, 1, new string('x', 3000))));
            var commit = new GroupCommit(maxBatchBytes: 1);
            disk.IsFull = true;
            commit.Add(LogSamples.Save(2, LogSamples.State(2), null, LogSamples.Entries(2, 30, 2, payloadBytes: 300)));
            commit.Add(LogSamples.Save(3) with { ResetTo = SnapshotSamples.At(20, 3) });
            commit.Add(LogSamples.Save(4) with { CompactTo = new LogIndex(20) });
            WritesUntilFull(commit, log);
            disk.IsFull = false;
            commit.Write(log);
            log.Flush();
        }

        using var reopened = WriteAheadLog.Open(disk, LogSamples.Directory, LogSamples.Options, SnapshotSamples.Meta(20, 3));
        Assert.Equal(SnapshotSamples.At(20, 3), reopened.Last);
    }

    /// <summary>Writes all that waits; true when the disk was full before the end.</summary>
    private static bool WritesUntilFull(GroupCommit commit, WriteAheadLog log)
    {
        try
        {
            while (commit.Write(log).Count > 0)
            {
                log.Flush();
            }

            return false;
        }
        catch (DiskFullException)
        {
            return true;
        }
    }

    private static void DoAll(SnapshotWork work)
    {
        while (work.Work())
        {
        }
    }
}
