using System.Buffers.Binary;
using RaftKv.Core.Consensus;

namespace RaftKv.Core.Kv;

/// <summary>
/// Hashes pairs and sessions. The state's hash is the sum of its parts', so it can follow every change at the cost of
/// that change, and the order in which parts came does not matter. Equal on every machine: no culture, no per-process
/// seed. It detects divergence; it does not resist someone who forges it.
/// </summary>
internal static class StateHash
{
    /// <summary>The hash of one pair with its history.</summary>
    public static ulong Of(KeyValuePair pair)
    {
        var hash = Bytes(0x6B65792D76616C75UL, pair.Key.Span);
        hash = Bytes(hash, pair.Value.Span);
        hash = Number(hash, pair.CreateRevision);
        hash = Number(hash, pair.ModifyRevision);
        return Number(hash, pair.Version);
    }

    /// <summary>The hash of one remembered reply.</summary>
    public static ulong Of(long sequence, in Reply reply)
    {
        var hash = Number(0x7265706C79UL, sequence);
        hash = Number(hash, (long)reply.Status);
        hash = Number(hash, reply.Revision);
        hash = Number(hash, reply.CreateRevision);
        hash = Number(hash, reply.ModifyRevision);
        return Number(hash, reply.Version);
    }

    /// <summary>The hash of one session, its replies included.</summary>
    public static ulong Of(Session session)
    {
        var hash = Number(0x73657373696F6EUL, session.Id);
        hash = Number(hash, session.LastUsed);
        hash = Number(hash, session.AcknowledgedBelow);
        return Number(hash, unchecked((long)session.RepliesHash));
    }

    private static ulong Number(ulong hash, long number) => Prng.Mix(hash ^ unchecked((ulong)number * 0x9E3779B97F4A7C15UL));

    private static ulong Bytes(ulong hash, ReadOnlySpan<byte> bytes)
    {
        hash = Number(hash, bytes.Length);
        while (bytes.Length >= 8)
        {
            hash = Number(hash, BinaryPrimitives.ReadInt64LittleEndian(bytes));
            bytes = bytes[8..];
        }

        long rest = 0;
        for (var i = 0; i < bytes.Length; i++)
        {
            rest |= (long)bytes[i] << (8 * i);
        }

        return Number(hash, rest);
    }
}
