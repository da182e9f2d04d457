using System.Diagnostics;
using RaftKv.Core.Consensus;

namespace RaftKv.Engine.Driver;

/// <summary>
/// The process' monotonic clock. The wall clock may jump by hours without any effect on consensus (L6).
/// </summary>
public static class MonotonicClock
{
    private static readonly long Start = Stopwatch.GetTimestamp();

    /// <summary>Microseconds since this process first asked.</summary>
    public static Instant Now => new(Stopwatch.GetElapsedTime(Start).Ticks / TimeSpan.TicksPerMicrosecond);
}
