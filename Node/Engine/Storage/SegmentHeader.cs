using System.Buffers.Binary;
using RaftKv.Core.Consensus;

namespace RaftKv.Engine.Storage;

/// <summary>
/// The head of a segment: where it stands in the log, and the hard state again, so that older segments can be dropped.
/// </summary>
/// <param name="Segment">Its number.</param>
/// <param name="Salt">The log's salt.</param>
/// <param name="FirstFrame">The number of its first frame.</param>
/// <param name="HardState">Term and vote at its start.</param>
/// <param name="Previous">The last entry before it.</param>
internal readonly record struct SegmentHeader(
    long Segment, ulong Salt, long FirstFrame, HardState HardState, EntryId Previous)
{
    /// <summary>The header's bytes.</summary>
    public byte[] ToBytes()
    {
        var bytes = new byte[LogFormat.SegmentHeaderBytes];
        LogFormat.Magic.CopyTo(bytes);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(8), LogFormat.Version);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(16), Segment);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(24), Salt);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(32), FirstFrame);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(40), HardState.Term.Value);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(48), HardState.VotedFor.Value);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(56), Previous.Term.Value);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(64), Previous.Index.Value);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(12), Crc32C.Compute(bytes.AsSpan(16)));
        return bytes;
    }

    /// <summary>Reads a header; says in words what is wrong when it cannot.</summary>
    public static bool TryRead(ReadOnlySpan<byte> bytes, out SegmentHeader header, out string fault)
    {
        header = default;
        fault = "";
        if (bytes.Length < LogFormat.SegmentHeaderBytes)
        {
            fault = $"the file holds {bytes.Length} bytes, which is less than a segment's header";
            return false;
        }

        if (!bytes[..8].SequenceEqual(LogFormat.Magic))
        {
            fault = "the file does not begin as a segment of a log";
            return false;
        }

        var version = BinaryPrimitives.ReadInt32LittleEndian(bytes[8..]);
        if (version != LogFormat.Version)
        {
            fault = $"the segment has format {version}, and this program reads format {LogFormat.Version}";
            return false;
        }

        if (BinaryPrimitives.ReadUInt32LittleEndian(bytes[12..]) != Crc32C.Compute(bytes[16..LogFormat.SegmentHeaderBytes]))
        {
            fault = "the segment's header does not match its checksum";
            return false;
        }

        header = new SegmentHeader(
            BinaryPrimitives.ReadInt64LittleEndian(bytes[16..]),
            BinaryPrimitives.ReadUInt64LittleEndian(bytes[24..]),
            BinaryPrimitives.ReadInt64LittleEndian(bytes[32..]),
            new HardState(
                new Term(BinaryPrimitives.ReadInt64LittleEndian(bytes[40..])),
                new NodeId((int)BinaryPrimitives.ReadInt64LittleEndian(bytes[48..]))),
            new EntryId(
                new Term(BinaryPrimitives.ReadInt64LittleEndian(bytes[56..])),
                new LogIndex(BinaryPrimitives.ReadInt64LittleEndian(bytes[64..]))));
        return true;
    }
}
