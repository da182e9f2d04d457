namespace RaftKv.Core.Consensus;

/// <summary>
/// Coming back after a stop. A disk can return with less than it had acknowledged: such a server must not vote, or it
/// could help to elect a leader without committed entries. So it asks its peers what they saw it acknowledge, and how
/// far their own logs go (P7).
/// </summary>
/// <remarks>
/// Of n voters, an entry e that this server helped to commit is held by Majority - 1 of the n - 1 others, so that among
/// the answers of any (n + 1) / 2 of them (<see cref="EnoughToSpeakForIt"/>) one is from a server that holds e. Either
/// that is the leader who counted the acknowledgement: then the loss is known, and this server stops. Or it is a
/// follower, whose last entry is no older than e: this server then votes, and stands, only with a log that is no older
/// than the newest it was told of, just as that follower would, and the proof of leader completeness (thesis 3.6.3)
/// holds with the follower's log in the place of the lost one. In the same way one of them knows the term of any leader
/// that this server helped to elect, so it votes only in later terms than it is told of.
/// <para>
/// Liveness: a majority must be able to go on without the rest. If fewer answer, the word of a majority with itself
/// is enough after a grace of one upper election timeout, in which everyone alive has been asked several times. What
/// the newest log demands is let go after five, in which its owner, if alive, has had as many rounds to be elected: its
/// tail may be one that nobody else holds. Who needs more than that has lost a disk and, beside it, the leader and the
/// owner of that log.
/// </para>
/// <para>
/// A learner reckons as if it were a voter, which it may have become in what it lost. The only voter of a cluster has
/// nobody to ask. The rule for two is the old one, as half of an even number of voters is a majority less one.
/// Whoever removed this server does not answer it, so it stays quiet. TimeoutNow passes the same gate as the timer.
/// </para>
/// </remarks>
public sealed partial class Raft
{
    /// <summary>For how many upper election timeouts the newest log that a peer told of is waited for.</summary>
    private const int FloorTimeouts = 5;

    private readonly HashSet<NodeId> _helloAnswers = [];
    private readonly Dictionary<NodeId, EntryId> _acknowledgedSinceStart = [];
    private bool _mayVote = true;
    private bool _awaitsAnswers;
    private Instant _graceEnds;
    private Instant _floorEnds;
    private EntryId _newestTold;
    private Term _latestTold;
    private Term _noVoteUpTo;
    private bool _tailWasTrimmed;
    private bool _tailIsWhole;
    private EntryId? _trimmedAt;
    private Term _trimmedUntil;
    private EntryId _recoveredLast;
    private Term _recoveredTerm;
    private EntryId _mustHold;
    private Instant _helloDue = Instant.Never;

    /// <summary>Whether this server takes part in elections; not before its peers confirmed that its disk lost nothing.</summary>
    public bool MayVote => _mayVote;

    /// <summary>How many other voters must answer so that one of them holds whatever this server helped to commit.</summary>
    private int EnoughToSpeakForIt => ((_isVoter ? _voterCount : _voterCount + 1) + 1) / 2;

    /// <summary>What a log must at least end with for this server to vote for it or stand with it.</summary>
    private EntryId VoteFloor => _newestTold > _log.Last && _now < _floorEnds ? _newestTold : _log.Last;

    private void StartRecovery(RecoveredState recovered)
    {
        _recoveredLast = _log.Last;
        _recoveredTerm = Term;
        _tailWasTrimmed = recovered.TailWasTrimmed;
        _trimmedAt = recovered.TailWasTrimmed ? recovered.TrimmedAt : null;
        _trimmedUntil = _trimmedAt is { } at && at.Term > recovered.TrimmedUntil ? at.Term : recovered.TrimmedUntil;
        if (IsOnlyVoter || !(recovered.IsRestart || recovered.TailWasTrimmed))
        {
            _tailIsWhole = _tailWasTrimmed;
            return;
        }

        _mayVote = false;
        _awaitsAnswers = true;
        _helloDue = _now;
        _graceEnds = _now + _options.ElectionTimeoutUpper;

        // Before the stop it may have heard a leader just now and helped it to a lease, which a vote would break.
        _lastHeardLeader = _options.VoteStickiness ? _now : _lastHeardLeader;
    }

    private void AskPeersIfDue()
    {
        if (_now < _helloDue)
        {
            return;
        }

        if (_now >= _graceEnds)
        {
            OpenVotingIfCaughtUp();
            if (_mayVote)
            {
                return;
            }
        }

        _helloDue = _now + _options.HeartbeatInterval + _prng.Between(TimeSpan.Zero, _options.HeartbeatInterval / 2);
        _helloDue = _now < _graceEnds ? Earlier(_helloDue, _graceEnds) : _helloDue;
        foreach (var peer in _peers)
        {
            AskUnlessAnswered(peer.Id);
        }

        // The disk may be back at a configuration in which its leader had no place, and that leader knows most.
        if (!_leader.IsNone && PeerOf(_leader) is null)
        {
            AskUnlessAnswered(_leader);
        }
    }

