using System.Buffers.Binary;
using RaftKv.Core.Consensus;
using RaftKv.Core.Kv;

namespace RaftKv.Engine.Storage;

/// <summary>Reads one file in the format of a snapshot, see <see cref="SnapshotFormat"/>.</summary>
internal static class SnapshotFile
{
    /// <summary>Reads a file in the format of a snapshot, whatever its name is.</summary>
    /// <exception cref="FormatException">It is none, or damaged.</exception>
    public static (SnapshotMeta Meta, KvView View) Read(IDisk disk, string path, int pieceBytes = SnapshotStore.DefaultPieceBytes)
    {
        using var file = disk.Open(path);
        var meta = SnapshotFormat.ReadHead(file, out var stateOffset);
        var view = KvSnapshot.Read(StateOf(file, stateOffset, pieceBytes));
        return view.Applied == meta.Last.Index
            ? (meta, view)
            : throw new FormatException($"it holds the state up to {view.Applied} and says that it ends with {meta.Last}");
    }

    /// <summary>The bytes of the state in pieces, each valid until the next; at the end the checksum over all must be right.</summary>
    private static IEnumerable<ReadOnlyMemory<byte>> StateOf(IDiskFile file, int stateOffset, int pieceBytes)
    {
        var end = file.Length - SnapshotFormat.TrailerBytes;
        var buffer = new byte[pieceBytes];
        var crc = Crc32C.Beginning;
        for (long at = 0; at < end;)
        {
            var count = file.Read(at, buffer.AsSpan(0, (int)Math.Min(buffer.Length, end - at)));
            if (count == 0)
            {
                throw new FormatException("it became shorter while it was read");
            }

            crc = Crc32C.Continue(crc, buffer.AsSpan(0, count));
            var skipped = (int)Math.Clamp(stateOffset - at, 0, count);
            at += count;
            yield return buffer.AsMemory(skipped, count - skipped);
        }

        var trailer = new byte[SnapshotFormat.TrailerBytes];
        if (end < stateOffset || file.Read(end, trailer) < trailer.Length
            || BinaryPrimitives.ReadUInt32LittleEndian(trailer) != Crc32C.End(crc))
        {
            throw new FormatException("it does not match its checksum");
        }
    }
}
