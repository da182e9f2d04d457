namespace RaftKv.Core.Consensus;

/// <summary>
/// The consensus algorithm as a function: inputs in, effects out, no clock, no thread, no file. The same sequence of
/// <see cref="Step"/> and <see cref="Drain"/> gives the same effects, which makes runs replayable and reviewable.
/// Called only from one driver's loop.
/// </summary>
/// <remarks>
/// Invariants, checked by <c>Invariants</c> in every test: term and commit index never fall; one vote and one leader a
/// term; applied &lt;= commit &lt;= last; durable &lt;= last; terms in the log never fall and never exceed the own term.
/// </remarks>
public sealed partial class Raft
{
    private readonly RaftOptions _options;
    private readonly Prng _prng;
    private readonly RaftLog _log;
    private readonly List<Proposal> _proposals = [];

    private Effects _building = new();
    private Effects _handedOut = new();
    private Instant _now;
    private HardState _hardState;
    private NodeId _leader;
    private NodeId _leaderOfTerm;
    private LogIndex _commit;
    private LogIndex _applyIssued;
    private LogIndex _applied;
    private RoleChange _reported;
    private HaltReason? _halt;

    /// <summary>Starts from what was recovered, as a follower.</summary>
    /// <param name="options">Valid options.</param>
    /// <param name="recovered">What the disk holds.</param>
    /// <param name="now">The monotonic clock.</param>
    /// <exception cref="ArgumentException">The options have faults; the message lists all.</exception>
    public Raft(RaftOptions options, RecoveredState recovered, Instant now)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(recovered);
        var faults = options.Validate();
        if (faults.Count > 0)
        {
            throw new ArgumentException(string.Join(" ", faults), nameof(options));
        }

