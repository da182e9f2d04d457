using RaftKv.Core.Consensus;

namespace RaftKv.Engine.Storage;

/// <summary>Where an entry's record begins.</summary>
/// <param name="Term">The entry's term.</param>
/// <param name="Segment">The number of its segment.</param>
/// <param name="PayloadBytes">How long its payload is.</param>
/// <param name="Offset">The offset in the segment's file.</param>
internal readonly record struct EntryPosition(Term Term, int Segment, int PayloadBytes, long Offset)
{
    /// <summary>The offset after its record.</summary>
    public long End => Offset + LogFormat.RecordHeaderBytes + PayloadBytes;

    /// <summary>What the entry counts for wherever bytes are bounded.</summary>
    public int SizeBytes => LogEntry.OverheadBytes + PayloadBytes;
}

/// <summary>
/// Finds the record of each entry: 8 bytes of memory an entry, in pages, so that a long log neither moves when it grows nor
/// leaves large arrays behind; term and segment stand once for all neighbours that share them. Not thread-safe; the log
/// guards it.
/// </summary>
internal sealed class PositionIndex(EntryId compacted)
{
    private const int PageEntries = 1024;

    private readonly List<Place[]> _pages = [];
    private readonly List<Run> _runs = [];
    private int _start;

    /// <summary>The entry before the first one that is still there.</summary>
    public EntryId Compacted { get; private set; } = compacted;

    /// <summary>The last entry, or <see cref="Compacted"/> when there is none.</summary>
    public EntryId Last => Count == 0 ? Compacted : new EntryId(_runs[^1].Term, Compacted.Index + Count);

    /// <summary>How many entries are there.</summary>
    public int Count { get; private set; }

    /// <summary>The position of an entry that is there.</summary>
    public EntryPosition this[LogIndex index]
    {
        get
        {
            var place = PlaceOf((int)(index - Compacted.Index) - 1);
            var run = _runs[RunOf(index)];
            return new EntryPosition(run.Term, run.Segment, place.PayloadBytes, place.Offset);
        }
    }

    /// <summary>Whether an entry is there.</summary>
    public bool Contains(LogIndex index) => index > Compacted.Index && index <= Last.Index;

    /// <summary>Term and size of every entry now, as the core wants to know them.</summary>
    public RecoveredEntries ToMeta()
    {
        var payloads = new int[Count];
        for (var i = 0; i < payloads.Length; i++)
        {
            payloads[i] = PlaceOf(i).PayloadBytes;
        }

        return new RecoveredEntries(payloads, [.. _runs.Select(r => ((int)(r.First - Compacted.Index) - 1, r.Term))]);
    }

    /// <summary>Adds the next entry.</summary>
    public void Add(EntryPosition position)
    {
        var at = _start + Count;
        if (at == _pages.Count * PageEntries)
        {
            _pages.Add(new Place[PageEntries]);
        }

        // A segment is read as a whole, so no offset in it is larger.
        _pages[at / PageEntries][at % PageEntries] = new Place(checked((int)position.Offset), position.PayloadBytes);
        if (_runs.Count == 0 || _runs[^1].Term != position.Term || _runs[^1].Segment != position.Segment)
        {
            _runs.Add(new Run(Last.Index.Next, position.Term, position.Segment));
        }

        Count++;
    }

    /// <summary>Whether this very entry is there, or is the one before the first.</summary>
    public bool Holds(EntryId id) =>
        id == Compacted || (Contains(id.Index) && _runs[RunOf(id.Index)].Term == id.Term);

    /// <summary>Forgets an entry that is there and all before it.</summary>
    public void CompactTo(EntryId id)
    {
        var count = (int)(id.Index - Compacted.Index);
        var pages = (_start + count) / PageEntries;
        _pages.RemoveRange(0, pages);
        _start += count - (pages * PageEntries);
        Count -= count;
        Compacted = id;
        _runs.RemoveRange(0, Count == 0 ? _runs.Count : RunOf(id.Index.Next));
        if (Count > 0)
        {
            _runs[0] = _runs[0] with { First = id.Index.Next };
        }
    }

    /// <summary>Forgets an entry and all after it.</summary>
    public void TruncateFrom(LogIndex index)
    {
        var keep = (int)Math.Max(0, index - Compacted.Index - 1);
        if (keep < Count)
        {
            Count = keep;
            var pages = (_start + keep + PageEntries - 1) / PageEntries;
            _pages.RemoveRange(pages, _pages.Count - pages);
            _runs.RemoveAll(r => r.First >= index || keep == 0);
        }
    }

    private Place PlaceOf(int number) => _pages[(_start + number) / PageEntries][(_start + number) % PageEntries];

    private int RunOf(LogIndex index)
    {
        var (low, high) = (0, _runs.Count - 1);
        while (low < high)
        {
            var middle = (low + high + 1) / 2;
            (low, high) = _runs[middle].First <= index ? (middle, high) : (low, middle - 1);
        }

        return low;
    }

    private readonly record struct Place(int Offset, int PayloadBytes);

    /// <summary>Neighbours of one term in one segment; the first of them.</summary>
    private readonly record struct Run(LogIndex First, Term Term, int Segment);
}
