namespace RaftKv.Core.Consensus;

/// <summary>One save: the hard state, then the truncation or the reset, then the entries, as one unit; last what may be forgotten.</summary>
/// <param name="SaveId">Its number.</param>
/// <param name="HardState">The term and vote, or null when unchanged.</param>
/// <param name="TruncateFrom">The first index to delete, or null.</param>
/// <param name="Entries">The entries to append.</param>
public readonly record struct Save(long SaveId, HardState? HardState, LogIndex? TruncateFrom, IReadOnlyList<LogEntry> Entries)
{
    /// <summary>The last entry of the durable snapshot that takes the place of the whole log, or null.</summary>
    public EntryId? ResetTo { get; init; }

    /// <summary>What a durable snapshot holds and the log may forget, up to and with this index; or null.</summary>
    public LogIndex? CompactTo { get; init; }

    /// <summary>Whether the note of a trimmed tail may go (P4).</summary>
    public bool TailIsWhole { get; init; }
}
