using RaftKv.Core.Consensus;
using RaftKv.Core.Kv;
using RaftKv.Engine.Driver;
using RaftKv.Engine.Faults;
using RaftKv.Engine.Storage;

namespace RaftKv.Tests.Simulation;

/// <summary>
/// One server: the real core, the real pump, the real log, the real state machine and the real fault decorators; only
/// what would be threads, sockets and a disk is simulated. Its ports schedule work in the world instead of doing it
/// elsewhere.
/// </summary>
internal sealed partial class SimServer(World world, NodeId id) : IDisposable
{
    private readonly SimDisk _platter = new(world.Totals);
    private LoseUnsyncedOnKill? _unsynced;
    private SimClock _clock = new(world);
    private WriteAheadLog? _log;
    private Pump? _pump;
    private Invariants? _invariants;
    private FaultGate? _gate;
    private GroupCommit _commit = new();
    private KvStore _store = new();
    private long _epoch;
    private bool _isStarting;
    private bool _isPaused;
    private Instant _jumped = new(long.MinValue / 2);

    public NodeId Id { get; } = id;

    public bool IsUp => _pump is not null;

    public bool IsPaused => _isPaused || _standsStill;

    /// <summary>Set when the server must stay down forever: its disk lost what it had acknowledged.</summary>
    public bool IsLost { get; private set; }

    /// <summary>Whether it lost its data directory and came back with another: it must never be heard under its old id.</summary>
    public bool IsImpostor { get; private set; }

    /// <summary>Whether it will never be of use again under its id.</summary>
    public bool IsGone => IsLost || IsImpostor;

    /// <summary>When it was last started.</summary>
    public Instant Started { get; private set; } = world.Now;

    /// <summary>Whether it was made for a cluster that runs already.</summary>
    public bool HasJoined { get; init; }

    /// <summary>Whether someone keeps it from starting.</summary>
    public bool IsHeldDown { get; set; }

    /// <summary>Whether it started with a tail cut off, now or before it was whole again.</summary>
    public bool KnowsOfTornTail => _log?.Recovered.TailWasTrimmed == true;

    /// <summary>Set when the server was removed from the cluster and taken down.</summary>
    public bool IsRetired { get; private set; }

    /// <summary>Whether someone changed the disk behind the server's back, so that it may refuse to go on.</summary>
    public bool IsTamperedWith { get; set; }

    /// <summary>Whether what its disk holds is damaged so that it must notice when it starts.</summary>
    public bool RefusesItsDisk { get; set; }

    /// <summary>How long a flush takes at most.</summary>
    public TimeSpan DiskDelay { get; set; } = TimeSpan.FromMilliseconds(3);

    /// <summary>No flush ends before.</summary>
    public Instant StalledUntil { get; set; }

    /// <summary>How long applying a batch takes at most.</summary>
    public TimeSpan ApplyDelay { get; set; } = TimeSpan.FromMilliseconds(2);

    public SimDisk Disk => _platter;

    public Raft? Raft { get; private set; }

    /// <summary>Whether it could answer a read under its lease by its own clock.</summary>
    public bool HoldsLease => Raft is { Role: Role.Leader } raft && _clock.Now < raft.LeaseEnd;

    /// <summary>How long it still holds its lease.</summary>
    public TimeSpan LeaseLeft => Raft!.LeaseEnd - _clock.Now;

    public KvView View => _store.View;

    /// <summary>Counts starts: what was asked of an earlier one is never answered.</summary>
    public long Epoch => _epoch;

    /// <summary>Anyone who runs the cluster obeys what they were told of a server that must not come back.</summary>
    public void StopImpostor()
    {
        if (IsImpostor)
        {
            StayDown("it was never heard again");
        }
    }

