using System.Collections.Concurrent;
using RaftKv.Core.Consensus;

namespace RaftKv.Engine.Driver;

/// <summary>What waits for the pump. Bounded: peers' messages beyond the bound are lost, as in a network; proposals are refused.</summary>
internal sealed class NodeInbox : IInbox
{
    /// <summary>The most events that wait.</summary>
    public const int MaxEvents = 131_072;

    /// <summary>The most bytes of proposals and entries that wait.</summary>
    public const long MaxBytes = 128L * 1024 * 1024;

    private readonly ConcurrentQueue<InputEvent> _events = new();
    private int _count;
    private long _bytes;

    /// <summary>Adds an event, unless there are too many already.</summary>
    public bool TryAdd(InputEvent inputEvent)
    {
        if (Volatile.Read(ref _count) >= MaxEvents || Volatile.Read(ref _bytes) >= MaxBytes)
        {
            return false;
        }

        Interlocked.Increment(ref _count);
        Interlocked.Add(ref _bytes, SizeOf(inputEvent));
        _events.Enqueue(inputEvent);
        return true;
    }

    /// <inheritdoc/>
    public bool TryTake(out InputEvent inputEvent)
    {
        if (!_events.TryDequeue(out inputEvent!))
        {
            return false;
        }

        Interlocked.Decrement(ref _count);
        Interlocked.Add(ref _bytes, -SizeOf(inputEvent));
        return true;
    }

    private static long SizeOf(InputEvent inputEvent)
    {
        switch (inputEvent)
        {
            case Proposal proposal:
                return proposal.Payload.Length;
            case MessageReceived { Message: AppendRequest append }:
                var bytes = 0L;
                for (var i = 0; i < append.Entries.Count; i++)
                {
                    bytes += append.Entries[i].SizeBytes;
                }

                return bytes;
            default:
                return 0;
        }
    }
}
