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
/// Finds the record of each entry: 24 bytes of memory an entry. Not thread-safe; the log guards it.
/// </summary>
internal sealed class PositionIndex(EntryId compacted)
{
    private readonly List<EntryPosition> _positions = [];

    /// <summary>The entry before the first one that is still there.</summary>
    public EntryId Compacted { get; private set; } = compacted;

    /// <summary>The last entry, or <see cref="Compacted"/> when there is none.</summary>
    public EntryId Last => _positions.Count == 0
        ? Compacted
        : new EntryId(_positions[^1].Term, Compacted.Index + _positions.Count);

    /// <summary>How many entries are there.</summary>
    public int Count => _positions.Count;

    /// <summary>The position of an entry that is there.</summary>
    public EntryPosition this[LogIndex index] => _positions[(int)(index - Compacted.Index) - 1];

    /// <summary>Whether an entry is there.</summary>
    public bool Contains(LogIndex index) => index > Compacted.Index && index <= Last.Index;

    /// <summary>Term and size of every entry, as the core wants to know them.</summary>
    public EntryMeta[] ToMeta()
    {
        var meta = new EntryMeta[_positions.Count];
        for (var i = 0; i < meta.Length; i++)
        {
            meta[i] = new EntryMeta(_positions[i].Term, _positions[i].SizeBytes);
        }

        return meta;
    }

    /// <summary>Adds the next entry.</summary>
    public void Add(EntryPosition position) => _positions.Add(position);

    /// <summary>Whether this very entry is there, or is the one before the first.</summary>
    public bool Holds(EntryId id) =>
        id == Compacted || (Contains(id.Index) && this[id.Index].Term == id.Term);

    /// <summary>Forgets an entry that is there and all before it.</summary>
    public void CompactTo(EntryId id)
    {
        _positions.RemoveRange(0, (int)(id.Index - Compacted.Index));
        Compacted = id;
    }

    /// <summary>Forgets an entry and all after it.</summary>
    public void TruncateFrom(LogIndex index)
    {
        var keep = (int)Math.Max(0, index - Compacted.Index - 1);
        if (keep < _positions.Count)
        {
            _positions.RemoveRange(keep, _positions.Count - keep);
        }
    }
}
