using RaftKv.Core.Consensus;
using RaftKv.Engine.Driver;

namespace RaftKv.Tests.Simulation;

/// <summary>What clients and operators ask of a server, and how the pump tells what became of it.</summary>
internal sealed partial class SimServer : IRequestObserver
{
    private readonly Dictionary<long, SimRequest> _requests = [];
    private readonly Dictionary<LogIndex, (EntryId Id, long RequestId)> _appended = [];
    private readonly Dictionary<long, Action<MembershipEnded>> _changes = [];
    private long _requestId;

    private readonly record struct SimRequest(Action<SimAnswer> Answer, Instant Asked, ReadConsistency? Read);

    public void Propose(byte[] payload, Action<SimAnswer> answer)
    {
        if (IsUp)
        {
            _requests.Add(++_requestId, new SimRequest(answer, world.Now, null));
            _inbox.Enqueue(new Proposal(_requestId, payload));
            TurnSoon();
        }
    }

    public void Read(ReadConsistency consistency, Action<SimAnswer> answer)
    {
        if (IsUp)
        {
            _requests.Add(++_requestId, new SimRequest(answer, world.Now, consistency));
            _inbox.Enqueue(new ReadRequest(_requestId, consistency));
            TurnSoon();
        }
    }

    public void HandOver(NodeId target)
    {
        if (IsUp)
        {
            _inbox.Enqueue(new TransferLeadership(++_requestId, target));
            TurnSoon();
        }
    }

    public void Change(MembershipChange change, Action<MembershipEnded> ended)
    {
        if (IsUp)
        {
            _changes.Add(++_requestId, ended);
            _inbox.Enqueue(new ChangeMembership(_requestId, change));
            TurnSoon();
        }
    }

    void IRequestObserver.Appended(in ProposalAppended appended)
    {
        if (_appended.Remove(appended.Id.Index, out var replaced))
        {
            Answer(replaced.RequestId, SimAnswer.Unknown);
        }

        _appended.Add(appended.Id.Index, (appended.Id, appended.RequestId));
    }

    void IRequestObserver.Refused(in ProposalRefused refused) => Answer(refused.RequestId, SimAnswer.Refused(refused.Leader));

    void IRequestObserver.Ready(in ReadReady ready)
    {
        if (_requests.TryGetValue(ready.RequestId, out var request) && Raft!.Role == Role.Leader && request.Read != ReadConsistency.Stale)
        {
            // Served in the turn in which it was asked: no round can have been made for it.
            world.Totals.Add(Happening.LeaseRead, request.Read == ReadConsistency.Lease && request.Asked == world.Now && world.Plan.HasLease ? 1 : 0);
            world.Judge.WatchRead(Raft, request.Asked);
        }

        Answer(ready.RequestId, new SimAnswer(SimOutcome.Done, default, _store.View, NodeId.None));
    }

    void IRequestObserver.Refused(in ReadRefused refused) => Answer(refused.RequestId, SimAnswer.Refused(refused.Leader));

    void IRequestObserver.Ended(in TransferEnded ended)
    {
        world.Note(Id, "ends a handover", ended);
        world.Totals.Add(Happening.Handover, ended.Outcome == TransferOutcome.Done ? 1 : 0);
    }

    void IRequestObserver.Ended(in CheckpointEnded ended) => world.Note(Id, "has a snapshot", ended);

    void IRequestObserver.Ended(in MembershipEnded ended)
    {
        world.Note(Id, "ends a change of the membership", ended);
        if (_changes.Remove(ended.RequestId, out var answer))
        {
            answer(ended);
        }
    }

    void IRequestObserver.Changed(in ConfigurationChange change)
    {
        UseLinks();
        if (world.IsTold)
        {
            world.Note(Id, "knows", change);
        }
    }

    void IRequestObserver.Changed(in RoleChange change)
    {
        if (world.IsTold)
        {
            world.Note(Id, "becomes", change);
        }

        if (change.Role == Role.Candidate)
        {
            world.Nemesis.SeeCandidate(this);
        }

        if (change.Role == Role.Leader)
        {
            world.Nemesis.SeeLeader(this);
        }
        else if (_appended.Count > 0)
        {
            LoseLeadership(Raft!.CommitIndex);
        }
    }

    void IRequestObserver.WentOn(WentOn how)
    {
        world.Note(Id, "goes on without enough answers", how);
        world.Totals.Add(Happening.WentOn);
        if (world.Nemesis.IsDamaged(this))
        {
            world.Totals.Add(Happening.WentOnDamaged);
            world.Judge.IsBeyond = true;
        }
    }

    void IRequestObserver.Halted(HaltReason reason)
    {
        Judge.Require(IsTamperedWith && reason.Code == "AcknowledgedEntriesLost", $"{Id} goes on, but it halted with {reason.Code}: {reason.Message}");
        world.Totals.Add(Happening.RefusedByHelloGate);
        Later(TimeSpan.Zero, () => StayDown(reason.Message));
    }

    /// <summary>What is not committed may or may not ever be: its clients are told that no one knows (X4).</summary>
    private void LoseLeadership(LogIndex committed)
    {
        foreach (var (index, waiting) in _appended.Where(a => a.Key > committed).ToList())
        {
            _appended.Remove(index);
            Answer(waiting.RequestId, SimAnswer.Unknown);
        }
    }

    private void Answer(long requestId, SimAnswer answer)
    {
        if (_requests.Remove(requestId, out var waiting))
        {
            waiting.Answer(answer);
        }
    }
}
