namespace RaftKv.Core.Consensus;

/// <summary>The leader's side of log replication (thesis 3.5) and the commit rule (3.6.2).</summary>
public sealed partial class Raft
{
    private LogIndex _noOp;
    private long _uncommittedBytes;
    private bool _appendsDue;

    /// <summary>A leader serves reads and counts on its commit index only after it committed an entry of its own (L1).</summary>
    private bool HasCommittedInTerm => _commit >= _noOp;

    private bool IsHeartbeatTriggered => _options.Replication == ReplicationTrigger.Heartbeat;

    /// <summary>The first entry of a leadership: it lets the leader commit what its predecessors left (C2).</summary>
    private void StartReplication()
    {
        _noOp = _log.Last.Index.Next;
        _uncommittedBytes = 0;
        AppendOwn(EntryKind.NoOp, ReadOnlyMemory<byte>.Empty);
    }

    private EntryId AppendOwn(EntryKind kind, ReadOnlyMemory<byte> payload)
    {
        var entry = new LogEntry(new EntryId(Term, _log.Last.Index.Next), kind, payload);
        AppendEntry(entry);
        _uncommittedBytes += entry.SizeBytes;
        return entry.Id;
    }

    /// <summary>Appends all that was proposed in this turn, or refuses it.</summary>
    private void TakeProposals()
    {
        foreach (var proposal in _proposals)
        {
            if (RefusalOf(proposal) is { } reason)
            {
                _building.Refused.Add(new ProposalRefused(proposal.RequestId, reason, _leader));
            }
            else
            {
                var id = AppendOwn(EntryKind.Command, proposal.Payload);
                _building.Appended.Add(new ProposalAppended(proposal.RequestId, id));
            }
        }

        _proposals.Clear();
    }

    private RefusalReason? RefusalOf(Proposal proposal)
    {
        if (_diskIsFull && (Role == Role.Leader || IsOnlyVoter))
        {
            return RefusalReason.DiskFull;
        }

        if (Role != Role.Leader)
        {
            return RefusalReason.NotLeader;
        }

        if (IsTransferring || IsLeaving)
        {
            // Nothing follows the entry by which a leader removes itself: all it appended is decided when it leaves.
            return RefusalReason.Transferring;
        }

        if (proposal.Payload.Length > _options.MaxEntryBytes)
        {
            return RefusalReason.TooLarge;
        }

        var size = LogEntry.OverheadBytes + proposal.Payload.Length;
        return _uncommittedBytes > 0 && _uncommittedBytes + size > _options.MaxUncommittedBytes
            ? RefusalReason.Overloaded
            : null;
    }

    /// <summary>Sends what every peer's window has room for. Under the heartbeat rule only together with a heartbeat.</summary>
    private void Replicate()
    {
        if (Role == Role.Leader && (_appendsDue || !IsHeartbeatTriggered))
        {
            foreach (var peer in _peers)
            {
                ReplicateTo(peer);
            }
        }

        _appendsDue = false;
    }

    private void ReplicateTo(Progress peer)
    {
        if (_now >= AppendDeadline(peer))
        {
            Ask(peer);
        }

        if (peer.PendingSnapshot is not null)
        {
            return;
        }

        if (NeedsSnapshot(peer))
        {
            if (!_isSnapshotDamaged)
            {
                StartSnapshot(peer);
            }

            return;
        }

        if (peer.IsProbing)
        {
            if (peer.ProbeSent is null)
            {
                SendAppend(peer);
            }

            return;
        }

        while (peer.Next <= _log.Last.Index && HasRoom(peer))
        {
            SendAppend(peer);
        }

        if (peer.TailProbeDue)
        {
            AddSend(peer, peer.Next.Previous, 0);
        }
    }

    /// <summary>
    /// Asks again a peer that did not answer in time. What streams is not sent again before an answer says that it was
    /// lost: where peers or the network are overloaded, that would be more of what overloads them (R13).
    /// </summary>
    private void Ask(Progress peer)
    {
        if (peer.IsProbing || IsHeartbeatTriggered)
        {
            peer.Doubt(mayBeSlow: !IsHeartbeatTriggered);
        }
        else
        {
            peer.AskAfterTail(_now);
        }
    }

    private bool HasRoom(Progress peer)
    {
        if (peer.InflightCount == 0)
        {
            return true;
        }

        var most = IsHeartbeatTriggered ? 1 : _options.MaxInflightAppends;
        return peer.InflightCount < most
            && peer.InflightBytes + _log.SizeAt(peer.Next) <= _options.MaxInflightBytes;
    }

