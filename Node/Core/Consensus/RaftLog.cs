namespace RaftKv.Core.Consensus;

/// <summary>
/// What the core knows of its log: which term every entry has and how large it is. Payloads live on disk. Terms are
/// kept as runs, because a leader's entries share one.
/// Invariants: runs start at rising indexes with rising terms; the first run starts right after <see cref="Compacted"/>.
/// </summary>
internal sealed class RaftLog
{
    private readonly List<(LogIndex First, Term Term)> _runs = [];

    /// <summary>For each entry the bytes of all up to and with it, so that the bytes of any range are known at once.</summary>
    private readonly List<long> _ends = [];

    /// <summary>What they begin with: the bytes of the entries that were compacted.</summary>
    private long _compactedBytes;

    /// <summary>A log as it was recovered.</summary>
    public RaftLog(EntryId compacted, IReadOnlyList<EntryMeta> entries)
    {
        Compacted = compacted;
        Last = compacted;
        _ends.EnsureCapacity(entries.Count + (entries.Count / 8));
        foreach (var entry in entries)
        {
            Append(entry.Term, entry.SizeBytes);
        }
    }

    /// <summary>The last entry that a snapshot replaced; zero when the log is whole.</summary>
    public EntryId Compacted { get; private set; }

    /// <summary>The last entry.</summary>
    public EntryId Last { get; private set; }

    /// <summary>How many runs of equal terms there are.</summary>
    internal int RunCount => _runs.Count;

    /// <summary>The term of an entry, or null when the log does not hold it.</summary>
    public Term? TermAt(LogIndex index)
    {
        if (index == Compacted.Index)
        {
            return Compacted.Term;
        }

        if (index < Compacted.Index || index > Last.Index)
        {
            return null;
        }

        return _runs[RunOf(index)].Term;
    }

    /// <summary>Whether this very entry is in the log; the position before the first entry always is (thesis 3.5).</summary>
    public bool Contains(EntryId id) => TermAt(id.Index) == id.Term;

    /// <summary>Adds one entry.</summary>
    public EntryId Append(Term term, int sizeBytes)
    {
        if (term < Last.Term)
        {
            throw new InvalidOperationException($"An entry of term {term} cannot follow {Last}: terms in a log never fall.");
        }

        var index = Last.Index.Next;
        if (_runs.Count == 0 || _runs[^1].Term != term)
        {
            _runs.Add((index, term));
        }

        _ends.Add(EndOf(Last.Index) + sizeBytes);
        Last = new EntryId(term, index);
        return Last;
    }

    /// <summary>Deletes an entry and all after it.</summary>
    public void TruncateFrom(LogIndex index)
    {
        if (index <= Compacted.Index || index > Last.Index)
        {
            throw new InvalidOperationException($"Cannot truncate from {index}: the log holds {Compacted.Index.Next} to {Last.Index}.");
        }

        var keep = (int)(index - Compacted.Index) - 1;
        _ends.RemoveRange(keep, _ends.Count - keep);
        while (_runs.Count > 0 && _runs[^1].First >= index)
        {
            _runs.RemoveAt(_runs.Count - 1);
        }

        var last = index.Previous;
        Last = last == Compacted.Index ? Compacted : new EntryId(_runs[^1].Term, last);
    }

    /// <summary>Forgets an entry and all before it, which a snapshot holds.</summary>
    public void CompactTo(LogIndex index)
    {
        if (index <= Compacted.Index || index > Last.Index)
        {
            throw new InvalidOperationException($"Cannot compact to {index}: the log holds {Compacted.Index.Next} to {Last.Index}.");
        }

        var at = RunOf(index);
        var compacted = new EntryId(_runs[at].Term, index);
        _compactedBytes = EndOf(index);
        _ends.RemoveRange(0, (int)(index - Compacted.Index));
        _runs.RemoveRange(0, at);
        if (_runs.Count > 1 && _runs[1].First == index.Next)
        {
            _runs.RemoveAt(0);
        }
        else
        {
            _runs[0] = (index.Next, _runs[0].Term);
        }

        Compacted = compacted;
        if (index == Last.Index)
        {
            _runs.Clear();
        }
    }

    /// <summary>Forgets everything: a snapshot that ends with an entry took the log's place.</summary>
    public void Reset(EntryId last)
    {
        _runs.Clear();
        _ends.Clear();
        _compactedBytes = 0;
        Compacted = last;
        Last = last;
    }

    /// <summary>
    /// The last entry at or before an index whose term is at most the given one: all entries between can match no one
    /// who has that term there, so a conflict is crossed a whole term at a time (R7).
    /// </summary>
    public EntryId LastAtMost(LogIndex index, Term term)
    {
        var at = LogIndex.Min(index, Last.Index);
        while (at > Compacted.Index)
        {
            var run = _runs[RunOf(at)];
            if (run.Term <= term)
            {
                return new EntryId(run.Term, at);
            }

            at = run.First.Previous;
        }

        return Compacted;
    }

    /// <summary>The bytes of one entry.</summary>
    public int SizeAt(LogIndex index) => (int)BytesOf(index.Previous, index);

    /// <summary>The bytes of the entries after one index up to and with another; the log holds them.</summary>
    public long BytesOf(LogIndex after, LogIndex upTo) => EndOf(upTo) - EndOf(after);

    /// <summary>The lowest index so that what follows it, up to and with the last one given, takes at most so many bytes.</summary>
    public LogIndex LowestWithin(LogIndex last, long maxBytes)
    {
        var (low, high) = (Compacted.Index, last);
        while (low < high)
        {
            var middle = low + ((high - low) / 2);
            (low, high) = BytesOf(middle, last) <= maxBytes ? (low, middle) : (middle.Next, high);
        }

        return low;
    }

    /// <summary>The last index so that the entries from the first one on take at most so many bytes; the first always fits (R12).</summary>
    public LogIndex Fit(LogIndex first, long maxBytes, out long bytes)
    {
        bytes = SizeAt(first);
        var last = first;
        while (last < Last.Index)
        {
            var size = SizeAt(last.Next);
            if (bytes + size > maxBytes)
            {
                break;
            }

            bytes += size;
            last = last.Next;
        }

        return last;
    }

    private long EndOf(LogIndex index) =>
        index == Compacted.Index ? _compactedBytes : _ends[(int)(index - Compacted.Index) - 1];

    /// <summary>Writes the whole state.</summary>
    internal void WriteState(CanonicalWriter to)
    {
        to.Entry(Compacted);
        to.Entry(Last);
        to.InOrder(_runs, r =>
        {
            to.Index(r.First);
            to.Term(r.Term);
        });
        var end = _compactedBytes;
        to.InOrder(_ends, e =>
        {
            to.Number(e - end);
            end = e;
        });
    }

    private int RunOf(LogIndex index)
    {
        var low = 0;
        var high = _runs.Count - 1;
        while (low < high)
        {
            var middle = (low + high + 1) / 2;
            if (_runs[middle].First <= index)
            {
                low = middle;
            }
            else
            {
                high = middle - 1;
            }
        }

        return low;
    }
}
