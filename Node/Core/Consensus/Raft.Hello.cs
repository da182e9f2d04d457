namespace RaftKv.Core.Consensus;

/// <summary>
/// The question of a server that started, what did you see me acknowledge, and its answers. Each start is a run of its own,
/// so that promises of earlier ones are told apart, however late they arrive (P7).
/// </summary>
public sealed partial class Raft
{
    private readonly Dictionary<(NodeId Leader, Term Term), LogIndex> _acknowledgedSinceStart = [];
    private NodeId _askedLeader;
    private Instant _askedLeaderAt;

    private void SayHello(NodeId server) =>
        Send(new HelloRequest(_options.Id, server, Term, new EntryId(_log.TermAt(DurableIndex) ?? Term.Zero, DurableIndex), _run));

    /// <summary>A leader is heard: it is asked too, however this server started, with every heartbeat until it answers.</summary>
    private void AskLeader(NodeId leader)
    {
        if (_isSpokenFor && !_answers.IsHeard(leader)
            && (_askedLeader != leader || _now >= _askedLeaderAt + _options.HeartbeatInterval))
        {
            _askedLeader = leader;
            _askedLeaderAt = _now;
            SayHello(leader);
        }
    }

    /// <summary>Tells a server that started what it acknowledged here before, and no longer counts what it does not hold.</summary>
    private void AnswerHello(HelloRequest request)
    {
        var known = _everSeen.GetValueOrDefault(request.From);
        var isNews = known is not null && known.IsNew(request.Run);
        var isRestart = isNews && (known!.Meet(request.Run, _rounds.Newest) || known.Next.Previous > request.Last.Index);
        var before = known?.AcknowledgedBefore ?? EntryId.Zero;
        Send(new HelloResponse(_options.Id, request.From, Term, before.Term, before.Index, _log.Last, request.Run, _isSpokenFor, Configuration));
        if (Role == Role.Leader && isRestart)
        {
            // Without its last records a server may be back at entries that this leader had made it delete.
            var isPrefix = _log.Contains(request.Last);
            known!.Restarted(
                isPrefix ? request.Last.Index : LogIndex.Zero, _log.LastAtMost(request.Last.Index, request.Last.Term).Index);
        }
    }

    /// <summary>Takes an answer to this run; one that comes after voting was opened can still tell of a loss.</summary>
    private void TakeHello(HelloResponse response)
    {
        if (response.Run != _run || (_answers.IsHeard(response.From) && (_answers.IsSure(response.From) || _isSpokenFor || !response.IsSpokenFor)))
        {
            return;
        }

        _answers.Take(response);
        var named = new EntryId(response.AcknowledgedTerm, response.Acknowledged);
        var isOfThisStart = _acknowledgedSinceStart.TryGetValue((response.From, named.Term), out var acknowledged) && named.Index <= acknowledged;
        if (!isOfThisStart && !_recovered.Held(named))
        {
            if (!_recovered.TailWasTrimmed)
            {
                StopWith("AcknowledgedEntriesLost",
                    $"{_options.Id} came back with its log up to {_recovered.Last.Index} in term {_recovered.Term}, but {response.From} "
                    + $"saw it acknowledge up to {named.Index} in term {named.Term}: its disk lost acknowledged entries. "
                    + "It must not take part again under this id: remove it from the cluster, wipe it and add it under a new id.");
                return;
            }

            _mustHold = new EntryId(
                named.Term > _mustHold.Term ? named.Term : _mustHold.Term, LogIndex.Max(named.Index, _mustHold.Index));
        }

        if (_isSpokenFor && _isRestarted)
        {
            SpendOlderVotes();
        }

        TakePartIfSpokenFor();
        AcknowledgeWithheld();
    }

    private void RememberAcknowledged(NodeId leader, LogIndex match)
    {
        if (!_isSpokenFor || !_answers.IsHeard(leader))
        {
            _acknowledgedSinceStart[(leader, Term)] = LogIndex.Max(match, _acknowledgedSinceStart.GetValueOrDefault((leader, Term)));
        }
    }
}
