namespace RaftKv.Core.Consensus;

/// <summary>
/// Handing leadership over (thesis 3.10): no new proposals, the target catches up, everything is committed, then the
/// target is told to campaign at once, and again with every heartbeat: it may have come back just now and not be allowed to
/// stand yet. If no leader has followed within an election timeout, proposals go on here.
/// </summary>
public sealed partial class Raft
{
    private Transfer? _transfer;

    /// <summary>
    /// Set for the rest of a leadership that told anyone to campaign: that campaign lifts the stickiness on which the
    /// lease rests, and the message may arrive long after the handover was given up.
    /// </summary>
    private bool _leaseGivenUp;

    private sealed record Transfer(long RequestId, NodeId Target, Term Term, Instant Deadline)
    {
        /// <summary>When the target is told the next time.</summary>
        public Instant TellAt { get; set; }
    }

    private bool IsTransferring => _transfer is { } transfer && transfer.Term == Term;

    private void TakeTransfer(TransferLeadership request)
    {
        if (Role != Role.Leader)
        {
            EndTransfer(request.RequestId, TransferOutcome.NotLeader);
        }
        else if (_transfer is not null)
        {
            EndTransfer(request.RequestId, TransferOutcome.Busy);
        }
        else if (request.Target == _options.Id)
        {
            EndTransfer(request.RequestId, TransferOutcome.Done);
        }
        else if (TargetOf(request.Target) is { } target)
        {
            _transfer = new Transfer(request.RequestId, target, Term, _now + _options.ElectionTimeoutUpper);
        }
        else
        {
            EndTransfer(request.RequestId, TransferOutcome.UnknownTarget);
        }
    }

    /// <summary>The peer that is meant; when none is named, the one that holds most and was heard last.</summary>
    private NodeId? TargetOf(NodeId wanted) => wanted.IsNone
        ? _peers.Where(p => p.IsVoter).OrderByDescending(p => p.Match).ThenByDescending(p => p.LastContact).ThenBy(p => p.Id).FirstOrDefault()?.Id
        : PeerOf(wanted) is { IsVoter: true } ? wanted : null;

    /// <summary>Looked at once a turn, before proposals: what is overdue ends, and what is ready is told.</summary>
    private void RunTransfer()
    {
        if (_transfer is not { } transfer)
        {
            return;
        }

        if (Term > transfer.Term && !_leader.IsNone)
        {
            _transfer = null;
            EndTransfer(transfer.RequestId, _leader == transfer.Target ? TransferOutcome.Done : TransferOutcome.AnotherLeads);
        }
        else if (_now >= transfer.Deadline)
        {
            _transfer = null;
            EndTransfer(transfer.RequestId, TransferOutcome.TimedOut);
        }
        else if (Role == Role.Leader && _now >= transfer.TellAt && PeerOf(transfer.Target)?.Match >= _log.Last.Index && _commit == _log.Last.Index)
        {
            // With everything committed no client of this leader is left without an answer.
            transfer.TellAt = _now + _options.HeartbeatInterval;
            _leaseGivenUp = true;
            Send(new TimeoutNow(_options.Id, transfer.Target, Term));
        }
    }

    private void EndTransfer(long requestId, TransferOutcome outcome) =>
        _building.Transfers.Add(new TransferEnded(requestId, outcome, _leader, Term));

    /// <summary>The leader hands over: campaign without a pre-vote, which every loyal follower would refuse.</summary>
    private void TakeTimeoutNow(TimeoutNow message)
    {
        if (Role == Role.Follower && _leaderOfTerm == message.From && MayCampaign && MayStand)
        {
            BecomeCandidate(isTransfer: true);
        }
    }

    private Instant NextTransferDeadline => _transfer?.Deadline ?? Instant.Never;
}
