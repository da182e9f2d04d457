using RaftKv.Core.Consensus;
using RaftKv.Core.Kv;
using RaftKv.Engine.Driver;
using RaftKv.Engine.Storage;

namespace RaftKv.Tests.Simulation;

/// <summary>
/// One server: the real core, the real pump, the real log and the real state machine; only what would be threads,
/// sockets and a disk is simulated. Its ports schedule work in the world instead of doing it elsewhere.
/// </summary>
internal sealed class SimServer(World world, NodeId id) : IInbox, IPeerTransport, ILogWriter, ILogReader, IApplier, IRequestObserver
{
    private const string Directory = "data/log";

    private readonly Queue<InputEvent> _inbox = new();
    private readonly Queue<LogReadResult> _reads = new();
    private readonly Queue<IReadOnlyList<LogEntry>> _toApply = new();
    private readonly Dictionary<long, Action<SimAnswer>> _requests = [];
    private readonly Dictionary<LogIndex, (EntryId Id, long RequestId)> _appended = [];
    private readonly SimDisk _disk = new() { SkipsFlush = world.Options.Bug == PlantedFault.SkipFlush };
    private WriteAheadLog? _log;
    private Pump? _pump;
    private Raft? _raft;
    private Invariants? _invariants;
    private GroupCommit _commit = new();
    private KvStore _store = new();
    private TimeSpan _clockOffset;
    private Instant _wakeAt = Instant.Never;
    private long _epoch;
    private long _requestId;
    private long _savedTo;
    private long _savedTaken;
    private LogIndex _appliedTaken;
    private bool _isWriting;
    private bool _isApplying;

    public NodeId Id { get; } = id;

    public bool IsUp => _pump is not null;

    public bool IsPaused { get; private set; }

    /// <summary>How long a flush takes at most.</summary>
    public TimeSpan DiskDelay { get; set; } = TimeSpan.FromMilliseconds(3);

    public Raft? Raft => _raft;

    public KvView View => _store.View;

    public long LostBytes => _disk.LostBytes;

    public Instant? OldestPending => null;

    private Instant Now => world.Now + _clockOffset;

    /// <summary>Starts from what the disk holds.</summary>
    public void Start()
    {
        _clockOffset = TimeSpan.FromMilliseconds(world.Random.Next(1_000_000));
        _log = WriteAheadLog.Open(_disk, Directory, new WriteAheadLogOptions { SegmentBytes = 64 * 1024, Salt = (ulong)Id.Value });
        _raft = new Raft(world.OptionsOf(Id), _log.Recovered, Now);
        _invariants = new Invariants(_raft);
        _store = new KvStore();
        _commit = new GroupCommit();
        var ports = new PumpPorts { Inbox = this, Transport = this, LogWriter = this, LogReader = this, Applier = this, Observer = this };
        _pump = new Pump(_raft, ports, new PumpOptions { EntryCacheBytes = world.Options.CacheBytes, MaxApplyChunkBytes = 4096 }, LogIndex.Zero);
        world.Note(Id, "starts", _log.Recovered.HardState);
        Turn();
    }

    /// <summary>The power goes: memory is lost, and what the disk had not flushed.</summary>
    public void Crash()
    {
        world.Note(Id, "crashes", null);
        _epoch++;
        (_pump, _raft, _invariants, _log) = (null, null, null, null);
        _inbox.Clear();
        _reads.Clear();
        _toApply.Clear();
        _requests.Clear();
        _appended.Clear();
        (_savedTo, _savedTaken, _appliedTaken) = (0, 0, LogIndex.Zero);
        (_isWriting, _isApplying, IsPaused) = (false, false, false);
        _wakeAt = Instant.Never;
        _disk.Crash(world.Random);
    }

    public void Pause() => IsPaused = true;

    public void Resume()
    {
        IsPaused = false;
        Turn();
    }

    public void Deliver(Message message)
    {
        if (IsUp && _inbox.Count < 1000)
        {
            _inbox.Enqueue(new MessageReceived(message));
            Turn();
        }
    }

    public void Propose(byte[] payload, Action<SimAnswer> answer) => Request(i => new Proposal(i, payload), answer);

    public void Read(ReadConsistency consistency, Action<SimAnswer> answer) => Request(i => new ReadRequest(i, consistency), answer);

    public void HandOver(NodeId target) => Request(i => new TransferLeadership(i, target), _ => { });

    private void Request(Func<long, InputEvent> make, Action<SimAnswer> answer)
    {
        if (IsUp)
        {
            _requests.Add(++_requestId, answer);
            _inbox.Enqueue(make(_requestId));
            Turn();
        }
    }

    private void Turn()
    {
        if (_pump is null || IsPaused)
        {
            return;
        }

        var turns = 0;
        while (_pump is not null && _pump.Turn(Now))
        {
            _invariants!.Check();
            world.Judge.Watch(_raft!);
            Assert.True(++turns < 1000, $"{Id} never comes to rest.");
        }

        var next = _pump?.NextDeadline ?? Instant.Never;
        if (next != Instant.Never && next != _wakeAt)
        {
            _wakeAt = next;
            Later(next - Now, () => WakeAt(next));
        }
    }

