using System.Buffers.Binary;
using RaftKv.Core.Consensus;

namespace RaftKv.Engine.Storage;

/// <summary>
/// Reads a snapshot through, a piece at a time, to find out whether it is still what was written: disks change what no one
/// reads, and a damaged snapshot would be sent in vain, again and again.
/// </summary>
/// <param name="store">The files.</param>
/// <param name="last">Which snapshot.</param>
internal sealed class SnapshotCheck(SnapshotStore store, EntryId last)
{
    private readonly byte[] _piece = new byte[store.PieceBytes];
    private long _offset;
    private uint _crc = Crc32C.Beginning;

    /// <summary>What is wrong with the file, in words that name it; null as far as nothing is.</summary>
    public string? Fault { get; private set; }

    /// <summary>Reads one more piece.</summary>
    /// <returns>Whether there is more to read; otherwise <see cref="Fault"/> tells what came of it.</returns>
    public bool ReadMore()
    {
        if (store.FileOf(last) is not { } file)
        {
            return Ends("it is gone");
        }

        var end = file.Length - SnapshotFormat.TrailerBytes;
        var count = (int)Math.Clamp(end - _offset, 0, _piece.Length);
        if (count == 0)
        {
            return Ends(EndsWithItsChecksum(file, end) ? null : "it does not match its checksum");
        }

        if (file.Read(_offset, _piece.AsSpan(0, count)) < count)
        {
            return Ends("it became shorter while it was read");
        }

        _crc = Crc32C.Continue(_crc, _piece.AsSpan(0, count));
        _offset += count;
        return true;
    }

    /// <summary>The disk refused to read on.</summary>
    public void Fail(string refusal) => Ends($"it cannot be read: {refusal}");

    private bool EndsWithItsChecksum(IDiskFile file, long end)
    {
        Span<byte> trailer = stackalloc byte[SnapshotFormat.TrailerBytes];
        return end >= SnapshotFormat.HeadBytes && file.Read(end, trailer) == trailer.Length
            && BinaryPrimitives.ReadUInt32LittleEndian(trailer) == Crc32C.End(_crc);
    }

    private bool Ends(string? fault)
    {
        Fault = fault is null ? null : $"The snapshot {store.PathOf(last)} is damaged: {fault}.";
        return false;
    }
}
