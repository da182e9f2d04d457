using System.Buffers.Binary;
using System.Numerics;

namespace RaftKv.Engine.Storage;

/// <summary>
/// The Castagnoli checksum, which processors compute themselves. It finds every burst of damage up to 32 bits and
/// misses any other with a chance of one in four thousand million.
/// </summary>
internal static class Crc32C
{
    /// <summary>The polynomial, its lowest bit for the highest power.</summary>
    private const uint Polynomial = 0x82F63B78;

    /// <summary>What so many zero bytes as a power of two do to a state: x to the power of 8 times 2^i.</summary>
    private static readonly uint[] Powers = MakePowers();

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

    /// <summary>
    /// The state after so many zero bytes, in a time that grows with the logarithm of their number. Because the checksum
    /// is linear, the state after any bytes is that, XOR the state after the same bytes when it began with zero.
    /// </summary>
    public static uint OverZeros(uint crc, int zeros)
    {
        for (var i = 0; zeros > 0; i++, zeros >>= 1)
        {
            crc = (zeros & 1) == 0 ? crc : Multiply(Powers[i], crc);
        }

        return crc;
    }

    private static uint[] MakePowers()
    {
        var powers = new uint[31];
        powers[0] = 1u << (31 - 8);
        for (var i = 1; i < powers.Length; i++)
        {
            powers[i] = Multiply(powers[i - 1], powers[i - 1]);
        }

        return powers;
    }

    /// <summary>The product of two polynomials, modulo the checksum's.</summary>
    private static uint Multiply(uint a, uint b)
    {
        var product = 0u;
        for (; a != 0; a <<= 1)
        {
            product ^= (a & 0x8000_0000) == 0 ? 0 : b;
            b = (b >> 1) ^ ((b & 1) == 0 ? 0 : Polynomial);
        }

        return product;
    }
}
