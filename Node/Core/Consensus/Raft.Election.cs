namespace RaftKv.Core.Consensus;

/// <summary>Leader election (thesis 3.4) with pre-vote (9.6), vote stickiness (4.2.3), check-quorum (6.2) and deference.</summary>
public sealed partial class Raft
{
    private readonly HashSet<NodeId> _votes = [];
    private readonly HashSet<(NodeId Server, Term Term)> _deferredTo = [];
    private Instant _lastHeardLeader = new(long.MinValue / 2);
    private Instant _quorumCheckDue;
    private long _ownVoteSave;

    /// <summary>When this server campaigns if it hears of no leader until then.</summary>
    internal Instant ElectionDeadline { get; private set; }

    /// <summary>
    /// Whether this server sticks to a leader it heard of lately: it gives no vote then, in any term, but to a server that
    /// the leader chose. So a server that was cut off cannot depose a leader that works, and a lease can rest on what its
    /// followers answered (L4). A leader counts as having heard itself (E8).
    /// </summary>
    private bool IsLoyal => _options.VoteStickiness && HeardLeaderLately;

    private bool HeardLeaderLately =>
        Role == Role.Leader || _now < _lastHeardLeader + _options.ElectionTimeoutLower;

    private TimeSpan DrawElectionTimeout() =>
        _prng.Between(_options.ElectionTimeoutLower, _options.ElectionTimeoutUpper);

    private void RestartElectionTimer() => ElectionDeadline = MayCampaign ? _now + DrawElectionTimeout() : Instant.Never;

    /// <summary>Whether this server's vote for itself would be a good one: its disk is known to have lost nothing, and has room.</summary>
    private bool MayStand => _mayVote && _log.Last >= VoteFloor && !_diskIsFull;

    /// <summary>Looked at once a turn, after all that arrived: a leader's message that waited beside the timer wins.</summary>
    private void CampaignIfDue()
    {
        if (Role == Role.Leader || _now < ElectionDeadline)
        {
            return;
        }

        RestartElectionTimer();
        if (!MayStand)
        {
            return;
        }

        if (!MayCampaign)
        {
            BecomeFollower(Term, NodeId.None);
        }
        else if (_options.PreVote && !IsOnlyVoter)
        {
            BecomePreCandidate();
        }
        else
        {
            BecomeCandidate();
        }
    }

    private void BecomePreCandidate()
    {
        Role = Role.PreCandidate;
        _leader = NodeId.None;
        _votes.Clear();
        _votes.Add(_options.Id);
        foreach (var peer in _peers.Where(p => p.IsVoter))
        {
            Send(new PreVoteRequest(_options.Id, peer.Id, Term.Next, _log.Last));
        }
    }

    /// <summary>A new term with a vote for oneself; asks for votes, and counts the own one, only once both are durable (E1).</summary>
    private void BecomeCandidate(bool isTransfer = false)
    {
        Role = Role.Candidate;
        _leader = NodeId.None;
        _leaderOfTerm = NodeId.None;
        SetHardState(new HardState(Term.Next, _options.Id));
        _ownVoteUnsaved = true;
        _votes.Clear();
        RestartElectionTimer();
        foreach (var peer in _peers.Where(p => p.IsVoter))
        {
            SendAfterSave(new VoteRequest(_options.Id, peer.Id, Term, _log.Last, isTransfer));
        }
    }

    private void CountOwnVote(long saveId)
    {
        if (Role == Role.Candidate && _hardState.VotedFor == _options.Id && !_ownVoteUnsaved && saveId >= _ownVoteSave)
        {
            CountVote(_options.Id);
        }
    }

    private void AnswerPreVote(PreVoteRequest request)
    {
        var granted = request.Term > Term
            && request.Last >= VoteFloor
            && !HeardLeaderLately
            && _mayVote
            && !_diskIsFull
            && !OutranksInPreVote(request);
        Send(new PreVoteResponse(_options.Id, request.From, granted ? request.Term : Term, request.Term, granted));
    }

    /// <summary>
    /// Deference: of two who ask for the same term, the better one goes on and the other gives way, once per server
    /// and term, so that one who can send but not receive costs a single timeout. Votes themselves are never changed.
    /// </summary>
    private bool OutranksInPreVote(PreVoteRequest request)
    {
        if (!_options.Deference || Role != Role.PreCandidate || request.Term != Term.Next)
        {
            return false;
        }

        if (IsOutrankedBy(request.From, request.Last, request.Term))
        {
            if (_deferredTo.Add((request.From, request.Term)))
            {
                BecomeFollower(Term, NodeId.None);
                RestartElectionTimer();
            }

            return false;
        }

        return true;
    }

    private bool IsOutrankedBy(NodeId other, EntryId last, Term term) =>
        last != _log.Last ? last > _log.Last : RankOf(other, term) > RankOf(_options.Id, term);

