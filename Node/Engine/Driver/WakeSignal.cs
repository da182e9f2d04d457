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
    }
}
