using RaftKv.Core.Consensus;
using RaftKv.Engine.Storage;
using static RaftKv.Tests.Storage.LogSamples;
using static RaftKv.Tests.Storage.SnapshotSamples;

namespace RaftKv.Tests.Storage;

/// <summary>
/// The power goes between every two steps of taking, receiving and installing snapshots and of dropping the log's
/// head. Whatever is left must open, and hold all that was acknowledged: in the snapshot or in the log after it.
/// </summary>
public sealed class SnapshotCrashPointTests
{
    [Fact]
    public void Crash_BetweenAnyTwoStepsOfSnapshotsAndCompaction_LosesNothing_P12_S4()
    {
        var resets = 0;
        for (var point = 0; ; point++)
        {
            var disk = new CrashDisk { CrashAt = point };
            var history = new History();
            var finished = Run(disk, history);
            for (var seed = 0; seed < 8; seed++)
            {
                var survived = disk.AfterCrash(seed);
                var found = Check(survived, history, $"point {point}, seed {seed}");
                resets += found.WasReset ? 1 : 0;
                Assert.Equal(found with { WasReset = false }, Check(survived.AfterCrash(seed), history, $"point {point}, seed {seed}, again") with { WasReset = false });
            }

            if (finished)
            {
                break;
            }
        }

        Assert.True(resets > 20, $"The power never went between a snapshot and the reset of the log: {resets}.");
    }

    [Fact]
    public void Crash_WhereTheHeadGoesBeforeTheSnapshotIsDurable_IsNoticed_P12()
    {
        var isNoticed = false;
        for (var point = 0; point < 100 && !isNoticed; point++)
        {
            var disk = new CrashDisk { CrashAt = point };
            var history = new History();
            Run(disk, history, dropsTooEarly: true);
            for (var seed = 0; seed < 8 && !isNoticed; seed++)
            {
                isNoticed = Record.Exception(() => Check(disk.AfterCrash(seed), history, "")) is not null;
            }
        }

        Assert.True(isNoticed);
    }

    /// <summary>What was acknowledged, step by step.</summary>
    private sealed class History
    {
        public EntryId Acknowledged { get; set; }

        public HardState State { get; set; }

        /// <summary>Set while a step is under way that may have been done or not.</summary>
        public EntryId Pending { get; set; }
    }

    private readonly record struct Found(EntryId Last, EntryId Snapshot, HardState State, bool WasReset);

    private static bool Run(CrashDisk disk, History history, bool dropsTooEarly = false)
    {
        try
        {
            using var snapshots = SnapshotStore.Open(disk, SnapshotSamples.Directory);
            using var log = Open(disk);
            void Commit(Save save, EntryId last)
            {
                history.Pending = last;
                log.Commit(save);
                (history.Acknowledged, history.State) = (last, save.HardState ?? history.State);
            }

            Commit(Save(1, State(1, 1), null, Entry(1, 1, "first")), At(1, 1));
            for (var i = 2; i <= 9; i++)
            {
                Commit(Save(i, null, null, Entry(i, 1, new string('x', 900))), At(i, 1));
            }

            if (dropsTooEarly)
            {
                log.Commit(Save(10) with { CompactTo = new LogIndex(6) });
            }

            snapshots.Take(8, 1);
            log.Commit(Save(10) with { CompactTo = new LogIndex(6) });
            Commit(Save(11, State(2, 3), null, Entry(10, 2, new string('x', 900))), At(10, 2));
            Install(snapshots, 30, 3);
            history.Acknowledged = At(30, 3);
            Commit(Save(12, State(3)) with { ResetTo = At(30, 3) }, At(30, 3));
            Commit(Save(13, null, null, Entries(31, 34, 3, 900)), At(34, 3));
            Install(snapshots, 33, 4);
            history.Acknowledged = At(33, 4);
            Commit(Save(14, State(4)) with { ResetTo = At(33, 4) }, At(33, 4));
            Commit(Save(15, null, null, Entries(34, 37, 4, 900)), At(37, 4));
            snapshots.Take(36, 4);
            log.Commit(Save(16) with { CompactTo = new LogIndex(36) });
            Commit(Save(17, null, null, Entries(38, 41, 4, 900)), At(41, 4));
            return true;
        }
        catch (PowerLossException)
        {
            return false;
        }
    }

    private static void Install(SnapshotStore snapshots, long index, long term)
    {
        using var receiver = new SnapshotReceiver(snapshots);
        foreach (var chunk in Chunks(Meta(index, term), Foreign(index, term), 700))
        {
            receiver.Take(chunk);
        }

        receiver.Finish(Meta(index, term));
    }

    private static Found Check(CrashDisk disk, History history, string at)
    {
        using var snapshots = SnapshotStore.Open(disk, SnapshotSamples.Directory);
        var newest = snapshots.LoadNewest();
        var before = newest is { } n ? LastWithout(disk.AfterCrash(0), n.Meta.Last) : EntryId.Zero;
        using var log = WriteAheadLog.Open(disk, LogSamples.Directory, Options, newest?.Meta);
        var snapshot = newest?.Meta.Last ?? EntryId.Zero;
        Assert.True(snapshot == EntryId.Zero || newest!.Value.View.Equals(StateAt(snapshot.Index.Value)), at);
        Assert.True(log.Recovered.Compacted.Index <= snapshot.Index, at);
        Assert.True(log.Last >= history.Acknowledged || snapshot >= history.Acknowledged, $"{at}: {log.Last} of {history.Acknowledged}");
        Assert.True(log.Recovered.HardState.Term >= history.State.Term, at);
        var entries = log.Read(new IndexRange(log.First, log.Last.Index), int.MaxValue);
        Assert.Equal(log.Last.Index - log.Recovered.Compacted.Index, entries.Count);
        return new Found(log.Last, snapshot, log.Recovered.HardState, before != EntryId.Zero && before != log.Last);
    }

    /// <summary>What the log ends with if it hears only of an older snapshot, or of none; zero when it does not open with that.</summary>
    private static EntryId LastWithout(CrashDisk disk, EntryId newest)
    {
        var older = disk.List(SnapshotSamples.Directory).Select(SnapshotFormat.IdIn).FirstOrDefault(id => id is not null && id != newest);
        try
        {
            using var log = WriteAheadLog.Open(
                disk, LogSamples.Directory, Options, older is { } id ? Meta(id.Index.Value, id.Term.Value) : null);
            return log.Last;
        }
        catch (InvalidDataException)
        {
            return EntryId.Zero;
        }
    }
}
