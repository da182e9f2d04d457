using RaftKv.Core.Consensus;

namespace RaftKv.Engine.Driver;

/// <summary>
/// Hands committed entries to the applier in order and without gaps, from the cache or else from the log, and only as
/// far ahead as the applier's memory allows.
/// </summary>
internal sealed class ApplyDispatch(
    IApplier applier, ILogReader reader, EntryCache cache, PumpOptions options, LogIndex applied)
{
    /// <summary>
    /// So many entries are read at once from a log of small ones: what that takes is garbage soon after, and of a size that the
    /// runtime clears away at once. Larger arrays stay until a full collection, which in a long recovery came late.
    /// </summary>
    private const int MostEntriesRead = 1024;

    private readonly Queue<(LogIndex Last, long Bytes)> _ahead = new();
    private long _aheadBytes;
    private LogIndex _next = applied.Next;
    private LogIndex _target = applied;
    private long _readId;
    private bool _reading;

    /// <summary>The bytes of all entries that were handed over.</summary>
    public long Bytes { get; private set; }

    /// <summary>A snapshot takes the state's place: what is to be read back before its end no longer is.</summary>
    public void Install(SnapshotMeta meta)
    {
        _reading = false;
        _readId += 2;
        _next = meta.Last.Index.Next;
        _target = meta.Last.Index;
        applier.Restore(meta);
    }

    /// <summary>More entries are committed.</summary>
    public void Extend(IndexRange range)
    {
        if (range.First != _target.Next)
        {
            throw new InvalidOperationException($"Entries {range.First} to {range.Last} are to be applied after {_target}.");
        }

        _target = range.Last;
    }

    /// <summary>The applier has come so far.</summary>
    public void Complete(LogIndex index)
    {
        while (_ahead.TryPeek(out var chunk) && chunk.Last <= index)
        {
            _aheadBytes -= _ahead.Dequeue().Bytes;
        }
    }

    /// <summary>Takes entries from the disk.</summary>
    public void Take(in LogReadResult result)
    {
        if (result.ReadId != _readId)
        {
            return;
        }

        _reading = false;
        if (result.Entries.Count == 0 || result.Entries[0].Id.Index != _next)
        {
            throw new InvalidDataException($"The log no longer holds entry {_next}, which is committed and not yet applied.");
        }

        Apply(result.Entries);
    }

    /// <summary>Hands over as much as there is room for.</summary>
    public void Advance()
    {
        while (!_reading && _next <= _target && _aheadBytes < options.MaxApplyAheadBytes)
        {
            if (cache.Contains(_next))
            {
                var last = cache.Fit(_next, _target, options.MaxApplyChunkBytes);
                Apply(cache.Find(new IndexRange(_next, last))!);
            }
            else
            {
                _reading = true;
                _readId += 2;
                reader.Request(new LogRead(_readId, new IndexRange(_next, cache.EndOnDisk(_target)), options.MaxApplyChunkBytes).First(MostEntriesRead));
            }
        }
    }

    private void Apply(IReadOnlyList<LogEntry> entries)
    {
        var bytes = 0L;
        for (var i = 0; i < entries.Count; i++)
        {
            bytes += entries[i].SizeBytes;
        }

        _next = entries[^1].Id.Index.Next;
        _ahead.Enqueue((_next.Previous, bytes));
        _aheadBytes += bytes;
        Bytes += bytes;
        applier.Apply(entries);
    }
}
