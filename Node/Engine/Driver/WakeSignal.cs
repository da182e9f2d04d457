using RaftKv.Core.Consensus;

namespace RaftKv.Engine.Driver;

/// <summary>Lets one thread sleep until a moment or until another thread has something for it. Set is cheap when it is set already.</summary>
internal sealed class WakeSignal
{
    private readonly object _monitor = new();
    private volatile bool _isSet;

    /// <summary>Wakes the sleeper, or keeps it from falling asleep.</summary>
    public void Set()
    {
        // What was left for the sleeper must be out before the flag is read. A processor may keep a write to itself and
        // read on: the flag could still be set from before, while the sleeper clears it, finds nothing, and falls asleep.
        Thread.MemoryBarrier();
        if (!_isSet)
        {
            lock (_monitor)
            {
                _isSet = true;
                Monitor.Pulse(_monitor);
            }
        }
    }

    /// <summary>Sleeps until set, or until a moment of the monotonic clock.</summary>
    public void WaitUntil(Instant deadline)
    {
        lock (_monitor)
        {
            while (!_isSet)
            {
                var timeout = Timeout.Infinite;
                if (deadline != Instant.Never)
                {
                    var left = deadline - MonotonicClock.Now;
                    if (left <= TimeSpan.Zero)
                    {
                        return;
                    }

                    timeout = (int)Math.Min(int.MaxValue, Math.Ceiling(left.TotalMilliseconds));
                }

                Monitor.Wait(_monitor, timeout);
            }

            _isSet = false;
        }

        // The other half: the flag must be seen cleared before the sleeper looks for what was left.
        Interlocked.MemoryBarrier();
    }
}
