using RaftKv.Core.Consensus;

namespace RaftKv.Engine.Faults;

/// <summary>
/// Lets one server's messages through as its fault matrix says. Time comes with every call and nothing here runs by
/// itself: anyone who owns the gate calls <see cref="TakeDue"/> at <see cref="NextDue"/>, so that the simulator and the
/// real server run the same code. Every member may be called from any thread.
/// </summary>
public sealed class FaultGate
{
    /// <summary>The most messages held back; further ones are lost, as in a full network.</summary>
    public const int MaxHeldMessages = 65_536;

    /// <summary>The most bytes of entries held back.</summary>
    public const long MaxHeldBytes = 256L * 1024 * 1024;

    /// <summary>A reordered message is held back by at most this much, or by the link's own delay if that is longer.</summary>
    public static readonly TimeSpan ReorderWindow = TimeSpan.FromMilliseconds(20);

    private readonly Lock _lock = new();
    private readonly Dictionary<(NodeId From, NodeId To), LinkState> _links = [];
    private readonly PriorityQueue<Message, (Instant Due, long Order)> _held = new();
    private long _heldBytes;
    private long _order;
    private long _seedEpoch;
    private long _nextDue = Instant.Never.Microseconds;

    /// <summary>A gate that obeys a matrix.</summary>
    public FaultGate(FaultMatrix matrix)
    {
        Matrix = matrix;
        _seedEpoch = matrix.SeedEpoch;
    }

    /// <summary>What it obeys.</summary>
    public FaultMatrix Matrix { get; }

    /// <summary>When the next held message is due, or never.</summary>
    public Instant NextDue => new(Volatile.Read(ref _nextDue));

    /// <summary>The sending side: false when the message must not leave.</summary>
    public bool AllowSend(NodeId from, NodeId to) => !Matrix.IsBlocked(from, to);

    /// <summary>The receiving side: adds what is to be delivered now, and keeps what is to be delivered later.</summary>
    /// <param name="message">What came from the network.</param>
    /// <param name="now">The monotonic clock.</param>
    /// <param name="deliver">Receives what goes to the server at once, in order.</param>
    public void OnReceive(Message message, Instant now, ICollection<Message> deliver)
    {
        if (Matrix.IsBlocked(message.From, message.To))
        {
            return;
        }

        if (Matrix.Find(message.From, message.To) is not { } fault)
        {
            // Held messages of a link that was healed meanwhile stay behind: a late message is what a network may do.
            deliver.Add(message);
            return;
        }

        lock (_lock)
        {
            Admit(message, fault, now, deliver);
        }
    }

    /// <summary>Adds the held messages that are due, in the order in which they became so.</summary>
    public void TakeDue(Instant now, ICollection<Message> deliver)
    {
        if (now < NextDue)
        {
            return;
        }

        lock (_lock)
        {
            while (_held.TryPeek(out _, out var key) && key.Due <= now)
            {
                var message = _held.Dequeue();
                _heldBytes -= SizeOf(message);
                if (!Matrix.IsBlocked(message.From, message.To))
                {
                    deliver.Add(message);
                }
            }

            PublishNextDue();
        }
    }

    private void Admit(Message message, LinkFault fault, Instant now, ICollection<Message> deliver)
    {
        var link = LinkOf(message);
        var dropped = link.Coin.NextBool(fault.DropRate);
        var delay = fault.Delay + link.Coin.NextTime(fault.Jitter);
        var duplicated = link.Coin.NextBool(fault.DuplicateRate);
        var reordered = link.Coin.NextBool(fault.ReorderRate);
        var window = fault.Delay + fault.Jitter > ReorderWindow ? fault.Delay + fault.Jitter : ReorderWindow;
        var late = link.Coin.NextTime(window);
        var second = link.Coin.NextTime(window);
        if (!dropped)
        {
            if (reordered)
            {
                Hold(message, now + delay + late);
            }
            else
            {
                // Jitter alone never reorders: a message waits for those of its link that came before it.
                var due = now + delay;
                link.LastDue = due < link.LastDue ? link.LastDue : due;
                if (link.LastDue <= now)
                {
                    deliver.Add(message);
                }
                else
                {
                    Hold(message, link.LastDue);
                }
            }
        }

        if (duplicated && !dropped)
        {
            Hold(message, now + delay + second);
        }

        PublishNextDue();
    }

    private LinkState LinkOf(Message message)
    {
        if (_seedEpoch != Matrix.SeedEpoch)
        {
            _seedEpoch = Matrix.SeedEpoch;
            _links.Clear();
        }

        var key = (message.From, message.To);
        if (!_links.TryGetValue(key, out var link))
        {
            link = new LinkState(new LinkCoin(Matrix.Seed, message.From, message.To));
            _links.Add(key, link);
        }

        return link;
    }

    private void Hold(Message message, Instant due)
    {
        var size = SizeOf(message);
        if (_held.Count >= MaxHeldMessages || _heldBytes + size > MaxHeldBytes)
        {
            return;
        }

        _heldBytes += size;
        _held.Enqueue(message, (due, _order++));
    }

    private void PublishNextDue() =>
        Volatile.Write(ref _nextDue, _held.TryPeek(out _, out var key) ? key.Due.Microseconds : Instant.Never.Microseconds);

    private static long SizeOf(Message message)
    {
        long size = LogEntry.OverheadBytes;
        if (message is AppendRequest append)
        {
            foreach (var entry in append.Entries)
            {
                size += entry.SizeBytes;
            }
        }

        return size;
    }

    private sealed class LinkState(LinkCoin coin)
    {
        public LinkCoin Coin { get; } = coin;

        public Instant LastDue { get; set; } = new(long.MinValue);
    }
}
