using System.Diagnostics;
using RaftKv.Core.Consensus;
using RaftKv.Engine.Driver;

namespace RaftKv.Tests.Engine;

/// <summary>
/// A litmus test on this very processor: a wake that gets lost because a write and the read after it changed places can be
/// seen nowhere else, least of all by tools that run one thread at a time.
/// </summary>
public sealed class WakeSignalTests
{
    /// <summary>A wake that is lost is lost for good: this long is far more than any machine takes to run a thread that is awake.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>How long rounds are tried; only how many there are depends on it.</summary>
    private static readonly TimeSpan Effort = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Something is left for the sleeper just while it clears the flag for what was left before, a moment after it has seen
    /// that. Without the barrier in Set the flag reads as set and what was left is not out yet.
    /// </summary>
    [Fact]
    public void Set_WhileTheFlagIsBeingCleared_LosesNoWake_H13()
    {
        var box = new Box();
        var sleeper = new Thread(box.Sleep) { IsBackground = true };
        sleeper.Start();
        var random = new Random(1);
        var clock = Stopwatch.StartNew();
        var rounds = 0L;
        for (; clock.Elapsed < Effort; rounds++)
        {
            box.Leave();
            Assert.True(box.IsAllSeen(), $"In round {rounds:N0} a wake was lost: the sleeper is {sleeper.ThreadState}, and what was left for it waits.");
            box.Linger(random.Next(200));
        }

        box.Stop();
        Assert.True(sleeper.Join(Patience), "The sleeper was not woken to end.");
    }

    /// <summary>A place for a number, and one who waits for it to change.</summary>
    private sealed class Box
    {
        private readonly WakeSignal _signal = new();
        private readonly Padded _left = new();
        private readonly Padded _seen = new();
        private readonly byte[] _cold = new byte[64 * 1024 * 1024];
        private uint _place = 1;
        private volatile bool _stopping;

        public void Leave()
        {
            // As a queue does that is not locked: it writes an entry, here to places that no cache holds, and shows it with
            // a plain write. A processor lets its writes out in order, so that one waits for those before it.
            for (var i = 0; i < 8; i++)
            {
                _place = (_place * 1664525) + 1013904223;
                _cold[_place % (uint)_cold.Length] = 1;
            }

            Volatile.Write(ref _left.Value, _left.Value + 1);
            _signal.Set();
        }

        /// <summary>So many nanoseconds or about, which a wait for a processor is too long for.</summary>
        public void Linger(int turns)
        {
            for (; turns > 0; turns--)
            {
                Volatile.Read(ref _left.Value);
            }
        }

        public void Stop()
        {
            _stopping = true;
            _signal.Set();
        }

        public void Sleep()
        {
            while (!_stopping)
            {
                var left = Volatile.Read(ref _left.Value);
                if (left != _seen.Value)
                {
                    // What is to be done with it takes longer than to set the flag: so that is set when this looks again.
                    Linger(1000);
                    Volatile.Write(ref _seen.Value, left);
                }
                else
                {
                    _signal.WaitUntil(Instant.Never);
                }
            }
        }

        public bool IsAllSeen()
        {
            var clock = Stopwatch.StartNew();
            for (var spins = 0; Volatile.Read(ref _seen.Value) != _left.Value; spins++)
            {
                if (spins < 2000)
                {
                    Thread.SpinWait(4);
                }
                else if (clock.Elapsed > Patience)
                {
                    return false;
                }
                else
                {
                    Thread.Sleep(0);
                }
            }

            return true;
        }
    }

    /// <summary>A number with a cache line of its own, so that a write to it has to be fetched.</summary>
    private sealed class Padded
    {
#pragma warning disable CS0169, IDE0051 // Room, and nothing else.
        private readonly long _a1, _a2, _a3, _a4, _a5, _a6, _a7, _a8;
#pragma warning restore CS0169, IDE0051

        public long Value;
    }
}
