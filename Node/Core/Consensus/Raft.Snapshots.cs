namespace RaftKv.Core.Consensus;

/// <summary>
/// Snapshots and the compaction of the log (thesis 5). The core decides who needs a snapshot and what one replaces;
/// making, storing and sending their bytes is the driver's work.
/// Invariants: the log begins at or before the entry after the newest snapshot, and that ends at or before the commit
/// index: whatever is committed is in the log or in the snapshot.
/// </summary>
public sealed partial class Raft
{
    /// <summary>A peer that answers but does not get on, with a snapshot or after it, keeps the log from being compacted for so many RPC timeouts.</summary>
    private const int SnapshotPatience = 10;

    private SnapshotMeta? _snapshot;
    private bool _isSnapshotDamaged;

    /// <summary>The newest durable snapshot that this server knows of, or null.</summary>
    public SnapshotMeta? Snapshot => _snapshot;

    /// <summary>Whether that snapshot was found to be damaged on this server's disk: another one of the applied state is to be made in its place.</summary>
    public bool IsSnapshotDamaged => _isSnapshotDamaged;

    /// <summary>The first index that the log can hold an entry for: the one after what was compacted.</summary>
    public LogIndex FirstIndex => _log.Compacted.Index.Next;

    /// <summary>Whether this leader waits for a peer to receive a snapshot.</summary>
    public bool IsSendingSnapshot(NodeId peer, EntryId last) =>
        Role == Role.Leader && PeerOf(peer)?.PendingSnapshot?.Last == last;

    /// <summary>What a snapshot stands for that is taken after an entry was applied; null when the log tells no more about it.</summary>
    /// <param name="applied">The entry's index; not above the commit index.</param>
    public SnapshotMeta? DescribeSnapshot(LogIndex applied)
    {
        if (applied > _commit || applied == LogIndex.Zero || _log.TermAt(applied) is not { } term)
        {
            return null;
        }

        var (index, configuration) = ConfigurationAt(applied);
        return new SnapshotMeta(new EntryId(term, applied), index, configuration);
    }

    private void StartFromSnapshot(RecoveredState recovered)
    {
        _snapshot = recovered.Snapshot;
        if (_log.Last.Term > Term)
        {
            // The snapshot may be of a term whose save the crash cut off: what was never durable was never promised.
            SetHardState(new HardState(_log.Last.Term, NodeId.None));
        }
    }

    private void TakeSnapshotTaken(SnapshotTaken taken)
    {
        var isNewer = taken.Meta.Last.Index > (_snapshot?.Last.Index ?? LogIndex.Zero);
        if ((isNewer || (_isSnapshotDamaged && taken.Meta == _snapshot)) && taken.Meta.Last.Index <= _commit)
        {
            // It may hold entries that are committed and applied here, but not yet in the log on disk (C4).
            _snapshot = taken.Meta;
            _isSnapshotDamaged = false;
            DurableIndex = LogIndex.Max(DurableIndex, taken.Meta.Last.Index);
        }
    }

    /// <summary>
    /// A snapshot's file is not what was written. Anyone who was to get it is looked at again, and gets the newest; where that
    /// is the damaged one, no one gets any, and the log keeps what it holds, until the applied state was written again.
    /// </summary>
    private void TakeSnapshotDamaged(SnapshotDamaged damaged)
    {
        _isSnapshotDamaged |= _snapshot?.Last == damaged.Last;
        foreach (var peer in _peers)
        {
            if (peer.PendingSnapshot?.Last == damaged.Last)
            {
                peer.Doubt();
            }
        }
    }

    private void TakeSnapshotChecked(SnapshotChecked found)
    {
        foreach (var peer in _peers)
        {
            peer.SnapshotActivity = peer.PendingSnapshot?.Last == found.Last ? _now : peer.SnapshotActivity;
        }
    }

    /// <summary>
    /// Lets the log's head go as far as the snapshot holds it, but not what a peer needs that is a little behind, nor
    /// what a peer will need after the snapshot that it is receiving: either would cost it another snapshot (S5). Both are
    /// bounded in bytes, and on a full disk nothing is kept for others (P11).
    /// </summary>
    private void CompactLog()
    {
        if (_snapshot is null || _isSnapshotDamaged || _snapshot.Last.Index <= _log.Compacted.Index)
        {
            return;
        }

        var to = _snapshot.Last.Index - _options.SnapshotTrailingEntries;
        to = LogIndex.Max(to, _log.LowestWithin(_snapshot.Last.Index, _options.SnapshotTrailingBytes));
        to = _diskIsFull ? _snapshot.Last.Index : to;
        if (to > _log.Compacted.Index && Role == Role.Leader)
        {
            to = HeldTo(to);
        }

        if (to > _log.Compacted.Index)
        {
            _log.CompactTo(to);
            _building.CompactTo = to;
        }
    }

    /// <summary>
    /// What peers leave of the head that could go. A little that they let go waits for more, because every step costs as
    /// much as there is left: a head that goes in a few steps of an eighth costs no more than one that goes at once.
    /// </summary>
    private LogIndex HeldTo(LogIndex to)
    {
        var held = to;
        foreach (var peer in _peers)
        {
            var needed = peer.PendingSnapshot?.Last.Index ?? peer.Match;
            peer.HoldsLog &= (peer.PendingSnapshot is not null || (needed < to && _now < SnapshotDeadline(peer))) && MayHold(needed, to);
            held = peer.HoldsLog ? LogIndex.Min(held, needed) : held;
        }

        return held == to || (held - _log.Compacted.Index) * 8 >= _log.Last.Index - _log.Compacted.Index ? held : _log.Compacted.Index;
    }

