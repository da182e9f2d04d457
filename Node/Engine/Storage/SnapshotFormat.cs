using System.Buffers.Binary;
using System.Globalization;
using RaftKv.Core.Consensus;

namespace RaftKv.Engine.Storage;

/// <summary>
/// The bytes of a snapshot file, on disk and on the wire. All numbers are little endian.
/// <code>
/// file "0000000000004711-0000000000000008.snap": index, then term of the last entry
///    0  8  magic "RAFTKVSN"
///    8  4  version of the format: 1
///   12  4  length in bytes of the configuration
///   16  8  term of the last entry that the snapshot replaces
///   24  8  index of that entry
///   32  8  index of the configuration, 0 for the one the cluster started with
///   40     configuration, as ConfigurationCodec writes it
///          state, as KvSnapshot writes it
///   -4  4  CRC-32C of everything before
/// </code>
/// Written beside as ".snap.new" (or ".snap.part" while it is received), flushed, and only then given its name. Equal
/// states at equal entries give equal files, so a transfer may go on from another leader.
/// </summary>
internal static class SnapshotFormat
{
    public const int Version = 1;
    public const int HeadBytes = 40;
    public const int TrailerBytes = 4;
    public const string Extension = ".snap";
    public const string UnfinishedExtension = ".snap.new";
    public const string PartialExtension = ".snap.part";

    /// <summary>More than any configuration takes: a length beyond it is damage.</summary>
    private const int MaxConfigurationBytes = 1024 * 1024;

    public static ReadOnlySpan<byte> Magic => "RAFTKVSN"u8;

    /// <summary>A snapshot's file name.</summary>
    public static string NameOf(EntryId last) => $"{last.Index.Value:D16}-{last.Term.Value:D16}{Extension}";

    /// <summary>The entry in a snapshot's file name, or null when the file is something else.</summary>
    public static EntryId? IdIn(string name) =>
        name.Length == 33 + Extension.Length && name[16] == '-' && name.EndsWith(Extension, StringComparison.Ordinal)
        && long.TryParse(name.AsSpan(0, 16), NumberStyles.None, CultureInfo.InvariantCulture, out var index)
        && long.TryParse(name.AsSpan(17, 16), NumberStyles.None, CultureInfo.InvariantCulture, out var term)
            ? new EntryId(new Term(term), new LogIndex(index))
            : null;

    /// <summary>What comes before the state.</summary>
    public static byte[] Head(SnapshotMeta meta)
    {
        var configuration = ConfigurationCodec.Encode(meta.Configuration);
        var head = new byte[HeadBytes + configuration.Length];
        Magic.CopyTo(head);
        BinaryPrimitives.WriteInt32LittleEndian(head.AsSpan(8), Version);
        BinaryPrimitives.WriteInt32LittleEndian(head.AsSpan(12), configuration.Length);
        BinaryPrimitives.WriteInt64LittleEndian(head.AsSpan(16), meta.Last.Term.Value);
        BinaryPrimitives.WriteInt64LittleEndian(head.AsSpan(24), meta.Last.Index.Value);
        BinaryPrimitives.WriteInt64LittleEndian(head.AsSpan(32), meta.ConfigurationIndex.Value);
        configuration.CopyTo(head.AsSpan(HeadBytes));
        return head;
    }

    /// <summary>Reads what comes before the state.</summary>
    /// <param name="file">The file.</param>
    /// <param name="stateOffset">Where the state begins.</param>
    /// <exception cref="FormatException">It is no snapshot of a known version.</exception>
    public static SnapshotMeta ReadHead(IDiskFile file, out int stateOffset)
    {
        Span<byte> head = stackalloc byte[HeadBytes];
        if (file.Read(0, head) < HeadBytes || !head[..8].SequenceEqual(Magic))
        {
            throw new FormatException("it does not begin as a snapshot");
        }

        var version = BinaryPrimitives.ReadInt32LittleEndian(head[8..]);
        if (version != Version)
        {
            throw new FormatException($"it has format {version}, and this program reads format {Version}");
        }

        var length = BinaryPrimitives.ReadInt32LittleEndian(head[12..]);
        if (length is < 0 or > MaxConfigurationBytes)
        {
            throw new FormatException($"it says that its configuration takes {length} bytes");
        }

        var configuration = new byte[length];
        if (file.Read(HeadBytes, configuration) < length)
        {
            throw new FormatException("it ends inside its configuration");
        }

        stateOffset = HeadBytes + length;
        var last = new EntryId(
            new Term(BinaryPrimitives.ReadInt64LittleEndian(head[16..])), new LogIndex(BinaryPrimitives.ReadInt64LittleEndian(head[24..])));
        return new SnapshotMeta(
            last, new LogIndex(BinaryPrimitives.ReadInt64LittleEndian(head[32..])), ConfigurationCodec.Decode(configuration));
    }
}