    private static ulong RankOf(NodeId id, Term term) => Prng.Mix(Prng.Mix((ulong)term.Value) ^ (ulong)id.Value);

    private void TakePreVote(PreVoteResponse response)
    {
        if (Role != Role.PreCandidate || response.CampaignTerm != Term.Next)
        {
            return;
        }

        if (response.Granted)
        {
            _votes.Add(response.From);
            if (CountVoters(_votes) >= Majority)
            {
                BecomeCandidate();
            }
        }
        else if (response.Term > Term)
        {
            BecomeFollower(response.Term, NodeId.None);
        }
    }

    private void AnswerVote(VoteRequest request)
    {
        var isFree = _hardState.VotedFor.IsNone || _hardState.VotedFor == request.From;
        var isUpToDate = request.Last >= VoteFloor;
        if (isFree && Role != Role.Leader && _leaderOfTerm.IsNone && isUpToDate && _mayVote)
        {
            if (_hardState.VotedFor.IsNone)
            {
                SetHardState(new HardState(Term, request.From));
            }

            BecomeFollower(Term, NodeId.None);
            RestartElectionTimer();
            SendAfterSave(new VoteResponse(_options.Id, request.From, Term, Granted: true));
            return;
        }

        WaitForBetterCandidate(request);
        Send(new VoteResponse(_options.Id, request.From, Term, Granted: false));
    }

    /// <summary>Deference without pre-vote: the lesser of two candidates waits one timeout more before it raises its term.</summary>
    private void WaitForBetterCandidate(VoteRequest request)
    {
        if (_options.Deference && !_options.PreVote && Role == Role.Candidate
            && IsOutrankedBy(request.From, request.Last, Term) && _deferredTo.Add((request.From, Term)))
        {
            ElectionDeadline += DrawElectionTimeout();
        }
    }

    /// <summary>After its timeout a candidate counts no vote: who gave it may have started again since, without its memory (P7).</summary>
    private void TakeVote(VoteResponse response)
    {
        if (Role == Role.Candidate && response.Granted && _now < ElectionDeadline)
        {
            CountVote(response.From);
        }
    }

    /// <summary>Counts a voter of the configuration in force once, however often its reply arrives (E5).</summary>
    private void CountVote(NodeId voter)
    {
        _votes.Add(voter);
        if (CountVoters(_votes) >= Majority)
        {
            BecomeLeader();
        }
    }

    private void BecomeLeader()
    {
        Role = Role.Leader;
        _leader = _options.Id;
        _leaderOfTerm = _options.Id;
        _votes.Clear();
        foreach (var peer in _peers)
        {
            peer.Reset(_log.Last.Index.Next, _now);
        }

        _quorumCheckDue = _now + _options.ElectionTimeoutUpper;
        _leaseGivenUp = false;
        StartRounds();
        StartReplication();
    }

    /// <summary>
    /// Someone leads this term. Two leaders in one term mean that a vote was lost or given twice: going on could only
    /// make it worse (E17).
    /// </summary>
    /// <returns>Whether the message may be acted on.</returns>
    private bool FollowLeader(NodeId leader)
    {
        if (!_leaderOfTerm.IsNone && _leaderOfTerm != leader)
        {
            StopWith("TwoLeadersInOneTerm",
                $"{_options.Id} saw {leader} lead term {Term}, which {_leaderOfTerm} leads already. A server voted twice "
                + "or a foreign server joined: keep the data of all servers and find out which before any is started again.");
            return false;
        }

        if (Role != Role.Follower || _leader != leader)
        {
            BecomeFollower(Term, leader);
        }

        if (_leaderOfTerm != leader)
        {
            _leaderOfTerm = leader;
            _verified = LogIndex.Zero;
        }

        _lastHeardLeader = _now;
        RestartElectionTimer();
        AskLeader(leader);
        return true;
    }

    /// <summary>
    /// Ends a leadership that no majority has confirmed for an election timeout, or whose disk hangs. Called before
    /// anything else at every input, so that it comes first after a pause (L5).
    /// </summary>
    private void EndExpiredLeadership()
    {
        if (Role != Role.Leader)
        {
            return;
        }

        if (_now >= StalledSaveDeadline)
        {
            BecomeFollower(Term, NodeId.None);
            return;
        }

        if (_options.CheckQuorum && _now >= _quorumCheckDue)
        {
            _quorumCheckDue = HeardByMajority() + _options.ElectionTimeoutUpper;
            if (_now >= _quorumCheckDue)
            {
                BecomeFollower(Term, NodeId.None);
            }
        }
    }

    /// <summary>The latest moment since which a majority has been heard; a leader hears itself.</summary>
    private Instant HeardByMajority() => new(ReachedByVoters(static (_, p) => p.LastContact.Microseconds, _now.Microseconds));
}