    private bool MayHold(LogIndex needed, LogIndex to) => !_diskIsFull
        && (needed >= to || (needed >= _log.Compacted.Index && _log.BytesOf(needed, to) <= _options.MaxHeldLogBytes));

    /// <summary>Whether the entries that a peer needs next, or the one before them, are gone.</summary>
    private bool NeedsSnapshot(Progress peer) => peer.Next.Previous < _log.Compacted.Index;

    private void StartSnapshot(Progress peer)
    {
        var snapshot = _snapshot
            ?? throw new InvalidOperationException($"The log begins after {_log.Compacted}, and there is no snapshot for {peer.Id}.");
        peer.StartSnapshot(snapshot, _now);
        _building.SnapshotSends.Add(new SnapshotSend(peer.Id, Term, snapshot));
    }

    /// <summary>
    /// When to look for the peer again with the newest snapshot: it is gone, or it answers and yet takes in nothing. Until
    /// then its snapshot stays the same, however long it takes.
    /// </summary>
    private Instant SnapshotDeadline(Progress peer)
    {
        var heard = peer.LastContact > peer.SnapshotActivity ? peer.LastContact : peer.SnapshotActivity;
        return Earlier(heard + _options.RpcTimeout, peer.SnapshotActivity + (_options.RpcTimeout * SnapshotPatience));
    }

    /// <summary>A peer that answers heartbeats but no parts of a snapshot has lost some: its sender is told to go on (S4).</summary>
    private void SuspectLostSnapshot(Progress peer)
    {
        var patience = _options.HeartbeatInterval * 2;
        if (peer.PendingSnapshot is { } snapshot && _now >= peer.SnapshotActivity + patience && _now >= peer.SnapshotNudged + patience)
        {
            peer.SnapshotNudged = _now;
            _building.SnapshotSends.Add(new SnapshotSend(peer.Id, Term, snapshot));
        }
    }

    private void TakeChunkAccepted(Progress peer, SnapshotChunkAccepted accepted)
    {
        if (Role == Role.Leader && peer.PendingSnapshot?.Last == accepted.Last)
        {
            peer.SnapshotActivity = _now;
            _building.SnapshotAnswers.Add(accepted);
        }
    }

    /// <summary>
    /// A part of the leader's snapshot. One that ends at or below the commit index has nothing to offer: the leader is
    /// told where this log is instead, which is in the leader's log too because it is committed (S2).
    /// </summary>
    private void TakeChunk(SnapshotChunk chunk)
    {
        if (!FollowLeader(chunk.From))
        {
            return;
        }

        if (chunk.Meta.Last.Index <= _commit)
        {
            AcknowledgeSnapshot(chunk.From);
        }
        else
        {
            _building.SnapshotChunks.Add(chunk);
        }
    }

    private void TakeChunkStored(SnapshotChunkStored stored)
    {
        if (stored.Term == Term && stored.From == _leaderOfTerm && Role != Role.Leader)
        {
            Send(new SnapshotChunkAccepted(_options.Id, stored.From, Term, stored.Last, stored.NextOffset));
        }
    }

    /// <summary>
    /// A snapshot is whole and durable. What it holds is committed, no matter who sent it, so it is good whatever happened
    /// meanwhile; only a leader needs none, because its log holds all that is committed.
    /// </summary>
    private void TakeReceived(SnapshotReceived received)
    {
        if (Role == Role.Leader)
        {
            return;
        }

        if (received.Meta.Last.Index > _commit)
        {
            Install(received.Meta);
        }

        if (received.Term == Term && received.From == _leaderOfTerm)
        {
            AcknowledgeSnapshot(received.From);
            TakePartIfSpokenFor();
        }
    }

    private void AcknowledgeSnapshot(NodeId leader)
    {
        _verified = LogIndex.Max(_verified, _commit);
        AcknowledgeAppend(leader, _commit);
    }

    /// <summary>
    /// Puts a snapshot in the place of everything up to its last entry. A log that holds that very entry keeps what
    /// follows it; any other log ends before it or differs from what is committed, and goes as a whole (S1).
    /// </summary>
    private void Install(SnapshotMeta meta)
    {
        var last = meta.Last.Index;
        var keepsSuffix = _log.Contains(meta.Last);
        if (!keepsSuffix)
        {
            ResetLog(meta.Last);
        }

        _snapshot = meta;
        _isSnapshotDamaged = false;
        ReplaceConfigurations(meta, keepsSuffix);
        _commit = last;
        _applyIssued = last;
        DurableIndex = LogIndex.Max(DurableIndex, last);
        _building.Install = meta;
    }

    private void ResetLog(EntryId last)
    {
        _log.Reset(last);
        _building.Append.Clear();
        _building.TruncateFrom = null;
        _building.ResetTo = last;
        _building.MessagesAfterSave.RemoveAll(m => m is AppendAccepted accepted && accepted.Match > last.Index);
        _issuedLast = last.Index;
        foreach (var save in _pendingSaves)
        {
            save.Last = LogIndex.Min(save.Last, last.Index);
        }

        DurableIndex = last.Index;
        _verified = LogIndex.Min(_verified, last.Index);
    }
}
