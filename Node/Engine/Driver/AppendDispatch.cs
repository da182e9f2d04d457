using RaftKv.Core.Consensus;

namespace RaftKv.Engine.Driver;

/// <summary>
/// Fills the leader's appends with entries: from the cache for peers that keep up, from the log, off the loop, for those
/// that lag. Appends to one peer leave in the order in which the core made them. An append whose leadership ended
/// while the disk was read is dropped: its range may hold other entries by now (R10).
/// </summary>
internal sealed class AppendDispatch(
    Raft raft, IPeerTransport transport, ILogReader reader, EntryCache cache, TimeSpan lostInterval)
{
    private readonly Dictionary<NodeId, Queue<Waiting>> _waiting = [];
    private readonly Dictionary<long, Waiting> _reads = [];
    private readonly List<AppendLost> _lost = [];
    private readonly Dictionary<NodeId, Instant> _lastLost = [];
    private long _nextReadId = 1;

    /// <summary>Sends at once what the cache holds, unless earlier appends to the same peer still wait for the disk.</summary>
    public void Send(in AppendSend send)
    {
        var queue = _waiting.GetValueOrDefault(send.To);
        var entries = Find(send);
        if (entries is not null && queue is not { Count: > 0 })
        {
            Transmit(send, entries);
            return;
        }

        if (queue is null)
        {
            queue = new Queue<Waiting>();
            _waiting.Add(send.To, queue);
        }

        var waiting = new Waiting(send) { Entries = entries };
        queue.Enqueue(waiting);
        if (entries is null)
        {
            RequestRead(waiting);
        }
    }

    /// <summary>Takes entries from the disk; they leave with <see cref="SendReady"/>.</summary>
    public void Take(in LogReadResult result)
    {
        if (_reads.Remove(result.ReadId, out var waiting))
        {
            waiting.Entries = waiting.CachedEnd.Length == 0 ? result.Entries : [.. result.Entries, .. waiting.CachedEnd];
        }
    }

    /// <summary>Sends what waited for the disk, as far as it has come, in order.</summary>
    public void SendReady()
    {
        foreach (var queue in _waiting.Values)
        {
            while (queue.TryPeek(out var waiting) && waiting.Entries is not null)
            {
                queue.Dequeue();
                var send = waiting.Send;
                if (raft.Role != Role.Leader || raft.Term != send.Term || waiting.Entries.Count != send.Count)
                {
                    Lose(send);
                }
                else
                {
                    Transmit(send, waiting.Entries);
                }
            }
        }
    }

    /// <summary>Tells the core what was lost since the last turn, at a bounded rate.</summary>
    /// <returns>Whether it was told anything.</returns>
    public bool StepLost(Instant now)
    {
        var stepped = false;
        foreach (var lost in _lost)
        {
            if (!_lastLost.TryGetValue(lost.Peer, out var last) || now - last >= lostInterval)
            {
                _lastLost[lost.Peer] = now;
                raft.Step(new Input(now, lost));
                stepped = true;
            }
        }

        _lost.Clear();
        return stepped;
    }

    private void RequestRead(Waiting waiting)
    {
        var first = waiting.Send.Previous.Index.Next;
        var last = cache.EndOnDisk(waiting.Send.Last);
        if (last < waiting.Send.Last)
        {
            waiting.CachedEnd = cache.Find(new IndexRange(last.Next, waiting.Send.Last))!;
        }

        // The core already bounded the range by bytes; cutting it here would leave a hole in what it has under way.
        _reads.Add(_nextReadId, waiting);
        reader.Request(new LogRead(_nextReadId, new IndexRange(first, last), int.MaxValue));
        _nextReadId += 2;
    }

    private LogEntry[]? Find(in AppendSend send) =>
        send.Count == 0 ? [] : cache.Find(new IndexRange(send.Previous.Index.Next, send.Last));

    private void Transmit(in AppendSend send, IReadOnlyList<LogEntry> entries)
    {
        var message = new AppendRequest(raft.Id, send.To, send.Term, send.Previous, entries, send.Commit);
        if (!transport.TrySend(message))
        {
            Lose(send);
        }
    }

    private void Lose(in AppendSend send) => _lost.Add(new AppendLost(send.To, send.Term));

    private sealed class Waiting(AppendSend send)
    {
        public AppendSend Send { get; } = send;

        /// <summary>All that it carries, once it is known.</summary>
        public IReadOnlyList<LogEntry>? Entries { get; set; }

        /// <summary>What follows the entries that are being read.</summary>
        public LogEntry[] CachedEnd { get; set; } = [];
    }
}
