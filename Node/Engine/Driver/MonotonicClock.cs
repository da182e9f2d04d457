using System.Diagnostics;
using System.Runtime.InteropServices;
using RaftKv.Core.Consensus;

namespace RaftKv.Engine.Driver;

/// <summary>
/// The process' monotonic clock, which also counts while the machine sleeps: a lease must not outlive a laptop's sleep (L4).
/// The wall clock may jump by hours without any effect on consensus (L6).
/// </summary>
/// <remarks>
/// On Linux that is CLOCK_BOOTTIME and on macOS CLOCK_MONOTONIC_RAW, because what .NET reads there stands still during a
/// sleep; on Windows it does not. No clock of a virtual machine counts while the machine is paused from outside.
/// </remarks>
public static partial class MonotonicClock
{
    private static readonly (int Id, string Name)? Source = Find();
    private static readonly long Start = Read();

    /// <summary>Microseconds since this process first asked.</summary>
    public static Instant Now => new(Read() - Start);

    /// <summary>What is read, for anyone who diagnoses a machine.</summary>
    internal static string Name => Source?.Name ?? nameof(Stopwatch);

    /// <summary>The reading itself: on Linux the time since the machine started.</summary>
    internal static TimeSpan SinceBoot => TimeSpan.FromMicroseconds(Read());

    private static (int Id, string Name)? Find()
    {
        (int Id, string Name)? wanted = nint.Size != sizeof(long) ? null
            : OperatingSystem.IsLinux() ? (7, "CLOCK_BOOTTIME")
            : OperatingSystem.IsMacOS() ? (4, "CLOCK_MONOTONIC_RAW")
            : null;
        return wanted is { } clock && GetTime(clock.Id, out _) == 0 ? clock : null;
    }

    private static long Read()
    {
        if (Source is not { } source)
        {
            return Stopwatch.GetElapsedTime(0, Stopwatch.GetTimestamp()).Ticks / TimeSpan.TicksPerMicrosecond;
        }

        // It cannot fail for a clock that was read before.
        _ = GetTime(source.Id, out var time);
        return (time.Seconds * 1_000_000) + (time.Nanoseconds / 1000);
    }

    [StructLayout(LayoutKind.Sequential)]
    private readonly struct TimeOfClock
    {
        public readonly long Seconds;
        public readonly long Nanoseconds;
    }

    [LibraryImport("libc", EntryPoint = "clock_gettime")]
    [SuppressGCTransition]
    private static partial int GetTime(int clock, out TimeOfClock time);
}