    private void SendAppend(Progress peer)
    {
        if (peer.Next > _log.Last.Index || peer.IsInDoubt)
        {
            AddSend(peer, peer.Next.Previous, 0);
            return;
        }

        var room = Math.Min(_options.MaxAppendBytes, _options.MaxInflightBytes - peer.InflightBytes);
        var last = _log.Fit(peer.Next, room, out var bytes);
        AddSend(peer, last, bytes);
    }

    private void AddSend(Progress peer, LogIndex last, long bytes)
    {
        var previous = peer.Next.Previous;
        var previousTerm = _log.TermAt(previous)
            ?? throw new InvalidOperationException($"Nothing is known of {previous}, which {peer.Id} should have before {last}.");
        _building.Sends.Add(new AppendSend(peer.Id, Term, new EntryId(previousTerm, previous), last, _commit));
        peer.Sent(last, bytes, _now);
    }

    private Instant AppendDeadline(Progress peer)
    {
        if (peer.PendingSnapshot is not null)
        {
            return SnapshotDeadline(peer);
        }

        if (peer.IsProbing)
        {
            return peer.ProbeSent is { } sent ? sent + _options.RpcTimeout : Instant.Never;
        }

        // A window that is being answered is on its way, however long its entries take.
        return peer.InflightCount == 0 ? Instant.Never : Later(peer.OldestInflight, peer.LastAnswer) + _options.RpcTimeout;
    }

    private void TakeAccepted(Progress peer, AppendAccepted accepted)
    {
        if (Role == Role.Leader && accepted.Match <= _log.Last.Index && peer.IsOf(accepted.Run))
        {
            if (peer.PendingSnapshot is { } pending && (accepted.Match >= _log.Compacted.Index || accepted.Match >= pending.Last.Index))
            {
                peer.EndSnapshot(accepted.Match, _now);
            }

            peer.SnapshotActivity = accepted.Match > peer.Match ? _now : peer.SnapshotActivity;
            peer.Accept(Term, accepted.Match, _now);
            peer.CountCatchUp(_log.Last.Index, _now);
            AdvanceCommit();
        }
    }

    private void TakeRejected(Progress peer, AppendRejected rejected)
    {
        if (Role == Role.Leader && peer.IsCurrent(rejected.Rejected))
        {
            // Below the log's beginning there is nothing to look for: the next send is a snapshot (R8).
            var candidate = rejected.Hint.Index < _log.Compacted.Index
                ? rejected.Hint
                : _log.LastAtMost(rejected.Hint.Index, rejected.Hint.Term);
            peer.Reject(rejected.Rejected, candidate.Index, _now);
        }
    }

    private void TakeLost(AppendLost lost)
    {
        if (Role == Role.Leader && lost.Term == Term && PeerOf(lost.Peer) is { PendingSnapshot: null } peer)
        {
            peer.Doubt();
        }
    }

    /// <summary>
    /// A peer that answers heartbeats but not appends may have lost them: it is asked, which costs nothing when they are
    /// merely slow (R13).
    /// </summary>
    private void SuspectLostAppends(Progress peer)
    {
        var patience = _options.HeartbeatInterval;
        if (peer.PendingSnapshot is not null)
        {
            SuspectLostSnapshot(peer);
        }
        else if (peer.IsProbing)
        {
            if (peer.ProbeSent is { } sent && _now >= sent + patience)
            {
                Ask(peer);
            }
        }
        else if (peer.InflightCount > 0 && _now >= peer.OldestInflight + patience && _now >= peer.LastAnswer + patience)
        {
            Ask(peer);
        }
    }

    /// <summary>
    /// Commits what a majority holds durably, this server counting only what is durable here (C4), and only once an
    /// entry of the own term is among it: older entries commit with it, never by counting (C1).
    /// </summary>
    private void AdvanceCommit()
    {
        var own = DurableIndex;
        var reached = new LogIndex(ReachedByVoters(static (raft, p) => raft.MayCount(p) ? p.Match.Value : 0, own.Value));
        if (reached > _commit && _log.TermAt(reached) == Term)
        {
            for (var index = LogIndex.Max(_commit.Next, _noOp); index <= reached; index = index.Next)
            {
                _uncommittedBytes -= _log.SizeAt(index);
            }

            _commit = reached;
        }
    }

    private Instant NextLeaderDeadline()
    {
        var next = Earlier(_rounds.Due, StalledSaveDeadline);
        next = _options.CheckQuorum && !IsOnlyVoter ? Earlier(next, _quorumCheckDue) : next;
        if (!IsHeartbeatTriggered)
        {
            foreach (var peer in _peers)
            {
                next = Earlier(next, AppendDeadline(peer));
            }
        }

        return next;
    }
}
