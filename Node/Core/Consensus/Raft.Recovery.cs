namespace RaftKv.Core.Consensus;

/// <summary>
/// Coming back after a stop. A disk can return with less than it had acknowledged: such a server must not vote, or it
/// could help to elect a leader without committed entries. So it asks its peers what they saw it acknowledge (P7).
/// </summary>
public sealed partial class Raft
{
    private readonly HashSet<NodeId> _helloAnswers = [];
    private readonly Dictionary<NodeId, EntryId> _acknowledgedSinceStart = [];
    private bool _mayVote = true;
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
        _helloDue = _now;

        // Before the stop it may have heard a leader just now and helped it to a lease, which a vote would break.
        _lastHeardLeader = _options.VoteStickiness ? _now : _lastHeardLeader;
    }

    private void AskPeersIfDue()
    {
        if (_now < _helloDue)
        {
            return;
        }

        _helloDue = _now + _options.HeartbeatInterval + _prng.Between(TimeSpan.Zero, _options.HeartbeatInterval / 2);
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
            _options.Id, request.From, Term, known?.AcknowledgedTerm ?? Term.Zero, known?.Acknowledged ?? LogIndex.Zero));
        if (Role == Role.Leader)
        {
            // Without its last records a server may be back at entries that this leader had made it delete.
            var isPrefix = _log.Contains(request.Last);
            known?.Restarted(
                isPrefix ? request.Last.Index : LogIndex.Zero, _log.LastAtMost(request.Last.Index, request.Last.Term).Index);
        }
    }

    private void TakeHello(HelloResponse response)
    {
        if (_mayVote || !_helloAnswers.Add(response.From))
        {
            return;
        }

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
        if (_mayVote || CountVoters(_helloAnswers) + (_isVoter ? 1 : 0) < Majority)
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
            _acknowledgedSinceStart.Clear();
        }
    }

    private void RememberAcknowledged(NodeId leader, LogIndex match)
    {
        if (_mayVote)
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
