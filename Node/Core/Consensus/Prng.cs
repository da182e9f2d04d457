namespace RaftKv.Core.Consensus;

/// <summary>
/// The core's only source of chance: a small generator whose whole state comes from a seed, so that a run can be
/// repeated exactly. It draws timeouts and spreads load; nothing secret may depend on it.
/// </summary>
public sealed class Prng(ulong seed)
{
    private ulong _state = seed;

    /// <summary>The next 64 bits.</summary>
    public ulong Next()
    {
        _state = unchecked(_state + 0x9E3779B97F4A7C15UL);
        return Mix(_state);
    }

    /// <summary>A uniform draw from a closed range. The modulo's bias is far below a microsecond's worth.</summary>
    public long Between(long lowest, long highest) => lowest + (long)(Next() % (ulong)(highest - lowest + 1));

    /// <summary>A uniform draw between two durations with microsecond resolution, so that two servers rarely collide.</summary>
    public TimeSpan Between(TimeSpan lowest, TimeSpan highest) =>
        TimeSpan.FromMicroseconds(Between(
            lowest.Ticks / TimeSpan.TicksPerMicrosecond, highest.Ticks / TimeSpan.TicksPerMicrosecond));

    /// <summary>Writes the whole state.</summary>
    internal void WriteState(CanonicalWriter to) => to.Number((long)_state);

    /// <summary>Spreads the bits of a number: equal numbers give equal results on every machine.</summary>
    public static ulong Mix(ulong value)
    {
        unchecked
        {
            value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9UL;
            value = (value ^ (value >> 27)) * 0x94D049BB133111EBUL;
            return value ^ (value >> 31);
        }
    }
}