    private void AskUnlessAnswered(NodeId server)
    {
        if (!_helloAnswers.Contains(server))
        {
            Send(new HelloRequest(_options.Id, server, Term, new EntryId(_log.TermAt(DurableIndex) ?? Term.Zero, DurableIndex)));
        }
    }

    /// <summary>Tells a server that came back what it acknowledged here, and no longer counts what it does not hold.</summary>
    private void AnswerHello(HelloRequest request)
    {
        var known = _everSeen.GetValueOrDefault(request.From);
        Send(new HelloResponse(
            _options.Id, request.From, Term, known?.AcknowledgedTerm ?? Term.Zero, known?.Acknowledged ?? LogIndex.Zero, _log.Last));
        if (Role == Role.Leader)
        {
            // Without its last records a server may be back at entries that this leader had made it delete.
            var isPrefix = _log.Contains(request.Last);
            known?.Restarted(
                isPrefix ? request.Last.Index : LogIndex.Zero, _log.LastAtMost(request.Last.Index, request.Last.Term).Index);
        }
    }

    /// <summary>Takes an answer, once from each; one that comes after voting was opened can still tell of a loss.</summary>
    private void TakeHello(HelloResponse response)
    {
        if (!_awaitsAnswers || !_helloAnswers.Add(response.From))
        {
            return;
        }

        _newestTold = response.Last > _newestTold ? response.Last : _newestTold;
        _latestTold = response.Term > _latestTold ? response.Term : _latestTold;

        var named = new EntryId(response.AcknowledgedTerm, response.Acknowledged);
        var isOfThisRun = _acknowledgedSinceStart.TryGetValue(response.From, out var acknowledged)
            && named.Term == acknowledged.Term && named.Index <= acknowledged.Index;
        if (!isOfThisRun && !WasRecovered(named))
        {
            if (!_tailWasTrimmed)
            {
                StopWith("AcknowledgedEntriesLost",
                    $"{_options.Id} came back with its log up to {_recoveredLast.Index} in term {_recoveredTerm}, but {response.From} "
                    + $"saw it acknowledge up to {named.Index} in term {named.Term}: its disk lost acknowledged entries. "
                    + "It must not take part again under this id: remove it from the cluster, wipe it and add it under a new id.");
                return;
            }

            _mustHold = new EntryId(
                named.Term > _mustHold.Term ? named.Term : _mustHold.Term, LogIndex.Max(named.Index, _mustHold.Index));
        }

        if (_peers.All(p => _helloAnswers.Contains(p.Id)))
        {
            _awaitsAnswers = false;
            _helloDue = Instant.Never;
        }

        OpenVotingIfCaughtUp();
    }

    /// <summary>
    /// Whether the disk held at the start what a peer saw acknowledged, or a later leader had replaced it. A tail that
    /// an earlier start cut off is judged by what that start found: whatever was replicated since proves nothing about
    /// an acknowledgement of before.
    /// </summary>
    private bool WasRecovered(EntryId named)
    {
        if (_trimmedAt is { } trimmed && named.Term <= _trimmedUntil)
        {
            return named.Term < trimmed.Term || named.Index <= trimmed.Index;
        }

        return named.Term < _recoveredTerm || (named.Term == _recoveredTerm && named.Index <= _recoveredLast.Index);
    }

    /// <summary>
    /// Opens elections once enough peers answered, and a server whose damaged tail was cut off holds again, as a
    /// leader of that term or a later one verified, all that it was seen to acknowledge (P4).
    /// </summary>
    private void OpenVotingIfCaughtUp()
    {
        if (_mayVote || !IsSpokenFor())
        {
            return;
        }

        var isHeld = _mustHold == EntryId.Zero
            || (Term >= _mustHold.Term && LogIndex.Min(_verified, DurableIndex) >= _mustHold.Index);
        if (isHeld)
        {
            _mayVote = true;
            _tailIsWhole = _tailWasTrimmed;
            _helloDue = Instant.Never;
            _floorEnds = _now + (_options.ElectionTimeoutUpper * FloorTimeouts);
            SpendOlderVotes();
        }
    }

    private bool IsSpokenFor()
    {
        var answers = CountVoters(_helloAnswers);
        return answers >= EnoughToSpeakForIt || (_now >= _graceEnds && answers + (_isVoter ? 1 : 0) >= Majority);
    }

    /// <summary>Where peers are in a later term than was recovered, this server may have voted in theirs.</summary>
    private void SpendOlderVotes()
    {
        if (_latestTold <= _recoveredTerm)
        {
            return;
        }

        _noVoteUpTo = _latestTold;
        if (_latestTold > Term)
        {
            BecomeFollower(_latestTold, NodeId.None);
        }
    }

    private void RememberAcknowledged(NodeId leader, LogIndex match)
    {
        if (!_awaitsAnswers)
        {
            return;
        }

        var now = new EntryId(Term, match);
        if (!_acknowledgedSinceStart.TryGetValue(leader, out var before) || before < now)
        {
            _acknowledgedSinceStart[leader] = now;
        }
    }
}
