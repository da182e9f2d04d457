namespace RaftKv.Core.Consensus;

/// <summary>
/// What is on its way to the disk. A save's completion speaks only for entries that are still in the log: every
/// truncation lowers what the pending saves stand for, so that a late completion never marks entries durable that
/// were appended again at the same index (P3).
/// </summary>
public sealed partial class Raft
{
    private readonly Queue<PendingSave> _pendingSaves = new();
    private long _lastSaveId;
    private LogIndex _issuedLast;
    private bool _hardStateChanged;
    private bool _ownVoteUnsaved;
    private bool _diskIsFull;

    private sealed class PendingSave(long id, LogIndex last, Instant issued)
    {
        public long Id { get; } = id;

        public LogIndex Last { get; set; } = last;

        public Instant Issued { get; } = issued;
    }

    private void SetHardState(HardState state)
    {
        _hardState = state;
        _deferredTo.RemoveWhere(d => d.Term < state.Term);
        _hardStateChanged = true;
        _ownVoteUnsaved = false;
    }

    private void AppendEntry(in LogEntry entry)
    {
        _log.Append(entry.Id.Term, entry.SizeBytes);
        _building.Append.Add(entry);
        if (entry.Kind == EntryKind.Configuration)
        {
            AppendConfiguration(entry);
        }
    }

    /// <summary>
    /// Deletes the log from an index on. An acknowledgement of this very turn for a deleted entry is withdrawn, as if
    /// the network had lost it.
    /// </summary>
    private void Truncate(LogIndex from)
    {
        if (from <= _commit)
        {
            StopWith("CommittedEntryConflict",
                $"{_options.Id} in term {Term} was asked by {_leader} to delete its log from index {from}, but everything "
                + $"up to {_commit} is committed. A committed entry was changed or lost on a majority: keep this "
                + "server's data, compare the logs of all servers, and remove and re-add the ones that are wrong.");
            return;
        }

        _log.TruncateFrom(from);
        DropConfigurations(from);
        _building.Append.RemoveAll(e => e.Id.Index >= from);
        _building.MessagesAfterSave.RemoveAll(m => m is AppendAccepted accepted && accepted.Match >= from);
        if (from <= _issuedLast)
        {
            _building.TruncateFrom = from;
            _issuedLast = from.Previous;
        }

        foreach (var save in _pendingSaves)
        {
            save.Last = LogIndex.Min(save.Last, from.Previous);
        }

        DurableIndex = LogIndex.Min(DurableIndex, from.Previous);
        _verified = LogIndex.Min(_verified, from.Previous);
    }

    private void IssueSave()
    {
        _building.TailIsWhole = _tailIsWhole;
        _tailIsWhole = false;
        if (_hardStateChanged || _building.TruncateFrom is not null || _building.Append.Count > 0
            || _building.ResetTo is not null || _building.CompactTo is not null || _building.TailIsWhole)
        {
            _building.SaveId = ++_lastSaveId;
            _building.HardState = _hardStateChanged ? _hardState : null;
            _hardStateChanged = false;
            _issuedLast = _log.Last.Index;
            _pendingSaves.Enqueue(new PendingSave(_lastSaveId, _issuedLast, _now));
            if (_ownVoteUnsaved)
            {
                _ownVoteUnsaved = false;
                _ownVoteSave = _lastSaveId;
            }
        }

        _building.RequiredSaveId = _lastSaveId;
    }

    private void TakeSaved(long saveId)
    {
        if (saveId > _lastSaveId)
        {
            throw new InvalidOperationException($"Save {saveId} completed, but only {_lastSaveId} were issued.");
        }

        while (_pendingSaves.Count > 0 && _pendingSaves.Peek().Id <= saveId)
        {
            DurableIndex = LogIndex.Max(DurableIndex, _pendingSaves.Dequeue().Last);
        }

        CountOwnVote(saveId);
        TakePartIfSpokenFor();
        if (Role == Role.Leader)
        {
            AdvanceCommit();
        }
    }

    /// <summary>
    /// A leader that can save nothing more steps aside at once, for the server that holds most. It neither campaigns nor helps
    /// anyone to before there is room again, because its vote could not be saved either (P11).
    /// </summary>
    private void TakeDiskFull(DiskFull disk)
    {
        _diskIsFull = disk.IsFull;
        var next = _peers.Where(p => p.IsVoter).OrderByDescending(p => p.Match).ThenByDescending(p => p.LastContact).FirstOrDefault();
        if (_diskIsFull && Role == Role.Leader && next is not null)
        {
            Send(new TimeoutNow(_options.Id, next.Id, Term));
            BecomeFollower(Term, NodeId.None);
        }
    }

    /// <summary>A leader whose disk hangs must not go on leading: it could acknowledge nothing of its own (P10).</summary>
    private Instant StalledSaveDeadline =>
        _pendingSaves.Count == 0 ? Instant.Never : _pendingSaves.Peek().Issued + _options.ElectionTimeoutUpper;
}
