using System.Buffers.Binary;
using System.Numerics;
using RaftKv.Core.Consensus;

namespace RaftKv.Engine.Storage;

/// <summary>What a record of the log says. Written to disk: the numbers may only grow.</summary>
internal enum RecordKind : byte
{
    /// <summary>Term and vote from here on.</summary>
    HardState = 1,

    /// <summary>All entries from an index on are gone.</summary>
    Truncate = 2,

    /// <summary>One entry, next after the last one.</summary>
    Entry = 3,

    /// <summary>All entries are gone; the log goes on after the one that is named, with which a durable snapshot ends.</summary>
    Reset = 4,
}

/// <summary>
/// The bytes of the log. All numbers are little endian.
/// <code>
/// segment file "0000000000000001.wal", preallocated with zeros:
///   +----------------+---------+---------+-----+-----------------------+
///   | header (72)    | frame 1 | frame 2 | ... | zeros up to the end   |
///   +----------------+---------+---------+-----+-----------------------+
///
/// segment header:
///    0  8  magic "RAFTKVWL"
///    8  4  version of the format: 1
///   12  4  CRC-32C of bytes 16 to 71
///   16  8  number of the segment, the same as in its name, from 1 and without gaps
///   24  8  salt: random for each data directory
///   32  8  number of the first frame in this segment
///   40  8  term at the start of this segment           (the hard state, repeated)
///   48  8  vote at the start of this segment, 0 for none
///   56  8  term of the last entry before this segment  (0 when there is none)
///   64  8  index of the last entry before this segment (0 when there is none)
///
/// frame, beginning at a multiple of 8; one for each batch, flushed before the next one is written:
///    0  4  length in bytes of all its records
///    4  4  CRC-32C of (salt XOR length) as 8 bytes, then of byte 8 up to the end of the records
///    8  8  number of the frame, from 1 and without gaps over all segments
///   16     records, one after the other, then zeros up to a multiple of 8
///
/// record:
///    0  1  kind: 1 hard state, 2 truncate, 3 entry, 4 reset
///    1  1  kind of the entry: 0 no-op, 1 command, 2 configuration; 0 in other records
///    2  2  zero
///    4  4  length in bytes of the payload; 0 in other records than entries
///    8  8  term of the hard state or of the entry, or of the entry that a reset names; 0 in truncate records
///   16  8  vote of the hard state, or index of the entry, or first index that is gone, or index that a reset names
///   24     payload
/// </code>
/// The salt makes sure that a client's value, which may hold any bytes, never passes for a frame.
/// </summary>
internal static class LogFormat
{
    public const int Version = 1;
    public const int SegmentHeaderBytes = 72;
    public const int FrameHeaderBytes = 16;
    public const int RecordHeaderBytes = 24;
    public const int FrameAlignment = 8;
    public const string Extension = ".wal";
    public const string UnfinishedExtension = ".wal.new";

    /// <summary>The first eight bytes of a segment.</summary>
    public static ReadOnlySpan<byte> Magic => "RAFTKVWL"u8;

    /// <summary>A segment's file name.</summary>
    public static string NameOf(long segment) => $"{segment:D16}{Extension}";

    /// <summary>The number in a segment's file name, or null when the file is something else.</summary>
    public static long? NumberIn(string name) =>
        name.Length == 16 + Extension.Length && name.EndsWith(Extension, StringComparison.Ordinal)
        && long.TryParse(name.AsSpan(0, 16), out var number) ? number : null;

    /// <summary>What a frame takes on disk, its padding included.</summary>
    public static long Padded(long bytes) => (bytes + FrameAlignment - 1) & ~(FrameAlignment - 1L);

    /// <summary>Writes a record's header.</summary>
    public static void WriteRecord(
        Span<byte> target, RecordKind kind, EntryKind entryKind, int payloadBytes, long term, long value)
    {
        target[0] = (byte)kind;
        target[1] = (byte)entryKind;
        target[2] = 0;
        target[3] = 0;
        BinaryPrimitives.WriteInt32LittleEndian(target[4..], payloadBytes);
        BinaryPrimitives.WriteInt64LittleEndian(target[8..], term);
        BinaryPrimitives.WriteInt64LittleEndian(target[16..], value);
    }

