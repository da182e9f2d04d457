namespace RaftKv.Core.Consensus;

/// <summary>
/// What the disk held when this server started, by which it judges what peers saw it acknowledge before (P7). Never changes.
/// </summary>
internal sealed class RecoveredLog
{
    private readonly EntryId? _trimmedAt;
    private readonly Term _trimmedUntil;

    /// <param name="recovered">What the disk held.</param>
    /// <param name="last">The last entry of its log.</param>
    /// <param name="term">The term that it begins in: the disk's, or that of a snapshot which is of a later one.</param>
    public RecoveredLog(RecoveredState recovered, EntryId last, Term term)
    {
        Last = last;
        Term = term;
        TailWasTrimmed = recovered.TailWasTrimmed;
        _trimmedAt = recovered.TailWasTrimmed ? recovered.TrimmedAt : null;
        _trimmedUntil = _trimmedAt is { } at && at.Term > recovered.TrimmedUntil ? at.Term : recovered.TrimmedUntil;
    }

    /// <summary>The last entry.</summary>
    public EntryId Last { get; }

    /// <summary>The term in which it started.</summary>
    public Term Term { get; }

    /// <summary>Whether a damaged tail was cut off the log, at this start or an earlier one, and is not held again yet (P4).</summary>
    public bool TailWasTrimmed { get; }

    /// <summary>
    /// Whether the disk held what a peer saw acknowledged, or a later leader had replaced it. A tail that an earlier start cut
    /// off is judged by what that start found: whatever was replicated since proves nothing about an acknowledgement of before.
    /// </summary>
    public bool Held(EntryId acknowledged)
    {
        if (_trimmedAt is { } trimmed && acknowledged.Term <= _trimmedUntil)
        {
            return acknowledged.Term < trimmed.Term || acknowledged.Index <= trimmed.Index;
        }

        return acknowledged.Term < Term || (acknowledged.Term == Term && acknowledged.Index <= Last.Index);
    }

    /// <summary>Writes the state canonically.</summary>
    public void WriteState(CanonicalWriter to)
    {
        to.Entry(Last);
        to.Term(Term);
        to.Flag(TailWasTrimmed);
        to.Flag(_trimmedAt is not null);
        to.Entry(_trimmedAt ?? EntryId.Zero);
        to.Term(_trimmedUntil);
    }
}
