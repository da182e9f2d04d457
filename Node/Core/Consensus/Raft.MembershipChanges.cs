namespace RaftKv.Core.Consensus;

/// <summary>
/// Changing who belongs to the cluster, one server at a time (thesis 4): a new server joins as a learner and is made a
/// voter once it has caught up.
/// </summary>
public sealed partial class Raft
{
    private readonly List<ChangeMembership> _changes = [];
    private PendingChange? _pendingChange;

    private readonly record struct PendingChange(long RequestId, EntryId Id, NodeId Server);

    /// <summary>Whether this leader has taken itself out and leads only until that is committed (M3).</summary>
    private bool IsLeaving => Role == Role.Leader && !_isVoter;

    /// <summary>Looked at once a turn, before proposals: of several changes the first is made and the others are refused.</summary>
    private void TakeChanges()
    {
        foreach (var request in _changes)
        {
            var server = ServerOf(request.Change);
            if (RefusalOf(request.Change, server) is { } refusal)
            {
                _building.Memberships.Add(new MembershipEnded(request.RequestId, refusal, LogIndex.Zero, server, _leader));
                continue;
            }

            var id = AppendOwn(EntryKind.Configuration, ConfigurationCodec.Encode(Change(request.Change, server)));
            _pendingChange = new PendingChange(request.RequestId, id, server);
        }

        _changes.Clear();
    }

    private NodeId ServerOf(MembershipChange change) => change switch
    {
        AddLearner { Server.IsNone: true } => new NodeId(Configuration.HighestId.Value + 1),
        AddLearner add => add.Server,
        PromoteLearner promote => promote.Server,
        RemoveMember remove => remove.Server,
        _ => throw new ArgumentException($"Unknown change {change.GetType().Name}.", nameof(change)),
    };

    private MembershipOutcome? RefusalOf(MembershipChange change, NodeId server)
    {
        if (Role != Role.Leader)
        {
            return MembershipOutcome.NotLeader;
        }

        if (IsTransferring)
        {
            return MembershipOutcome.Transferring;
        }

        if (_commit < _noOp)
        {
            return MembershipOutcome.NotReady;
        }

        if (ConfigurationIndex > _commit)
        {
            return MembershipOutcome.InProgress;
        }

        var member = Configuration.Find(server);
        return change switch
        {
            AddLearner when server <= Configuration.HighestId => MembershipOutcome.IdUsed,
            AddLearner add => Configuration.Members.Count >= Configuration.MaxMembers
                || System.Text.Encoding.UTF8.GetByteCount(add.Address) > ConfigurationCodec.MaxAddressBytes ? MembershipOutcome.TooLarge : null,
            _ when member is null => MembershipOutcome.UnknownServer,
            PromoteLearner when member.IsVoter => MembershipOutcome.AlreadyVoter,
            PromoteLearner => HasCaughtUp(PeerOf(server)!) ? null : MembershipOutcome.NotCaughtUp,
            _ => member.IsVoter && _voterCount == 1 ? MembershipOutcome.LastVoter : null,
        };
    }

    /// <summary>
    /// A learner that is heard and that holds all, or whose last round of catching up was shorter than an election
    /// timeout: as a voter it will not hold up commits for longer (thesis 4.2.1).
    /// </summary>
    private bool HasCaughtUp(Progress peer) =>
        _now - peer.LastContact <= _options.ElectionTimeoutUpper
        && (peer.Match >= _log.Last.Index || peer.IsKeepingUp(_now, _options.ElectionTimeoutLower));

    private Configuration Change(MembershipChange change, NodeId server)
    {
        var others = Configuration.Members.Where(m => m.Id != server);
        var highest = server > Configuration.HighestId ? server : Configuration.HighestId;
        return change switch
        {
            AddLearner add => new Configuration([.. others, new Member(server, add.Address, IsVoter: false, add.Incarnation)], highest),
            PromoteLearner => new Configuration([.. others, Configuration.Find(server)! with { IsVoter = true }], highest),
            _ => new Configuration(others, highest),
        };
    }

    /// <summary>
    /// Answers for a change that is committed, or whose fate another leader decides; and a leader that has removed
    /// itself leaves once that is committed, telling the voter who holds most to take over at once (M3).
    /// </summary>
    private void FinishChanges()
    {
        if (_pendingChange is { } pending && (_commit >= pending.Id.Index || Role != Role.Leader || Term != pending.Id.Term))
        {
            var isDone = _commit >= pending.Id.Index && _log.Contains(pending.Id);
            _pendingChange = null;
            _building.Memberships.Add(new MembershipEnded(
                pending.RequestId, isDone ? MembershipOutcome.Done : MembershipOutcome.Unknown, pending.Id.Index, pending.Server, _leader));
        }

        if (IsLeaving && ConfigurationIndex <= _commit)
        {
            var next = _peers.Where(p => p.IsVoter).MaxBy(p => p.Match);
            if (next is not null)
            {
                Send(new TimeoutNow(_options.Id, next.Id, Term));
            }

            BecomeFollower(Term, NodeId.None);
        }
    }
}
