using System.Collections.Concurrent;
using RaftKv.Core.Consensus;
using RaftKv.Core.Kv;
using RaftKv.Engine.Storage;
using RaftKv.Tests.Core;
using static RaftKv.Tests.Storage.LogSamples;

namespace RaftKv.Tests.Storage;

/// <summary>
/// What a server does to its disk in some hundred steps: it appends, votes, truncates, begins new segments, takes and
/// receives snapshots, drops the log's head and begins it again. Knows at each moment what was acknowledged and what may
/// have become of the step under way.
/// </summary>
/// <param name="root">The data directory.</param>
internal sealed class StorageWorkload(string root)
{
    private const int ValueBytes = 500;

    /// <summary>Made once: the workload is run from its beginning for every point.</summary>
    private static readonly ConcurrentDictionary<(long Index, long Term), LogEntry> Puts = new();
    private static readonly ConcurrentDictionary<EntryId, SnapshotChunk[]> Foreign = new();

    private readonly List<LogEntry> _entries = [];
    private (HardState State, LogEntry[] Entries) _acknowledged = (default, []);
    private (HardState State, LogEntry[] Entries) _pending = (default, []);
    private HardState _hardState;
    private long _saveId;

    /// <summary>What must be there after a crash, if nothing is under way.</summary>
    public string Acknowledged => Describe(_acknowledged.State, _acknowledged.Entries);

    /// <summary>What may be there instead.</summary>
    public string Pending => Describe(_pending.State, _pending.Entries);

    /// <summary>What a recovery finds: term, vote, the last entry, and the state that snapshot and log make together.</summary>
    /// <exception cref="InvalidDataException">It does not open.</exception>
    public static string Recover(IDisk disk, string root)
    {
        using var snapshots = SnapshotStore.Open(disk, SnapshotPath(root));
        var newest = snapshots.LoadNewest();
        using var log = WriteAheadLog.Open(disk, LogPath(root), Options, newest?.Meta);
        var store = new KvStore();
        if (newest is { } snapshot)
        {
            store.Restore(snapshot.View);
        }

        foreach (var entry in Read(log, store.Applied.Next))
        {
            store.Apply(entry);
        }

        // What lies before the snapshot's end is still sent to servers that are a little behind: it can be read as well.
        var held = Read(log, log.First);
        Assert.Equal(log.Last.Index - log.Recovered.Compacted.Index, held.Count);
        Assert.All(held, entry => Assert.Equal(Put(entry.Id.Index.Value, entry.Id.Term.Value).Payload.ToArray(), entry.Payload.ToArray()));
        return Describe(log.Recovered.HardState, log.Last, store.View);
    }

    /// <summary>Does all of it, until the disk throws.</summary>
    public void Run(IDisk disk)
    {
        using var snapshots = SnapshotStore.Open(disk, SnapshotPath(root));
        using var log = WriteAheadLog.Open(disk, LogPath(root), Options);
        Save(log, 0, new HardState(new Term(1), new NodeId(1)));
        Save(log, 12);
        for (var term = 2; term <= 5; term++)
        {
            // A new leader's entries take the place of the last ones, and a whole batch of several saves goes at once.
            Save(log, 0, new HardState(new Term(term), new NodeId(term % 3)));
            Save(log, 2, truncate: 2);
            log.Commit(Next(1), Next(2), Next(1, new HardState(new Term(term), new NodeId(1))));
            Acknowledge();
            Save(log, 5);
            Take(snapshots, _entries.Count - 3);
            Compact(log, _entries.Count - 8);
            Save(log, 4);
            if (term % 2 == 1)
            {
                Install(snapshots, log, _entries.Count + 5, term);
                Save(log, 6);
                Install(snapshots, log, _entries.Count - 2, term + 1);
                Save(log, 3);
            }
        }

        Take(snapshots, _entries.Count);
        Compact(log, _entries.Count);
        Save(log, 8);
    }

    private static string LogPath(string root) => Path.Combine(root, "log");

    private static string SnapshotPath(string root) => Path.Combine(root, "snapshots");

