using System.Buffers.Binary;
using System.Text;

namespace RaftKv.Core.Consensus;

/// <summary>
/// A configuration as bytes: the payload of an entry of kind <see cref="EntryKind.Configuration"/>, also used inside
/// snapshots. Written to disks and wires forever, so the first byte names the layout.
/// </summary>
/// <remarks>
/// Layout 2, little-endian: byte 2; highest id, 4 bytes; number of members, 4 bytes; for each member its id, 4 bytes;
/// 1 for a voter or 0 for a learner, 1 byte; the length of its address, 2 bytes; its incarnation, 8 bytes; the address in
/// UTF-8. Layout 1, which is read and no longer written, has no incarnations.
/// </remarks>
public static class ConfigurationCodec
{
    private const byte Layout = 2;
    private const byte LayoutWithoutIncarnations = 1;
    private const int HeadBytes = 9;
    private const int MemberBytes = 15;
    private const int MemberBytesWithoutIncarnation = 7;

    /// <summary>The longest address in UTF-8 bytes.</summary>
    public const int MaxAddressBytes = 1024;

    /// <summary>Writes a configuration.</summary>
    /// <exception cref="ArgumentException">An address is longer than <see cref="MaxAddressBytes"/>.</exception>
    public static byte[] Encode(Configuration configuration)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        var bytes = new byte[HeadBytes + configuration.Members.Sum(m => MemberBytes + Encoding.UTF8.GetByteCount(m.Address))];
        bytes[0] = Layout;
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(1), configuration.HighestId.Value);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(5), configuration.Members.Count);
        var at = HeadBytes;
        foreach (var member in configuration.Members)
        {
            var length = Encoding.UTF8.GetBytes(member.Address, bytes.AsSpan(at + MemberBytes));
            if (length > MaxAddressBytes)
            {
                throw new ArgumentException($"The address of {member.Id} takes {length} bytes: at most {MaxAddressBytes}.", nameof(configuration));
            }

            BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(at), member.Id.Value);
            bytes[at + 4] = member.IsVoter ? (byte)1 : (byte)0;
            BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(at + 5), (ushort)length);
            BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(at + 7), member.Incarnation);
            at += MemberBytes + length;
        }

        return bytes;
    }

    /// <summary>Reads a configuration that takes up all of the bytes.</summary>
    /// <exception cref="FormatException">The bytes are no configuration; the message says what is wrong.</exception>
    public static Configuration Decode(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < HeadBytes || bytes[0] is not (Layout or LayoutWithoutIncarnations))
        {
            throw new FormatException(bytes.Length < HeadBytes
                ? $"A configuration of {bytes.Length} bytes is cut off."
                : $"A configuration in layout {bytes[0]} is not known to this version, which reads layouts up to {Layout}.");
        }

        var memberBytes = bytes[0] == Layout ? MemberBytes : MemberBytesWithoutIncarnation;

        var highest = new NodeId(BinaryPrimitives.ReadInt32LittleEndian(bytes[1..]));
        var count = BinaryPrimitives.ReadInt32LittleEndian(bytes[5..]);
        var rest = bytes[HeadBytes..];
        if (count < 0 || count > rest.Length / memberBytes)
        {
            throw new FormatException($"A configuration of {bytes.Length} bytes cannot name {count} servers.");
        }

        var members = new List<Member>(count);
        for (var i = 0; i < count; i++)
        {
            members.Add(DecodeMember(ref rest, memberBytes));
        }

        try
        {
            return rest.IsEmpty
                ? new Configuration(members, highest)
                : throw new FormatException($"{rest.Length} bytes follow a configuration of {count} servers.");
        }
        catch (ArgumentException fault)
        {
            throw new FormatException(fault.Message, fault);
        }
    }

    private static Member DecodeMember(ref ReadOnlySpan<byte> rest, int memberBytes)
    {
        var length = rest.Length < memberBytes ? 0 : BinaryPrimitives.ReadUInt16LittleEndian(rest[5..]);
        if (rest.Length < memberBytes + length || rest[4] > 1)
        {
            throw new FormatException("A configuration is cut off inside a server, or the server is neither voter nor learner.");
        }

        var member = new Member(
            new NodeId(BinaryPrimitives.ReadInt32LittleEndian(rest)),
            Encoding.UTF8.GetString(rest.Slice(memberBytes, length)),
            rest[4] == 1,
            memberBytes == MemberBytes ? BinaryPrimitives.ReadUInt64LittleEndian(rest[7..]) : 0);
        rest = rest[(memberBytes + length)..];
        return member;
    }
}
