using RaftKv.Core.Consensus;
using RaftKv.Core.Kv;
using RaftKv.Engine.Storage;
using RaftKv.Tests.Core;
using static RaftKv.Tests.Storage.LogSamples;

namespace RaftKv.Tests.Storage;

/// <summary>
/// The power goes between every two steps of logging, taking snapshots and dropping the log's head. What is applied
/// after the start, to the state that the snapshot holds, applies every entry once: row P8 of the table of edge cases.
/// </summary>
public sealed class ApplyCrashPointTests
{
    private const int LastIndex = 30;

    [Fact]
    public void Crash_BetweenAnyTwoSteps_EveryEntryIsAppliedOnce_P8()
    {
        var replayed = new HashSet<long>();
        for (var point = 0; ; point++)
        {
            var disk = new CrashDisk { CrashAt = point };
            var finished = Run(disk, out var acknowledged);
            for (var seed = 0; seed < 4; seed++)
            {
                var store = Recover(disk.AfterCrash(seed), out var restoredTo);
                replayed.Add(store.Applied.Value - restoredTo.Value);
                Assert.True(store.Applied.Value >= acknowledged, $"Point {point}, seed {seed}: {store.Applied} of {acknowledged}.");

                // Every entry writes the same key, so that its version counts what was applied.
                Assert.Equal(store.Applied.Value, store.View.Get(KvStoreTests.B("k"))?.Version ?? 0);
                Assert.Equal(StateAt(store.Applied.Value).StateHash, store.View.StateHash);
            }

            if (finished)
            {
                break;
            }
        }

        Assert.True(replayed.Count > 5, $"After the snapshot there were only {string.Join(", ", replayed)} entries.");
    }

    /// <returns>Whether the power stayed on.</returns>
    private static bool Run(CrashDisk disk, out long acknowledged)
    {
        acknowledged = 0;
        try
        {
            using var snapshots = SnapshotStore.Open(disk, SnapshotSamples.Directory);
            using var log = Open(disk);
            var store = new KvStore();
            for (var index = 1L; index <= LastIndex; index++)
            {
                log.Commit(Save(index, index == 1 ? State(1, 1) : null, null, Put(index)));
                acknowledged = index;
                store.Apply(Put(index));
                if (index % 8 == 0)
                {
                    Take(snapshots, store.View);
                    log.Commit(Save(LastIndex + index) with { CompactTo = new LogIndex(index - 3) });
                }
            }

            return true;
        }
        catch (PowerLossException)
        {
            return false;
        }
    }

    private static void Take(SnapshotStore snapshots, KvView view)
    {
        using var writer = new SnapshotWriter(snapshots, SnapshotSamples.Meta(view.Applied.Value, 1), view);
        while (writer.WriteMore())
        {
        }

        writer.Finish();
    }

    /// <summary>What a server does at its start: the snapshot's state, and then the log from where the log says that it goes on.</summary>
    private static KvStore Recover(CrashDisk disk, out LogIndex restoredTo)
    {
        using var snapshots = SnapshotStore.Open(disk, SnapshotSamples.Directory);
        var newest = snapshots.LoadNewest();
        using var log = WriteAheadLog.Open(disk, LogSamples.Directory, Options, newest?.Meta);
        var store = new KvStore();
        if (newest is { } snapshot)
        {
            store.Restore(snapshot.View);
        }

        restoredTo = store.Applied;
        foreach (var entry in log.Recovered.Applied < log.Last.Index
            ? log.Read(new IndexRange(log.Recovered.Applied.Next, log.Last.Index), int.MaxValue)
            : [])
        {
            store.Apply(entry);
        }

        return store;
    }

    private static KvView StateAt(long index)
    {
        var store = new KvStore();
        for (var i = 1L; i <= index; i++)
        {
            store.Apply(Put(i));
        }

        return store.View;
    }

    private static LogEntry Put(long index) =>
        new(SnapshotSamples.At(index, 1), EntryKind.Command, CommandCodec.Encode(KvStoreTests.Put("k", $"{index}".PadRight(300, '.'))));
}
