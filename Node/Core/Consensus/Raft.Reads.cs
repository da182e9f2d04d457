namespace RaftKv.Core.Consensus;

/// <summary>
/// Linearizable reads without the log (thesis 6.4): the leader proves by a round of heartbeats, started after the
/// read, that it still leads. One round answers for all reads that wait; followers ask the leader for an index.
/// </summary>
public sealed partial class Raft
{
    private readonly List<WaitingRead> _waitingReads = [];
    private readonly List<WaitingRead> _roundReads = [];
    private readonly List<ReadRequest> _newReads = [];
    private readonly PriorityQueue<long, (LogIndex Index, long Order)> _unappliedReads = new();
    private readonly HeartbeatRounds _rounds = new();
    private readonly ForwardedReads _forwarded;
    private long _readOrder;
    private long _readRound;
    private LogIndex _readRoundIndex;
    private Instant _leaseFrom;

    /// <summary>A read at the leader: a client's own, or one that a follower asks for.</summary>
    private readonly record struct WaitingRead(long RequestId, NodeId Follower, long Attempt);

    private long PendingReads =>
        _waitingReads.Count + _roundReads.Count + _newReads.Count + _forwarded.Count + _unappliedReads.Count;

    /// <summary>Until when a leader may answer reads under its lease, by its own clock; long past when it has none.</summary>
    internal Instant LeaseEnd => _options.CheckQuorum && _options.VoteStickiness && !_leaseGivenUp && VotersAreLoyal()
        ? _leaseFrom + (_options.ElectionTimeoutLower * _options.LeaseFraction)
        : new Instant(long.MinValue / 2);

    private bool IsLeaseHeld => _now < LeaseEnd;

    /// <summary>For how long a leader that this server answers can count on its vote.</summary>
    private TimeSpan OwnLoyalty => _options.VoteStickiness ? _options.ElectionTimeoutLower : TimeSpan.Zero;

    /// <summary>
    /// Whether every voter keeps as long from electing another as this leader trusts its lease: one that is set to
    /// campaign or vote sooner could elect a leader within it.
    /// </summary>
    private bool VotersAreLoyal()
    {
        foreach (var peer in _peers)
        {
            if (peer.IsVoter && peer.LoyalFor < _options.ElectionTimeoutLower)
            {
                return false;
            }
        }

        return true;
    }

    private void TakeRead(ReadRequest read)
    {
        if (read.Consistency == ReadConsistency.Stale)
        {
            _building.ReadsReady.Add(new ReadReady(read.RequestId, _applied));
        }
        else if (PendingReads >= _options.MaxPendingReads)
        {
            _building.ReadsRefused.Add(new ReadRefused(read.RequestId, RefusalReason.Overloaded, _leader));
        }
        else
        {
            _newReads.Add(read);
        }
    }

    private void DrainReads()
    {
        if (Role == Role.Leader)
        {
            TakeNewReadsAsLeader();
            RunRounds();
        }
        else
        {
            ForwardReads();
        }

        while (_unappliedReads.TryPeek(out var requestId, out var need) && need.Index <= _applied)
        {
            _unappliedReads.Dequeue();
            _building.ReadsReady.Add(new ReadReady(requestId, need.Index));
        }
    }

    private void TakeNewReadsAsLeader()
    {
        foreach (var read in _newReads)
        {
            var isProven = read.Consistency == ReadConsistency.Lease && IsLeaseHeld;
            if (isProven && HasCommittedInTerm)
            {
                AwaitApply(read.RequestId, _commit);
            }
            else
            {
                _waitingReads.Add(new WaitingRead(read.RequestId, NodeId.None, 0));
            }
        }

        _newReads.Clear();
        foreach (var requestId in _forwarded.TakeAll())
        {
            _waitingReads.Add(new WaitingRead(requestId, NodeId.None, 0));
        }
    }

    private void StartRounds()
    {
        _rounds.Start(_now);
        _readRound = 0;
        _leaseFrom = new Instant(long.MinValue / 2);
    }

    /// <summary>Heartbeats at their fixed rate, and one more round as soon as reads wait and none is under way (L2).</summary>
    private void RunRounds()
    {
        var isTick = _rounds.TakeTick(_now, _options.HeartbeatInterval);
        _appendsDue |= isTick;
        var startsReads = _waitingReads.Count > 0 && _roundReads.Count == 0 && HasCommittedInTerm;
        if (!isTick && !startsReads)
        {
            return;
        }

        var round = _rounds.Begin(_now, _options.ElectionTimeoutUpper);
        if (startsReads)
        {
            _roundReads.AddRange(_waitingReads);
            _waitingReads.Clear();
            _readRound = round;
            _readRoundIndex = _commit;
        }

        foreach (var peer in _peers)
        {
            var commit = LogIndex.Min(peer.Match, _commit);
            Send(new Heartbeat(_options.Id, peer.Id, Term, commit, round));
        }

        ConfirmRounds();
    }

