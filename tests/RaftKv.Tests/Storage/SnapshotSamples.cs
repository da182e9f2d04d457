using RaftKv.Core.Consensus;
using RaftKv.Core.Kv;
using RaftKv.Engine.Storage;
using RaftKv.Tests.Core;

namespace RaftKv.Tests.Storage;

/// <summary>Short ways to make states and snapshots of them.</summary>
internal static class SnapshotSamples
{
    public const string Directory = "/data/snapshots";

    public static readonly Configuration Cluster = new(
        [new Member(new NodeId(1), "a:1", true), new Member(new NodeId(2), "b:2", true), new Member(new NodeId(4), "d:4", false)], new NodeId(5));

    public static EntryId At(long index, long term) => TestServer.At(index, term);

    public static SnapshotMeta Meta(long index, long term) => new(At(index, term), new LogIndex(1), Cluster);

    /// <summary>The state after so many entries, each of which puts a key of its own.</summary>
    public static KvView StateAt(long index, int valueBytes = 20)
    {
        var store = new KvStore();
        for (var i = 1; i <= index; i++)
        {
            store.Apply(EntryAt(i, valueBytes));
        }

        return store.View;
    }

    /// <summary>The entries of which that state is made.</summary>
    public static LogEntry EntryAt(int index) => EntryAt(index, valueBytes: 20);

    private static LogEntry EntryAt(int index, int valueBytes)
    {
        var command = index == 1
            ? new Command { Kind = CommandKind.OpenSession }
            : new Command
            {
                Kind = CommandKind.Put,
                Key = System.Text.Encoding.ASCII.GetBytes($"key{index:D6}"),
                Value = new byte[valueBytes],
                SessionId = 1,
                Sequence = index,
            };
        return new LogEntry(At(index, 1), EntryKind.Command, CommandCodec.Encode(command));
    }

    /// <summary>Takes a snapshot and makes it durable.</summary>
    public static void Take(this SnapshotStore store, long index, long term, int valueBytes = 20)
    {
        using var writer = new SnapshotWriter(store, Meta(index, term), StateAt(index, valueBytes));
        while (writer.WriteMore())
        {
        }

        writer.Finish();
    }

    /// <summary>All bytes of a snapshot.</summary>
    public static byte[] Bytes(this SnapshotStore store, EntryId last) => store.ReadPart(last, 0, int.MaxValue, out _).ToArray();

    /// <summary>The parts in which bytes are sent.</summary>
    public static SnapshotChunk[] Chunks(SnapshotMeta meta, byte[] bytes, int chunkBytes) =>
        [.. Enumerable.Range(0, (bytes.Length + chunkBytes - 1) / chunkBytes).Select(i => new SnapshotChunk(
            new NodeId(2), new NodeId(1), meta.Last.Term, meta, (long)i * chunkBytes,
            bytes.AsMemory(i * chunkBytes, Math.Min(chunkBytes, bytes.Length - (i * chunkBytes))), bytes.Length))];

    /// <summary>The bytes of a snapshot that another server took.</summary>
    public static byte[] Foreign(long index, long term, int valueBytes = 20)
    {
        using var store = SnapshotStore.Open(new CrashDisk(), Directory);
        store.Take(index, term, valueBytes);
        return store.Bytes(At(index, term));
    }
}