    private static IReadOnlyList<LogEntry> Read(WriteAheadLog log, LogIndex from) =>
        from <= log.Last.Index ? log.Read(new IndexRange(from, log.Last.Index), int.MaxValue) : [];

    /// <summary>Several frames, one entry each; with none, a frame that holds term and vote alone.</summary>
    private void Save(WriteAheadLog log, int count, HardState? state = null, int truncate = 0)
    {
        for (var i = 0; i < Math.Max(1, count); i++)
        {
            log.Commit(Next(Math.Min(1, count), i == 0 ? state : null, i == 0 ? truncate : 0));
            Acknowledge();
        }
    }

    /// <summary>The next save, which is pending from here on.</summary>
    private Save Next(int count, HardState? state = null, int truncate = 0)
    {
        _hardState = state ?? _hardState;
        LogIndex? from = truncate == 0 ? null : new LogIndex(_entries.Count - truncate + 1);
        _entries.RemoveRange(_entries.Count - truncate, truncate);
        LogEntry[] added = [.. Enumerable.Range(_entries.Count + 1, count).Select(i => Put(i, _hardState.Term.Value))];
        _entries.AddRange(added);
        _pending = (_hardState, [.. _entries]);
        return new Save(++_saveId, state, from, added);
    }

    private void Acknowledge() => _acknowledged = _pending;

    private void Take(SnapshotStore snapshots, int index) => snapshots.Save(Meta(_entries[index - 1].Id), StateOf(_entries.Take(index)));

    private void Compact(WriteAheadLog log, int index) => log.Commit(new Save(++_saveId, null, null, []) { CompactTo = new LogIndex(index) });

    /// <summary>A leader's snapshot comes in parts and takes the log's place.</summary>
    private void Install(SnapshotStore snapshots, WriteAheadLog log, int index, int term)
    {
        LogEntry[] entries = [.. Enumerable.Range(1, index).Select(i => Put(i, term))];
        _entries.Clear();
        _entries.AddRange(entries);
        _pending = (_hardState, entries);
        var meta = Meta(entries[^1].Id);
        using (var receiver = new SnapshotReceiver(snapshots))
        {
            foreach (var chunk in Foreign.GetOrAdd(meta.Last, _ => ForeignSnapshot(meta, entries)))
            {
                receiver.Take(chunk);
            }

            receiver.Finish(meta);
        }

        Acknowledge();
        _hardState = new HardState(new Term(term), NodeId.None);
        _pending = (_hardState, entries);
        log.Commit(new Save(++_saveId, _hardState, null, []) { ResetTo = meta.Last });
        Acknowledge();
    }

    private static SnapshotChunk[] ForeignSnapshot(SnapshotMeta meta, LogEntry[] entries)
    {
        using var foreign = SnapshotStore.Open(new CrashDisk(), SnapshotSamples.Directory);
        foreign.Save(meta, StateOf(entries));
        return SnapshotSamples.Chunks(meta, foreign.Bytes(meta.Last), 2000);
    }

    private static SnapshotMeta Meta(EntryId last) => new(last, new LogIndex(1), SnapshotSamples.Cluster);

    /// <summary>The same for every server: its value tells index and term, so that a state tells of which entries it was made.</summary>
    private static LogEntry Put(long index, long term) => Puts.GetOrAdd((index, term), _ => new LogEntry(
        SnapshotSamples.At(index, term),
        EntryKind.Command,
        CommandCodec.Encode(KvStoreTests.Put($"key{index % 11}", $"{index}@{term}".PadRight(index % 13 == 0 ? 6000 : ValueBytes, '.')))));

    private static KvView StateOf(IEnumerable<LogEntry> entries)
    {
        var store = new KvStore();
        foreach (var entry in entries)
        {
            store.Apply(entry);
        }

        return store.View;
    }

    private static string Describe(HardState state, LogEntry[] entries) =>
        Describe(state, entries.Length == 0 ? EntryId.Zero : entries[^1].Id, StateOf(entries));

    private static string Describe(HardState state, EntryId last, KvView view) => $"{state}, last entry {last}, state {view.Applied} {view.StateHash:x}";
}