        _options = options;
        _prng = new Prng(options.Seed ^ Prng.Mix((ulong)options.Id.Value));
        _log = new RaftLog(recovered.Compacted, recovered.Entries);
        _now = now;
        _hardState = recovered.HardState;
        _commit = LogIndex.Max(recovered.Applied, recovered.Compacted.Index);
        _applyIssued = _commit;
        _applied = _commit;
        DurableIndex = _log.Last.Index;
        _issuedLast = _log.Last.Index;
        _reported = new RoleChange(Role.Follower, Term, NodeId.None);
        var start = (long)(Prng.Mix(_prng.Next() ^ (ulong)now.Microseconds ^ ((ulong)Term.Value << 40)) >> 2);
        _forwarded = new ForwardedReads(start);
        StartMembership(recovered);
        RestartElectionTimer();
        StartFromSnapshot(recovered);
        _recovered = new RecoveredLog(recovered, _log.Last, Term);
        StartRecovery(recovered, start);
    }

    /// <summary>When the core next wants an input even if nothing happens. Changes with Step and Drain.</summary>
    public Instant NextDeadline
    {
        get
        {
            if (_halt is not null)
            {
                return Instant.Never;
            }

            var next = Role == Role.Leader ? NextLeaderDeadline() : ElectionDeadline;
            return Earlier(Earlier(next, NextTransferDeadline), Earlier(_helloDue, _forwarded.Deadline(_options.RpcTimeout)));
        }
    }

    /// <summary>Who this server is.</summary>
    public NodeId Id => _options.Id;

    /// <summary>What this server is.</summary>
    public Role Role { get; private set; }

    /// <summary>Its term.</summary>
    public Term Term => _hardState.Term;

    /// <summary>The leader as far as known.</summary>
    public NodeId Leader => _leader;

    /// <summary>Everything up to here is committed, as far as this server knows.</summary>
    public LogIndex CommitIndex => _commit;

    /// <summary>The last entry, durable or not.</summary>
    public EntryId LastEntry => _log.Last;

    /// <summary>Everything up to here is durable on this server.</summary>
    public LogIndex DurableIndex { get; private set; }

    /// <summary>Everything up to here is applied on this server.</summary>
    public LogIndex AppliedIndex => _applied;

    /// <summary>Whom it voted for in its term, or none; saved or about to be.</summary>
    public NodeId VotedFor => _hardState.VotedFor;

    /// <summary>Why this server must stop, or null.</summary>
    public HaltReason? Halted => _halt;

    internal RaftLog Log => _log;

    internal IReadOnlyList<Progress> Peers => _peers;

    /// <summary>The newest round of heartbeats of this leadership.</summary>
    internal long Round => _rounds.Newest;

    internal RaftOptions Options => _options;

    /// <summary>
    /// Takes one input. Cheap; decides nothing that Drain can batch. A leadership that has run out by now ends before
    /// the event is looked at, so that nothing is served after a pause that was longer than the leadership (L5).
    /// </summary>
    public void Step(in Input input)
    {
        if (_halt is not null)
        {
            return;
        }

        _now = input.Now > _now ? input.Now : _now;
        EndExpiredLeadership();
        switch (input.Event)
        {
            case null:
                break;
            case MessageReceived received:
                Receive(received.Message);
                break;
            case Proposal proposal:
                _proposals.Add(proposal);
                break;
            case ReadRequest read:
                TakeRead(read);
                break;
            case Saved saved:
                TakeSaved(saved.SaveId);
                break;
            case Applied applied:
                _applied = LogIndex.Max(_applied, applied.Index);
                break;
            case TransferLeadership transfer:
                TakeTransfer(transfer);
                break;
            case ChangeMembership change:
                _changes.Add(change);
                break;
            case AppendLost lost:
                TakeLost(lost);
                break;
            case DiskFull disk:
                TakeDiskFull(disk);
                break;
            case SnapshotTaken taken:
                TakeSnapshotTaken(taken);
                break;
            case SnapshotDamaged damaged:
                TakeSnapshotDamaged(damaged);
                break;
            case SnapshotChecked found:
                TakeSnapshotChecked(found);
                break;
            case SnapshotChunkStored stored:
                TakeChunkStored(stored);
                break;
            case SnapshotReceived received:
                TakeReceived(received);
                break;
            default:
                throw new ArgumentException($"Unknown input {input.Event.GetType().Name}.", nameof(input));
        }
    }

    /// <summary>Ends a turn: appends, read rounds and saves are made here, once for all that was stepped.</summary>
    /// <returns>The effects of the turn, valid until the next Drain.</returns>
    public Effects Drain()
    {
        if (_halt is null)
        {
            LetNewestLogGo();
            CampaignIfDue();
            AskPeersIfDue();
            FinishChanges();
            RunTransfer();
            TakeChanges();
            TakeProposals();
            DrainReads();
            CompactLog();
            Replicate();
        }

        if (_halt is null)
        {
            FinishTurn();
        }
        else
        {
            _building.Clear();
            _building.Halt = _halt;
        }

        (_building, _handedOut) = (_handedOut, _building);
        _building.Clear();
        return _handedOut;
    }

    private void FinishTurn()
    {
        if (_commit > _applyIssued)
        {
            _building.Apply = new IndexRange(_applyIssued.Next, _commit);
            _applyIssued = _commit;
        }

        IssueSave();
        ReportConfiguration();
        var change = new RoleChange(Role, Term, _leader);
        if (change != _reported)
        {
            _reported = change;
            _building.RoleChange = change;
        }
    }

    private void BecomeFollower(Term term, NodeId leader)
    {
        var led = Role == Role.Leader;
        if (term > Term)
        {
            SetHardState(new HardState(term, FreshVote));
            _leaderOfTerm = NodeId.None;
        }

        Role = Role.Follower;
        _leader = leader;
        _votes.Clear();
        if (led)
        {
            RefuseLeaderReads();
            RestartElectionTimer();
        }
    }

    private void StopWith(string code, string message) => _halt ??= new HaltReason(code, message);

    private void Send(Message message) => _building.Messages.Add(message);

    private void SendAfterSave(Message message) => _building.MessagesAfterSave.Add(message);

    private Progress? PeerOf(NodeId id)
    {
        foreach (var peer in _peers)
        {
            if (peer.Id == id)
            {
                return peer;
            }
        }

        return null;
    }

    private static Instant Earlier(Instant a, Instant b) => a <= b ? a : b;

    private static Instant Later(Instant a, Instant b) => a >= b ? a : b;
}