    /// <summary>Starts from what the disk holds, as the executable does.</summary>
    public void Start()
    {
        if (IsUp || IsLost || IsRetired || IsHeldDown)
        {
            return;
        }

        _isStarting = false;
        Started = world.Now;
        KvView? view;
        RaftOptions options;
        try
        {
            options = world.Plan.OptionsOf(Id, world.Operator.VotersFor(this)) with { Incarnations = world.IncarnationsListed };
            _log = OpenLog(options, out view);
        }
        catch (InvalidDataException e)
        {
            Judge.Require(IsTamperedWith, $"{Id} starts from a disk that no one damaged, but: {e.Message}");
            world.Totals.Add(Happening.RefusedAsDamaged);
            StayDown(e.Message);
            return;
        }
        catch (Exception e) when (e is IOException or PowerFailure)
        {
            world.Note(Id, "cannot start", e.Message);
            _unsynced?.Dispose();
            _platter.LosePower(world.Chance);
            StartLater(TimeSpan.FromMilliseconds(500));
            return;
        }

        Judge.Require(!RefusesItsDisk, $"{Id} refuses a disk that was damaged");
        _clock = new SimClock(world);
        Raft = new Raft(options, Recovered(_log), _clock.Now);
        _invariants = new Invariants(Raft);
        StartState(view);
        StartLinks(world.Operator.ListedFor(this));
        if (_peers!.Judge(Id, Incarnation) is { Kind: AdmissionKind.Replaced } refused)
        {
            Judge.Require(IsImpostor, $"{Id} starts in its own directory, but: {refused.Refusal}");
            Raft = null;
            StayDown(refused.Refusal);
            return;
        }

        _commit = new GroupCommit();
        _gate = new FaultGate(world.Nemesis.Matrix);
        _pump = new Pump(Raft, PortsThrough(_gate), world.Plan.Pump, _log.Recovered.Applied);
        world.Totals.Add(Happening.TornTailTrimmed, _log.Recovered.TailWasTrimmed ? 1 : 0);
        if (world.IsTold)
        {
            world.Note(Id, "starts", $"{_log.Recovered.HardState}, log to {Raft.LastEntry}");
        }

        Turn();
    }

    private PumpPorts PortsThrough(FaultGate gate) => new()
    {
        Inbox = this,
        Transport = new FaultingTransport(this, gate),
        LogWriter = this,
        LogReader = this,
        Applier = this,
        Snapshots = _snapshots,
        Observer = this,
    };

    /// <summary>Starts after a while, unless someone did already.</summary>
    public void StartLater(TimeSpan delay)
    {
        if (!_isStarting)
        {
            _isStarting = true;
            world.After(delay, Start);
        }
    }

    /// <summary>The process ends, and with the power also what the disk had not flushed.</summary>
    public void Crash(bool losesPower)
    {
        if (!IsUp)
        {
            return;
        }

        world.Note(Id, losesPower ? "loses power" : "is killed");
        world.Totals.Add(losesPower ? Happening.PowerLoss : Happening.Crash);
        _epoch++;
        (_pump, Raft, _invariants, _log, _gate) = (null, null, null, null, null);
        ForgetRequests();
        (_isPaused, _turnIsPlanned, _wakeAt) = (false, false, long.MaxValue);
        _unsynced?.Dispose();
        _unsynced = null;
        if (losesPower)
        {
            _platter.LosePower(world.Chance);
        }
    }

    /// <summary>The server was removed from the cluster and is taken down for good.</summary>
    public void Retire()
    {
        if (!IsRetired)
        {
            Crash(losesPower: false);
            world.Note(Id, "retires");
            IsRetired = true;
        }
    }

    public void Pause()
    {
        if (IsUp && !IsPaused)
        {
            _isPaused = true;
            world.Totals.Add(Happening.Pause);
            world.Note(Id, "pauses");
        }
    }

    public void Resume()
    {
        if (_isPaused)
        {
            world.Note(Id, "resumes");
            _isPaused = false;
            StartWriting();
            StartApplying();
            Turn();
        }
    }

    /// <summary>Not again within the time of a lease, which trusts clocks only so far.</summary>
    public void JumpClock(TimeSpan forward)
    {
        if (world.Plan.HasLease && world.Now < _jumped + world.Plan.ElectionTimeout)
        {
            return;
        }

        _jumped = world.Now;
        world.Totals.Add(Happening.ClockJump);
        _clock.Jump(forward);
        Turn();
    }

    public override string ToString() => IsRetired ? $"{Id} retired" : IsGone ? $"{Id} gone" : Raft is not { } raft ? $"{Id} down"
        : $"{Id} {raft.Role} in term {raft.Term} with a log to {raft.LastEntry}{(raft.MayVote ? "" : ", silent")}, knows {raft.Configuration}";

    public void Dispose() => _unsynced?.Dispose();

    private void StayDown(string reason)
    {
        Crash(losesPower: false);
        _unsynced?.Dispose();
        IsLost = true;
        world.Note(Id, "stays down", reason);
    }
}