    private void TakeHeartbeatResponse(Progress peer, HeartbeatResponse response)
    {
        if (Role != Role.Leader)
        {
            return;
        }

        if (peer.AnswerRound(response.Round, response.Run, response.LoyalFor, _rounds.Newest))
        {
            peer.Restarted(LogIndex.Zero, peer.Next.Previous);
        }

        peer.AliveAt = peer.Run == response.Run ? Later(peer.AliveAt, _rounds.SentBefore(response.Round)) : peer.AliveAt;
        SuspectLostAppends(peer);
        ConfirmRounds();
        AdvanceCommit();
    }

    /// <summary>
    /// Whether what a peer acknowledged may still make up a majority. One that was not heard for as long as others wait before
    /// they speak for it (<see cref="Grace"/>) may have started again with an older disk, and those who did may not hold what
    /// would be committed now (P7). Its clock may be as much faster than this one as a lease allows for.
    /// </summary>
    private bool MayCount(Progress peer) => _now < peer.AliveAt + (_options.ElectionTimeoutUpper * _options.LeaseFraction);

    /// <summary>
    /// A round that a majority answered proves leadership at the moment it was sent: the reads that waited for it may
    /// go on, and the lease counts from that moment, not from the answers (L4).
    /// </summary>
    private void ConfirmRounds()
    {
        if (_rounds.Confirm(ReachedByVoters(static (_, p) => p.AnsweredRound, _rounds.Newest)) is { } sent)
        {
            _leaseFrom = sent;
        }

        if (_roundReads.Count > 0 && _rounds.Confirmed >= _readRound)
        {
            foreach (var read in _roundReads)
            {
                FinishRead(read, _readRoundIndex);
            }

            _roundReads.Clear();
        }
    }

    private void FinishRead(WaitingRead read, LogIndex index)
    {
        if (read.Follower.IsNone)
        {
            AwaitApply(read.RequestId, index);
        }
        else
        {
            Send(new ReadIndexResponse(_options.Id, read.Follower, Term, read.Attempt, index));
        }
    }

    private void AwaitApply(long requestId, LogIndex index) => _unappliedReads.Enqueue(requestId, (index, _readOrder++));

    /// <summary>Reads that no round confirmed are void with the leadership; followers notice the change and ask again (L3).</summary>
    private void RefuseLeaderReads()
    {
        foreach (var read in _waitingReads.Concat(_roundReads))
        {
            if (read.Follower.IsNone)
            {
                _building.ReadsRefused.Add(new ReadRefused(read.RequestId, RefusalReason.NotLeader, _leader));
            }
        }

        _waitingReads.Clear();
        _roundReads.Clear();
    }

    private void TakeReadIndexRequest(ReadIndexRequest request)
    {
        if (Role != Role.Leader || PendingReads >= _options.MaxPendingReads)
        {
            Send(new ReadIndexResponse(_options.Id, request.From, Term, request.Attempt, LogIndex.Zero));
        }
        else
        {
            _waitingReads.Add(new WaitingRead(0, request.From, request.Attempt));
        }
    }

    private void TakeReadIndexResponse(ReadIndexResponse response)
    {
        foreach (var requestId in _forwarded.TakeAnswered(response.From, response.Attempt))
        {
            if (response.Index > LogIndex.Zero)
            {
                AwaitApply(requestId, response.Index);
            }
            else
            {
                _building.ReadsRefused.Add(new ReadRefused(requestId, RefusalReason.NotLeader, _leader));
            }
        }
    }

    /// <summary>Asks the leader for an index, once for all reads of this turn. Without a leader they are refused.</summary>
    private void ForwardReads()
    {
        var toAsk = _forwarded.TakeOverdue(_leader, _now, _options.RpcTimeout);
        if (_newReads.Count > 0)
        {
            (toAsk ??= []).AddRange(_newReads.Select(r => r.RequestId));
            _newReads.Clear();
        }

        if (toAsk is null)
        {
            return;
        }

        if (_leader.IsNone)
        {
            _building.ReadsRefused.AddRange(toAsk.Select(id => new ReadRefused(id, RefusalReason.NotLeader, _leader)));
        }
        else
        {
            Send(new ReadIndexRequest(_options.Id, _leader, Term, _forwarded.Ask(_leader, _now, toAsk)));
        }
    }
}
