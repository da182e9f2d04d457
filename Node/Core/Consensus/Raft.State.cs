namespace RaftKv.Core.Consensus;

/// <summary>
/// The whole state as bytes that are equal for states that behave alike, for searches through all states of a cluster.
/// What is added to the state is added here: a test finds the field that was forgotten.
/// </summary>
/// <remarks>
/// Left out are the options, which never change; the clock's last reading, which the next input replaces; the numbers
/// of saves and of waiting reads, of which only the differences mean anything; and the effects of the turn.
/// </remarks>
public sealed partial class Raft
{
    /// <summary>Writes the state between two turns.</summary>
    /// <exception cref="InvalidOperationException">There was a step since the last Drain.</exception>
    internal void WriteState(CanonicalWriter to)
    {
        if (!_building.IsEmpty || _building.Append.Count > 0)
        {
            throw new InvalidOperationException("The state is written between two turns: drain first.");
        }

        to.Server(_options.Id);
        to.Number((int)Role);
        to.Term(_hardState.Term);
        to.Server(_hardState.VotedFor);
        to.Server(_leader);
        to.Server(_leaderOfTerm);
        to.Index(_commit);
        to.Index(_applyIssued);
        to.Index(_applied);
        to.Index(DurableIndex);
        to.Number((int)_reported.Role);
        to.Term(_reported.Term);
        to.Server(_reported.Leader);
        to.Text(_halt?.Code ?? "");
        to.InOrder(_proposals, p =>
        {
            to.Number(p.RequestId);
            to.Bytes(p.Payload.Span);
        });
        _prng.WriteState(to);
        _log.WriteState(to);
        WriteElection(to);
        WriteReads(to);
        WriteMembership(to);
        WriteRecovery(to);
        WriteSaves(to);
        WriteTransfer(to);
        if (Role == Role.Leader)
        {
            WriteLeadership(to);
        }
    }

    /// <summary>What only a leader reads, and becoming one sets: what is left of an earlier leadership means nothing.</summary>
    private void WriteLeadership(CanonicalWriter to)
    {
        to.ByServer([.. _everSeen.Values], p => p.Id, p => p.WriteState(to));
        to.Deadline(_quorumCheckDue);
        _rounds.WriteState(to);
        to.Number(_readRound);
        to.Index(_readRoundIndex);
        to.Moment(_leaseFrom);
        to.Flag(_leaseGivenUp);
        to.Index(_noOp);
        to.Number(_uncommittedBytes);
        to.Flag(_appendsDue);
    }

    private void WriteElection(CanonicalWriter to)
    {
        to.Servers(_votes);
        to.Number(_deferredTo.Count);
        foreach (var term in _deferredTo.Select(d => d.Term).Distinct().Order())
        {
            to.Term(term);
            to.Servers([.. _deferredTo.Where(d => d.Term == term).Select(d => d.Server)]);
        }

        to.Moment(_lastHeardLeader);
        to.Deadline(Role == Role.Leader ? Instant.Never : ElectionDeadline);
    }

    private void WriteReads(CanonicalWriter to)
    {
        void Waiting(WaitingRead read)
        {
            to.Number(read.RequestId);
            to.Server(read.Follower);
            to.Number(read.Attempt);
        }

        to.InOrder(_waitingReads, Waiting);
        to.InOrder(_roundReads, Waiting);
        to.InOrder(_newReads, r =>
        {
            to.Number(r.RequestId);
            to.Number((int)r.Consistency);
        });
        _forwarded.WriteState(to);
        to.InOrder([.. _unappliedReads.UnorderedItems.OrderBy(r => r.Priority)], r =>
        {
            to.Number(r.Element);
            to.Index(r.Priority.Index);
        });
    }

    private void WriteMembership(CanonicalWriter to)
    {
        _configurations.WriteState(to);
        to.ByServer([.. _everSeen.Values], p => p.Id, p => p.WriteMemory(to));
        to.Servers([.. _peers.Select(p => p.Id)]);
        to.Flag(_isVoter);
        to.Number(_voterCount);
        to.Placed(new PlacedConfiguration(_reportedConfiguration.Index, _reportedConfiguration.Configuration));
        to.Flag(_reportedConfiguration.IsCommitted);
        to.InOrder(_changes, c => to.Number(c.RequestId));
        to.Flag(_pendingChange is not null);
        if (_pendingChange is { } pending)
        {
            to.Number(pending.RequestId);
            to.Entry(pending.Id);
            to.Server(pending.Server);
        }
    }

    private void WriteRecovery(CanonicalWriter to)
    {
        to.Index(_verified);
        _answers.WriteState(to);
        _recovered.WriteState(to);
        to.ByServer([.. _acknowledgedSinceStart.OrderBy(a => a.Key.Term)], a => a.Key.Leader, a =>
        {
            to.Server(a.Key.Leader);
            to.Entry(new EntryId(a.Key.Term, a.Value));
        });
        to.Number(_run);
        to.Server(_askedLeader);
        to.Moment(_askedLeaderAt);
        to.Flag(_isRestarted);
        to.Flag(_isSpokenFor);
        to.Flag(_mayVote);
        to.Flag(_asksAgain);
        to.Text(WentOn?.Code ?? "");
        to.Deadline(_graceEnds);
        to.Deadline(_floorEnds);
        to.Flag(_tailIsWhole);
        to.Entry(_mustHold);
        to.Deadline(_helloDue);
    }

    /// <summary>Saves complete in the order of their numbers, so that it matters only how many came after one.</summary>
    private void WriteSaves(CanonicalWriter to)
    {
        to.InOrder(_pendingSaves, s =>
        {
            to.Number(s.Id - _lastSaveId);
            to.Index(s.Last);
            to.Moment(s.Issued);
        });
        to.Number(Math.Max(_ownVoteSave - _lastSaveId, -_pendingSaves.Count));
        to.Index(_issuedLast);
        to.Flag(_hardStateChanged);
        to.Flag(_ownVoteUnsaved);
        to.Flag(_diskIsFull);
        to.Snapshot(_snapshot);
        to.Flag(_isSnapshotDamaged);
    }

    private void WriteTransfer(CanonicalWriter to)
    {
        to.Flag(_transfer is not null);
        if (_transfer is { } transfer)
        {
            to.Number(transfer.RequestId);
            to.Server(transfer.Target);
            to.Term(transfer.Term);
            to.Deadline(transfer.Deadline);
            to.Deadline(transfer.TellAt);
        }
    }
}
