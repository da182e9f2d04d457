using System.Diagnostics;
using System.Runtime.InteropServices;
using RaftKv.Core.Consensus;
using RaftKv.Engine.Driver;

namespace RaftKv.Tests.Engine;

/// <summary>
/// A litmus test on this very processor: a wake that gets lost because a write and the read after it changed places can be
/// seen nowhere else, least of all by tools that run one thread at a time.
/// </summary>
public sealed class WakeSignalTests
{
    /// <summary>How long rounds are tried; only how many there are depends on it.</summary>
    private static readonly TimeSpan Effort = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Something is left while the sleeper works on what was left before, which sets the flag; and again just as it has done
    /// with that, clears the flag, and looks whether there is more. Without the barrier in Set the flag may read as set then,
    /// and what was left is not out yet: about one such moment in twenty loses a wake.
    /// </summary>
    [Fact]
    public void Set_WhileTheFlagIsBeingCleared_LosesNoWake_H13()
    {
        var box = new Box();
        var sleeper = new Thread(box.Sleep) { IsBackground = true };
        var leaver = new Thread(() => box.Leave(Effort, Patience.Limit)) { IsBackground = true };
        sleeper.Start();
        leaver.Start();
        leaver.Join();
        Assert.True(box.LostIn is null, $"In round {box.LostIn:N0} a wake was lost: the sleeper is {sleeper.ThreadState}, and what was left for it waits.");
        box.Stop();
        Assert.True(sleeper.Join(Patience.Limit), "The sleeper was not woken to end.");
    }

    /// <summary>A place for a number, and one who waits for it to change.</summary>
    private sealed class Box
    {
        private readonly WakeSignal _signal = new();
        private readonly Padded _left = new();
        private readonly Padded _begun = new();
        private readonly Padded _done = new();
        private volatile bool _stopping;

        /// <summary>The round in which a wake was lost, or null.</summary>
        public long? LostIn { get; private set; }

        public void Leave(TimeSpan effort, TimeSpan patience)
        {
            Processor.Choose(0);
            var random = new Random(1);
            var clock = Stopwatch.StartNew();
            for (var round = 1L; clock.Elapsed < effort; round++)
            {
                LeaveOne();
                var isSeen = IsSeen(_begun, patience);
                LeaveOne();
                isSeen = isSeen && IsSeen(_done, patience);
                Linger(random.Next(150));
                LeaveOne();
                if (!isSeen || !IsSeen(_done, patience))
                {
                    LostIn = round;
                    return;
                }
            }
        }

        public void Sleep()
        {
            Processor.Choose(1);
            while (!_stopping)
            {
                var left = Volatile.Read(ref _left.Value);
                if (left == _done.Value)
                {
                    _signal.WaitUntil(Instant.Never);
                    continue;
                }

                Volatile.Write(ref _begun.Value, left);
                Linger(1000);
                Volatile.Write(ref _done.Value, left);
            }
        }

        public void Stop()
        {
            _stopping = true;
            _signal.Set();
        }

        /// <summary>As a queue does that is not locked: the write that shows an entry is a plain one.</summary>
        private void LeaveOne()
        {
            Volatile.Write(ref _left.Value, _left.Value + 1);
            _signal.Set();
        }

        /// <summary>So many nanoseconds or about.</summary>
        private void Linger(int turns)
        {
            for (; turns > 0; turns--)
            {
                Volatile.Read(ref _left.Value);
            }
        }

        private bool IsSeen(Padded place, TimeSpan patience)
        {
            var since = Stopwatch.GetTimestamp();
            for (var spins = 0; Volatile.Read(ref place.Value) != _left.Value; spins++)
            {
                if (spins > 5000)
                {
                    Thread.Yield();
                    if (Stopwatch.GetElapsedTime(since) > patience)
                    {
                        return false;
                    }
                }
            }

            return true;
        }
    }

    /// <summary>A number with a cache line of its own, so that a write to it has to be fetched.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 192)]
    private sealed class Padded
    {
        [FieldOffset(64)]
        public long Value;
    }

    /// <summary>Two threads that are to meet must not share a processor, which is where a wake would bring them on a busy machine.</summary>
    private static class Processor
    {
        public static void Choose(int number)
        {
            if (OperatingSystem.IsLinux() && Environment.ProcessorCount > number)
            {
                // Where it is not allowed they meet less often, and that is all.
                var mask = 1UL << number;
                _ = SetAffinity(0, sizeof(ulong), ref mask);
            }
        }

        [DllImport("libc", EntryPoint = "sched_setaffinity")]
        [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
        private static extern int SetAffinity(int thread, nint size, ref ulong mask);
    }
}
