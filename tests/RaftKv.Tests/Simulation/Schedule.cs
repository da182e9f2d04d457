using RaftKv.Core.Consensus;

namespace RaftKv.Tests.Simulation;

/// <summary>What is to come, by time and then by the order in which it was put here: messages and other work.</summary>
internal sealed class Schedule
{
    private const int OrderBits = 32;

    private readonly PriorityQueue<object, long> _queue = new();
    private long _order;

    public long NowMicroseconds { get; private set; }

    public Instant Now => new(NowMicroseconds);

    /// <summary>Adds a message to deliver or an action to run.</summary>
    public void Add(long delayMicroseconds, object what)
    {
        // One number orders both, which keeps comparisons cheap: 2^31 microseconds are half an hour.
        var at = NowMicroseconds + Math.Max(0, delayMicroseconds);
        _queue.Enqueue(what, (at << OrderBits) | (_order++ & ((1L << OrderBits) - 1)));
    }

    /// <summary>Takes what is due next, if that is not after an end, and moves the time there.</summary>
    public bool TryTake(long endMicroseconds, out object what)
    {
        if (!_queue.TryPeek(out what!, out var key) || key >> OrderBits > endMicroseconds)
        {
            NowMicroseconds = Math.Max(NowMicroseconds, endMicroseconds);
            return false;
        }

        _queue.Dequeue();
        NowMicroseconds = key >> OrderBits;
        return true;
    }
}