    private void WakeAt(Instant at)
    {
        if (at == _wakeAt)
        {
            _wakeAt = Instant.Never;
            Turn();
        }
    }

    private void Later(TimeSpan delay, Action action)
    {
        var epoch = _epoch;
        world.After(delay, () =>
        {
            if (epoch == _epoch)
            {
                action();
            }
        });
    }

    bool IInbox.TryTake(out InputEvent inputEvent) => _inbox.TryDequeue(out inputEvent!);

    bool IPeerTransport.TrySend(Message message) => world.Send(message);

    void ILogWriter.Write(in Save save)
    {
        _commit.Add(save);
        if (world.Options.Bug == PlantedFault.AnswerBeforeSave)
        {
            _savedTo = save.SaveId;
            Later(TimeSpan.Zero, Turn);
        }

        StartWriting();
    }

    private void StartWriting()
    {
        if (_isWriting || _commit.Take() is not { Count: > 0 } batch)
        {
            return;
        }

        _isWriting = true;
        _log!.Append(batch);
        Later(world.Between(TimeSpan.FromMicroseconds(50), DiskDelay), () =>
        {
            _log!.Flush();
            _isWriting = false;
            _savedTo = Math.Max(_savedTo, batch[^1].SaveId);
            StartWriting();
            Turn();
        });
    }

    bool ILogWriter.TryTakeCompletion(out long saveId)
    {
        saveId = _savedTo;
        var isNew = saveId > _savedTaken;
        _savedTaken = saveId;
        return isNew;
    }

    void ILogReader.Request(in LogRead read)
    {
        var wanted = read;
        Later(world.Between(TimeSpan.FromMicroseconds(50), DiskDelay), () =>
        {
            _reads.Enqueue(new LogReadResult(wanted.ReadId, _log!.Read(wanted.Range, wanted.MaxBytes)));
            Turn();
        });
    }

    bool ILogReader.TryTake(out LogReadResult result) => _reads.TryDequeue(out result);

    void IApplier.Apply(IReadOnlyList<LogEntry> entries)
    {
        _toApply.Enqueue(entries);
        StartApplying();
    }

    private void StartApplying()
    {
        if (!_isApplying && _toApply.Count > 0)
        {
            _isApplying = true;
            Later(world.Between(TimeSpan.FromMicroseconds(10), TimeSpan.FromMilliseconds(2)), ApplyNext);
        }
    }

    private void ApplyNext()
    {
        foreach (var entry in _toApply.Dequeue())
        {
            var reply = _store.Apply(entry);
            world.Judge.Applied(Id, entry, reply);
            if (_appended.Remove(entry.Id.Index, out var waiting))
            {
                Answer(waiting.RequestId, waiting.Id == entry.Id ? new SimAnswer(SimOutcome.Done, reply ?? default, null, NodeId.None) : SimAnswer.Unknown);
            }
        }

        _isApplying = false;
        StartApplying();
        Turn();
    }

    bool IApplier.TryTakeCompletion(out LogIndex index)
    {
        index = _store.Applied;
        var isNew = index > _appliedTaken;
        _appliedTaken = index;
        return isNew;
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

    void IRequestObserver.Ready(in ReadReady ready) => Answer(ready.RequestId, new SimAnswer(SimOutcome.Done, default, _store.View, NodeId.None));

    void IRequestObserver.Refused(in ReadRefused refused) => Answer(refused.RequestId, SimAnswer.Refused(refused.Leader));

    void IRequestObserver.Ended(in TransferEnded ended)
    {
        world.Note(Id, "ends a handover", ended);
        world.Handovers += ended.Outcome == TransferOutcome.Done ? 1 : 0;
        Answer(ended.RequestId, SimAnswer.Unknown);
    }

    void IRequestObserver.Ended(in MembershipEnded ended)
    {
        world.Note(Id, "ends a change of the membership", ended);
        Answer(ended.RequestId, SimAnswer.Unknown);
    }

    void IRequestObserver.Changed(in ConfigurationChange change) => world.Note(Id, "knows", change);

    void IRequestObserver.Changed(in RoleChange change)
    {
        world.Note(Id, "becomes", change);
        if (change.Role == Role.Leader)
        {
            world.Nemesis.SeeLeader(this);
        }
    }

    void IRequestObserver.Halted(HaltReason reason) => throw new SimulationFailure($"{Id} halted, {reason.Code}: {reason.Message}");

    private void Answer(long requestId, SimAnswer answer)
    {
        if (_requests.Remove(requestId, out var waiting))
        {
            waiting(answer);
        }
    }
}

/// <summary>How a request ended at a server.</summary>
internal enum SimOutcome
{
    Done,
    Refused,
    Unknown,
}

/// <summary>What a server answers to a client.</summary>
internal readonly record struct SimAnswer(SimOutcome Outcome, Reply Reply, KvView? View, NodeId Leader)
{
    public static SimAnswer Unknown => new(SimOutcome.Unknown, default, null, NodeId.None);

    public static SimAnswer Refused(NodeId leader) => new(SimOutcome.Refused, default, null, leader);
}

/// <summary>A promise was broken.</summary>
internal sealed class SimulationFailure(string message) : Exception(message);
