namespace RaftKv.Tests.Simulation;

/// <summary>
/// The one source of chance of a run: SplitMix64 with its own draws, so that a seed means the same run on every machine
/// and under every version of the runtime.
/// </summary>
internal sealed class Chance(ulong seed)
{
    private ulong _state = seed;

    public ulong Next()
    {
        unchecked
        {
            _state += 0x9E3779B97F4A7C15UL;
            var value = (_state ^ (_state >> 30)) * 0xBF58476D1CE4E5B9UL;
            value = (value ^ (value >> 27)) * 0x94D049BB133111EBUL;
            return value ^ (value >> 31);
        }
    }

    /// <summary>An even draw from 0 up to, and without, a limit.</summary>
    public int Below(int limit) => (int)(((Next() >> 32) * (ulong)limit) >> 32);

    /// <summary>An even draw from a closed range.</summary>
    public long Between(long lowest, long highest) =>
        highest <= lowest ? lowest : lowest + (long)(Next() % (ulong)(highest - lowest + 1));

    /// <summary>An even draw of a time.</summary>
    public TimeSpan Between(TimeSpan lowest, TimeSpan highest) =>
        TimeSpan.FromMicroseconds(Between(lowest.Ticks / TimeSpan.TicksPerMicrosecond, highest.Ticks / TimeSpan.TicksPerMicrosecond));

    /// <summary>An even draw of a time in milliseconds.</summary>
    public TimeSpan Milliseconds(int lowest, int highest) => TimeSpan.FromMicroseconds(Between(lowest * 1000L, highest * 1000L));

    public bool OneIn(int count) => Below(count) == 0;

    public T Pick<T>(IReadOnlyList<T> items) => items[Below(items.Count)];
}
