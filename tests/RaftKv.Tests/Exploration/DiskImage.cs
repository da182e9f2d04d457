using System.Buffers.Binary;
using System.IO.Hashing;
using RaftKv.Core.Consensus;

namespace RaftKv.Tests.Exploration;

/// <summary>What a crash leaves of a server. Never changed: a save makes another one.</summary>
internal sealed record DiskImage(HardState HardState, EntryId Compacted, LogEntry[] Entries, SnapshotMeta? Snapshot)
{
    public static DiskImage Empty { get; } = new(default, EntryId.Zero, [], null);

    public bool Holds(EntryId id) =>
        id.Index <= Compacted.Index || (Entries.Length >= id.Index - Compacted.Index && Entries[(int)(id.Index - Compacted.Index) - 1].Id == id);

    /// <summary>This disk after a save: hard state, then truncation or reset, then entries, and last what may be forgotten.</summary>
    public DiskImage After(Save save)
    {
        var (compacted, entries) = (Compacted, Entries.AsEnumerable());
        if (save.TruncateFrom is { } from)
        {
            entries = entries.Where(e => e.Id.Index < from);
        }

        if (save.ResetTo is { } reset)
        {
            (compacted, entries) = (reset, []);
        }

        var kept = entries.Concat(save.Entries).ToArray();
        if (save.CompactTo is { } to && kept.FirstOrDefault(e => e.Id.Index == to) is { Id.Index.Value: > 0 } last)
        {
            (compacted, kept) = (last.Id, [.. kept.Where(e => e.Id.Index > to)]);
        }

        return new DiskImage(save.HardState ?? HardState, compacted, kept, Snapshot);
    }

    /// <summary>This disk with a snapshot that became durable.</summary>
    public DiskImage With(SnapshotMeta snapshot) =>
        Snapshot is { } newer && newer.Last.Index >= snapshot.Last.Index ? this : this with { Snapshot = snapshot };

    /// <summary>What a server finds when it starts.</summary>
    public (DiskImage Disk, RecoveredState State) Recover(bool isRestart)
    {
        // The crash may have come between the snapshot and the save that puts it in the log's place.
        var disk = Snapshot is { } snapshot && snapshot.Last != Compacted && !Entries.Any(e => e.Id == snapshot.Last)
            ? this with { Compacted = snapshot.Last, Entries = [] }
            : this;
        return (disk, new RecoveredState
        {
            HardState = disk.HardState,
            Compacted = disk.Compacted,
            Snapshot = disk.Snapshot,
            Applied = disk.Snapshot?.Last.Index ?? LogIndex.Zero,
            Entries = [.. disk.Entries.Select(e => new EntryMeta(e.Id.Term, e.SizeBytes))],
            Configurations = [.. disk.Entries.Where(e => e.Kind == EntryKind.Configuration)
                .Select(e => new PlacedConfiguration(e.Id.Index, ConfigurationCodec.Decode(e.Payload.Span)))],
            IsRestart = isRestart,
        });
    }

    public void WriteState(CanonicalWriter to)
    {
        to.Term(HardState.Term);
        to.Server(HardState.VotedFor);
        to.Entry(Compacted);
        to.InOrder(Entries, e => WriteEntry(to, e));
        to.Snapshot(Snapshot);
    }

    public static void WriteEntry(CanonicalWriter to, LogEntry entry)
    {
        to.Entry(entry.Id);
        to.Number((int)entry.Kind);
        if (entry.Kind == EntryKind.Configuration)
        {
            to.Members(ConfigurationCodec.Decode(entry.Payload.Span));
        }
        else
        {
            to.Bytes(entry.Payload.Span);
        }
    }

    /// <summary>The bytes of a command that stands for a number.</summary>
    public static ReadOnlyMemory<byte> PayloadOf(int number, int length)
    {
        var bytes = new byte[length];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, number);
        return bytes;
    }

    /// <summary>An entry's content as a number: a proposal's own, zero for a leader's first entry.</summary>
    public static int ValueOf(LogEntry entry) => entry.Kind switch
    {
        EntryKind.Command => BinaryPrimitives.ReadInt32LittleEndian(entry.Payload.Span),
        EntryKind.NoOp => 0,
        _ => (int)(XxHash32.HashToUInt32(entry.Payload.Span) | 0x8000_0000),
    };
}

/// <summary>One save on its way to the disk.</summary>
internal sealed record Save(
    long Id, HardState? HardState, LogIndex? TruncateFrom, EntryId? ResetTo, LogEntry[] Entries, LogIndex? CompactTo) : IShared;
