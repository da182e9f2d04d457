namespace RaftKv.Core.Consensus;

/// <summary>The follower's side of log replication (thesis 3.5).</summary>
public sealed partial class Raft
{
    /// <summary>How far the leader of this term has shown this log to equal its own.</summary>
    private LogIndex _verified;

    private void TakeAppend(AppendRequest request)
    {
        if (!IsContiguous(request) || !FollowLeader(request.From))
        {
            return;
        }

        var previous = request.Previous;
        if (previous.Index > _log.Last.Index || (previous.Index >= _log.Compacted.Index && !_log.Contains(previous)))
        {
            RejectAppend(request);
            return;
        }

        if (!TakeEntries(request.Entries))
        {
            return;
        }

        var match = previous.Index + request.Entries.Count;
        _verified = LogIndex.Max(_verified, match);
        _commit = LogIndex.Max(_commit, LogIndex.Min(request.Commit, match));
        AcknowledgeAppend(request.From, LogIndex.Max(match, _log.Compacted.Index));
        TakePartIfSpokenFor();
    }

    /// <summary>Entries follow each other without a gap (R12) and their terms never fall, or the message is not one of ours.</summary>
    private static bool IsContiguous(AppendRequest request)
    {
        var last = request.Previous;
        foreach (var entry in request.Entries)
        {
            if (entry.Id.Index != last.Index.Next || entry.Id.Term < last.Term || entry.Id.Term > request.Term)
            {
                return false;
            }

            last = entry.Id;
        }

        return true;
    }

    /// <summary>
    /// Refuses with the last entry that can still match. A committed entry that differs from the leader's is beyond
    /// repair, and the hint never leads behind the commit index (R4, R7).
    /// </summary>
    private void RejectAppend(AppendRequest request)
    {
        var previous = request.Previous;
        if (previous.Index <= _commit)
        {
            Truncate(previous.Index);
            return;
        }

        var hint = _log.LastAtMost(previous.Index, previous.Term);
        if (hint.Index < _commit && _log.TermAt(_commit) is { } term)
        {
            hint = new EntryId(term, _commit);
        }

        Send(new AppendRejected(_options.Id, request.From, Term, previous.Index, hint));
    }

    /// <summary>Keeps what matches, deletes only from the first entry whose term differs, appends the rest (R1).</summary>
    private bool TakeEntries(IReadOnlyList<LogEntry> entries)
    {
        for (var i = 0; i < entries.Count; i++)
        {
            var entry = entries[i];
            if (entry.Id.Index < _log.Compacted.Index || _log.Contains(entry.Id))
            {
                continue;
            }

            if (entry.Id.Index <= _log.Last.Index)
            {
                Truncate(entry.Id.Index);
                if (_halt is not null)
                {
                    return false;
                }
            }

            AppendEntry(entry);
        }

        return true;
    }

    /// <summary>
    /// Acknowledges up to an index, once durable (P1). Of several in one turn the furthest says it all. A server that came
    /// back says nothing to a leader that did not answer it, and before it is spoken for no more than what is committed
    /// without it (P7).
    /// </summary>
    private void AcknowledgeAppend(NodeId leader, LogIndex match)
    {
        if (_isRestarted && !_answers.IsHeard(leader))
        {
            return;
        }

        match = _isSpokenFor ? match : LogIndex.Min(match, _commit);
        RememberAcknowledged(leader, match);
        var waiting = _building.MessagesAfterSave;
        var earlier = waiting.FindIndex(m => m is AppendAccepted a && a.To == leader && a.Term == Term);
        if (earlier >= 0)
        {
            match = LogIndex.Max(match, ((AppendAccepted)waiting[earlier]).Match);
            waiting.RemoveAt(earlier);
        }

        SendAfterSave(new AppendAccepted(_options.Id, leader, Term, match, _run));
    }

    private void TakeHeartbeat(Heartbeat heartbeat)
    {
        if (!FollowLeader(heartbeat.From))
        {
            return;
        }

        _commit = LogIndex.Max(_commit, LogIndex.Min(heartbeat.Commit, _verified));
        if (_isSpokenFor)
        {
            Send(new HeartbeatResponse(_options.Id, heartbeat.From, Term, heartbeat.Round, OwnLoyalty, _run));
        }
    }
}