    /// <summary>Completes a frame whose records are in place.</summary>
    public static void SealFrame(Span<byte> frame, long number, ulong salt)
    {
        BinaryPrimitives.WriteInt32LittleEndian(frame, frame.Length - FrameHeaderBytes);
        BinaryPrimitives.WriteInt64LittleEndian(frame[8..], number);
        BinaryPrimitives.WriteUInt32LittleEndian(frame[4..], ChecksumOf(frame, salt));
    }

    /// <summary>Whether a whole frame begins here.</summary>
    /// <param name="bytes">From the frame's first byte to the end of the segment.</param>
    /// <param name="salt">The log's salt.</param>
    /// <param name="number">The frame's number, when there is one.</param>
    /// <param name="length">Its length without padding, when there is one.</param>
    public static bool TryReadFrame(ReadOnlySpan<byte> bytes, ulong salt, out long number, out int length)
    {
        var isThere = TryReadFrameHeader(bytes, out var header)
            && header.Checksum == ChecksumOf(bytes[..header.Length], salt)
            && IsPadded(bytes, header.Length);
        (number, length) = isThere ? (header.Number, header.Length) : default;
        return isThere;
    }

    /// <summary>What the beginning of a frame says, if it can be one: whether it is whole only its checksum tells.</summary>
    public static bool TryReadFrameHeader(ReadOnlySpan<byte> bytes, out FrameHeader header)
    {
        header = default;
        if (bytes.Length < FrameHeaderBytes + RecordHeaderBytes)
        {
            return false;
        }

        var records = BinaryPrimitives.ReadInt32LittleEndian(bytes);
        if (records < RecordHeaderBytes || records > bytes.Length - FrameHeaderBytes)
        {
            return false;
        }

        header = new FrameHeader(
            FrameHeaderBytes + records, BinaryPrimitives.ReadUInt32LittleEndian(bytes[4..]), BinaryPrimitives.ReadInt64LittleEndian(bytes[8..]));
        return true;
    }

    /// <summary>Whether zeros follow a frame up to where the next one can begin.</summary>
    public static bool IsPadded(ReadOnlySpan<byte> bytes, int length) =>
        !bytes[length..(int)Math.Min(bytes.Length, Padded(length))].ContainsAnyExcept((byte)0);

    /// <summary>Reads a record's header.</summary>
    public static RecordHeader ReadRecord(ReadOnlySpan<byte> bytes) => new(
        (RecordKind)bytes[0],
        (EntryKind)bytes[1],
        BinaryPrimitives.ReadInt32LittleEndian(bytes[4..]),
        BinaryPrimitives.ReadInt64LittleEndian(bytes[8..]),
        BinaryPrimitives.ReadInt64LittleEndian(bytes[16..]));

    /// <summary>The checksum covers the length and the number too: a frame in the wrong place is a bad frame.</summary>
    private static uint ChecksumOf(ReadOnlySpan<byte> frame, ulong salt) =>
        Crc32C.End(Crc32C.Continue(ChecksumBeginning(frame, salt), frame[8..]));

    /// <summary>The state of a frame's checksum before its bytes from the number on.</summary>
    public static uint ChecksumBeginning(ReadOnlySpan<byte> frame, ulong salt) =>
        BitOperations.Crc32C(Crc32C.Beginning, salt ^ BinaryPrimitives.ReadUInt32LittleEndian(frame));
}

/// <summary>What the beginning of a frame says.</summary>
/// <param name="Length">Its length without padding.</param>
/// <param name="Checksum">Its checksum.</param>
/// <param name="Number">Its number.</param>
internal readonly record struct FrameHeader(int Length, uint Checksum, long Number);

/// <summary>A record without its payload.</summary>
internal readonly record struct RecordHeader(RecordKind Kind, EntryKind EntryKind, int PayloadBytes, long Term, long Value);
