using System.Buffers.Binary;
using System.Numerics;

namespace RaftKv.Engine.Storage;

/// <summary>
/// The Castagnoli checksum, which processors compute themselves. It finds every burst of damage up to 32 bits and
/// misses any other with a chance of one in four thousand million.
/// </summary>
internal static class Crc32C
{
    /// <summary>The checksum of some bytes.</summary>
    public static uint Compute(ReadOnlySpan<byte> bytes) => ~Continue(uint.MaxValue, bytes);

    /// <summary>The checksum of a salt (little endian) followed by some bytes.</summary>
    public static uint Compute(ulong salt, ReadOnlySpan<byte> bytes) =>
        ~Continue(BitOperations.Crc32C(uint.MaxValue, salt), bytes);

    /// <summary>What a checksum of bytes that come in parts begins with.</summary>
    public const uint Beginning = uint.MaxValue;

    /// <summary>The checksum of bytes that came in parts, each given to <see cref="Continue"/> with the result of the one before.</summary>
    public static uint End(uint crc) => ~crc;

    /// <summary>Takes in a part.</summary>
    public static uint Continue(uint crc, ReadOnlySpan<byte> bytes)
    {
        while (bytes.Length >= sizeof(ulong))
        {
            crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
            bytes = bytes[sizeof(ulong)..];
        }

        foreach (var b in bytes)
        {
            crc = BitOperations.Crc32C(crc, b);
        }

        return crc;
    }
}
