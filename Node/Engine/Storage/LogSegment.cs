using RaftKv.Core.Consensus;

namespace RaftKv.Engine.Storage;

/// <summary>One open file of the log.</summary>
internal sealed record LogSegment(long Number, string Path, IDiskFile File, long Capacity)
{
    /// <summary>The last entry before it: the log can begin here once that one is compacted.</summary>
    public EntryId Previous { get; set; }

    /// <summary>The lowest index from which a record in this segment deletes.</summary>
    public LogIndex LowestTruncation { get; set; } = new(long.MaxValue);
}
