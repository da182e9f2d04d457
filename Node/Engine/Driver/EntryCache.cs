using RaftKv.Core.Consensus;

namespace RaftKv.Engine.Driver;

/// <summary>
/// The newest entries in memory, for peers that keep up and for applying, so that the disk is only written. Bounded by
/// bytes; but an entry whose save has not completed stays whatever the bound says, because the log may not hold it yet.
/// Called only from the pump.
/// </summary>
internal sealed class EntryCache(long maxBytes)
{
    private readonly Queue<PendingSave> _pending = new();
    private LogEntry[] _ring = new LogEntry[1024];
    private int _start;
    private int _count;
    private long _bytes;
    private LogIndex _first = new(1);
    private LogIndex _durable;
    private (IndexRange Range, LogEntry[] Entries)? _lastSlice;

    /// <summary>The first index it holds; meaningful only when it holds any.</summary>
    public LogIndex First => _first;

    /// <summary>The last index it holds, or the one before the first.</summary>
    public LogIndex Last => _first + (_count - 1);

    /// <summary>The bytes it holds.</summary>
    public long Bytes => _bytes;

    /// <summary>Takes in what a save changes. Entries that a truncation deletes are forgotten before the new ones come.</summary>
    public void Add(in Save save)
    {
        if (save.TruncateFrom is { } from)
        {
            TruncateFrom(from);
        }

        if (save.ResetTo is { } reset)
        {
            Clear(reset.Index);
        }

        if (save.Entries.Count > 0)
        {
            if (_count == 0)
            {
                _first = save.Entries[0].Id.Index;
            }

            for (var i = 0; i < save.Entries.Count; i++)
            {
                Append(save.Entries[i]);
            }

            _pending.Enqueue(new PendingSave(save.SaveId, Last));
        }
    }

    /// <summary>The saves up to this one completed: their entries may go when room is needed.</summary>
    public void MarkDurable(long saveId)
    {
        while (_pending.TryPeek(out var save) && save.SaveId <= saveId)
        {
            _durable = _pending.Dequeue().Last;
        }

        while (_bytes > maxBytes && _count > 0 && _first <= _durable)
        {
            _bytes -= _ring[_start].SizeBytes;
            _ring[_start] = default;
            _start = (_start + 1) & (_ring.Length - 1);
            _first = _first.Next;
            _count--;
        }
    }

    /// <summary>Whether an entry is held.</summary>
    public bool Contains(LogIndex index) => _count > 0 && index >= _first && index <= Last;

    /// <summary>
    /// How far a range may be read from the log: what the cache holds may not be there yet, or there may still be other
    /// entries that a save under way deletes. What the cache does not hold is durable.
    /// </summary>
    public LogIndex EndOnDisk(LogIndex last) => _count > 0 ? LogIndex.Min(last, _first.Previous) : last;

    /// <summary>A range that is held whole, or null. The array is never changed: peers that want the same range share it.</summary>
    public LogEntry[]? Find(IndexRange range)
    {
        if (!Contains(range.First) || !Contains(range.Last))
        {
            return null;
        }

        if (_lastSlice is { } last && last.Range == range)
        {
            return last.Entries;
        }

        var entries = new LogEntry[range.Last - range.First + 1];
        for (var i = 0; i < entries.Length; i++)
        {
            entries[i] = At(range.First + i);
        }

        _lastSlice = (range, entries);
        return entries;
    }

    /// <summary>The last index of the entries from a held one on that take at most so many bytes; the first always fits.</summary>
    public LogIndex Fit(LogIndex first, LogIndex last, long bytesAllowed)
    {
        last = LogIndex.Min(last, Last);
        var bytes = (long)At(first).SizeBytes;
        var fit = first;
        while (fit < last)
        {
            bytes += At(fit.Next).SizeBytes;
            if (bytes > bytesAllowed)
            {
                break;
            }

            fit = fit.Next;
        }

        return fit;
    }

    private ref LogEntry At(LogIndex index) => ref _ring[(_start + (int)(index - _first)) & (_ring.Length - 1)];

    private void Append(in LogEntry entry)
    {
        if (entry.Id.Index != Last.Next)
        {
            throw new InvalidOperationException($"Entry {entry.Id} does not follow {Last} in the cache.");
        }

        if (_count == _ring.Length)
        {
            var larger = new LogEntry[_ring.Length * 2];
            for (var i = 0; i < _count; i++)
            {
                larger[i] = _ring[(_start + i) & (_ring.Length - 1)];
            }

            (_ring, _start) = (larger, 0);
        }

        _count++;
        At(entry.Id.Index) = entry;
        _bytes += entry.SizeBytes;
    }

    private void TruncateFrom(LogIndex from)
    {
        while (_count > 0 && Last >= from)
        {
            ref var entry = ref At(Last);
            _bytes -= entry.SizeBytes;
            entry = default;
            _count--;
        }

        // A save that was handed over before the truncation speaks only for what is left of its entries (P3).
        foreach (var save in _pending)
        {
            save.Last = LogIndex.Min(save.Last, from.Previous);
        }

        _durable = LogIndex.Min(_durable, from.Previous);
        _lastSlice = null;
    }

    /// <summary>A snapshot takes the log's place: what is durable in it ends there, and so do the saves under way.</summary>
    private void Clear(LogIndex last)
    {
        TruncateFrom(_first);
        foreach (var save in _pending)
        {
            save.Last = LogIndex.Min(save.Last, last);
        }

        _durable = last;
    }

    private sealed class PendingSave(long saveId, LogIndex last)
    {
        public long SaveId { get; } = saveId;

        public LogIndex Last { get; set; } = last;
    }
}
