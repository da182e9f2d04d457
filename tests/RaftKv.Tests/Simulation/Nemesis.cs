using RaftKv.Core.Consensus;
using RaftKv.Engine.Faults;

namespace RaftKv.Tests.Simulation;

/// <summary>
/// Breaks things on a seeded schedule. Every seed has its own choice of what is broken and how often: a run in which
/// everything happens hides what only a few faults together can show.
/// </summary>
internal sealed partial class Nemesis
{
    private readonly World _world;
    private readonly List<Action> _repertoire = [];
    private readonly int _longestGap;
    private readonly int _huntsLeaders;
    private readonly int _stillOneIn;

    /// <summary>While a damaged disk is the only fault.</summary>
    private bool _isAlone;

    public Nemesis(World world)
    {
        _world = world;
        Matrix = new FaultMatrix(world.Plan.Voters, world.Chance.Next());
        _longestGap = world.Chance.Below(3) switch { 0 => 1000, 1 => 2500, _ => 6000 };
        _huntsLeaders = world.Chance.Below(4) switch { 0 => 1, 1 => 2, _ => 5 };
        _isLateKind = DrawLateKind(world.Chance);
        _lateOneIn = Draws(FaultKinds.LateMail, 3) ? world.Chance.Below(3) switch { 0 => 2, 1 => 6, _ => 30 } : 0;
        _longestLateness = world.Chance.Below(3) switch { 0 => 300, 1 => 1200, _ => 4000 };
        _latenessIsRepetition = world.Chance.OneIn(2);
        _hellosLostInTen = world.Chance.Below(4);
        _losesVotes = Draws(FaultKinds.LostVotes, 2);
        _stillOneIn = Draws(FaultKinds.StaleClock, 4) ? 2000 : 0;
        _ambushes = Draws(FaultKinds.LateMail, 3);
        _splitsVotes = world.Chance.Below(3) switch { 0 => 3, 1 => 12, _ => 0 };
        Choose();
    }

    /// <summary>What all gates obey.</summary>
    public FaultMatrix Matrix { get; }

    /// <summary>Whether things break.</summary>
    public bool IsActive { get; private set; }

    private Chance Chance => _world.Chance;

    private bool IsQuiet => _isAlone || _isResting;

    public void Start()
    {
        IsActive = true;
        foreach (var server in _world.Servers)
        {
            server.DiskDelay = TimeSpan.FromMilliseconds(Chance.OneIn(2) ? 3 : 15);
        }

        _world.After(Chance.Milliseconds(0, _longestGap), Act);
        _world.After(Chance.Milliseconds(500, 12_000), HandOver);
        if (Chance.OneIn(2))
        {
            _world.After(Chance.Milliseconds(8000, 36_000), Rest);
        }

        if (Draws(FaultKinds.DamageAmidFaults, 2))
        {
            Plan(Chance.Milliseconds(3000, 20_000), ForeseeDamage);
        }
        else if (!PlansLoss())
        {
            PlanDamageAlone();
        }
    }

    /// <summary>All is well again, and stays so.</summary>
    public void Stop()
    {
        IsActive = false;
        foreach (var server in _world.Servers)
        {
            server.IsHeldDown = false;
            server.StopImpostor();
        }

        HealAll();
    }

    /// <summary>A young leader is the best victim: what it has only just begun is on few servers.</summary>
    public void SeeLeader(SimServer leader)
    {
        if (!IsActive || IsQuiet || !MayFail(leader) || !Chance.OneIn(_huntsLeaders))
        {
            return;
        }

        if (Chance.OneIn(2))
        {
            _world.After(Chance.Milliseconds(0, 2), () => _world.Burster.Burst(leader, 20));
        }

        // At once, its first entry is nowhere else; a little later, on some servers and not on others.
        var delay = Chance.Below(3) switch { 0 => TimeSpan.Zero, 1 => Chance.Milliseconds(0, 8), _ => Chance.Milliseconds(0, 40) };
        _world.After(delay, () => Hunt(leader));
    }

    private void Hunt(SimServer leader)
    {
        if (!IsActive || IsQuiet || !MayFail(leader))
        {
            return;
        }

        if (Chance.OneIn(3))
        {
            Crash(leader, losesPower: Chance.OneIn(2));
        }
        else
        {
            Isolate(leader);
            _world.After(Chance.Milliseconds(200, 2000), Heal);
        }
    }

    /// <summary>Whether a server that has just read its clock stands still before it goes on.</summary>
    public bool StandsStill(SimServer server)
    {
        if (_stillOneIn == 0 || !IsActive || IsQuiet || _damage is not null || _world.SomeoneStandsStill || !Chance.OneIn(_stillOneIn))
        {
            return false;
        }

        _world.Totals.Add(Happening.StaleClock);
        if (server == _world.Leader && !Chance.OneIn(3))
        {
            // Cut off from its peers, it hears of a newer leader from no one, while clients still ask it.
            Isolate(server);
            _world.After(Chance.Milliseconds(500, 2500), Heal);
        }

        return true;
    }

    private void HealAll()
    {
        Heal();
        foreach (var server in _world.Servers)
        {
            server.DiskDelay = TimeSpan.FromMilliseconds(3);
            server.StalledUntil = default;
            server.ApplyDelay = TimeSpan.FromMilliseconds(2);
            server.Disk.IsFull = false;
            server.Disk.Capacity = null;
            server.Disk.FailsFlush = false;
            server.Disk.PowerFailsAfterSteps = null;
            server.Resume();
            server.Start();
        }
    }

    private void Choose()
    {
        Add(3, () => Hit(Chance.Pick(_world.Servers), s => Crash(s, losesPower: Chance.OneIn(2))));
        Add(1, () => Hit(LeaderOrAny, s => Crash(s, losesPower: Chance.OneIn(2))));
        Add(1, UnlessDamaged(LosePowerEverywhere));
        Add(1, () => Hit(LeaderOrAny, Pause));
        Add(1, () => Hit(Chance.Pick(_world.Servers), Pause));
        Add(2, UnlessDamaged(Partition));
        Add(1, () => Hit(LeaderOrAny, Isolate));
        Add(1, () => Hit(Chance.Pick(_world.Servers), Isolate));
        Add(1, UnlessDamaged(CutOneWay));
        Add(1, SpoilLinks);
        Add(1, UnlessDamaged(Flap));
        Add(1, SlowDisk);
        Add(1, StallDisk);
        Add(1, FillDisk);
        if (Draws(FaultKinds.TightDisk, 2))
        {
            Add(2, TightenDisk);
        }

        Add(1, () => Hit(Chance.Pick(_world.Servers), FailFlush));
        Add(1, () => Hit(Chance.Pick(_world.Servers), FailPowerMidway));
        Add(1, SlowApply);
        Add(1, JumpClock);
        if (_ambushes)
        {
            Add(3, UnlessDamaged(ReturnInPart));
        }

        for (var i = 0; i < 3; i++)
        {
            _repertoire.Add(Heal);
        }
    }

    /// <summary>A coin decides whether this seed has the fault, the weight how often.</summary>
    private void Add(int weight, Action fault)
    {
        if (Chance.OneIn(2))
        {
            for (var i = 0; i < weight; i++)
            {
                _repertoire.Add(fault);
            }
        }
    }

    private void Act()
    {
        if (!IsActive)
        {
            return;
        }

        if (!IsQuiet)
        {
            Chance.Pick(_repertoire)();
        }

        _world.After(Chance.Milliseconds(50, _longestGap), Act);
    }

    /// <summary>Now and then someone asks a server, mostly the leader, to let another lead.</summary>
    private void HandOver()
    {
        if (!IsActive)
        {
            return;
        }

        var asked = Chance.OneIn(5) ? Chance.Pick(_world.Servers) : _world.Leader;
        asked?.HandOver(Chance.OneIn(3) ? NodeId.None : Chance.Pick(Ids));
        _world.After(Chance.Milliseconds(500, 12_000), HandOver);
    }

    private SimServer LeaderOrAny => _world.Leader ?? Chance.Pick(_world.Servers);

    private void Crash(SimServer server, bool losesPower)
    {
        server.Crash(losesPower);
        server.StartLater(Chance.Milliseconds(10, 3000));
    }

    private void LosePowerEverywhere()
    {
        foreach (var server in _world.Servers)
        {
            Crash(server, losesPower: true);
        }
    }

    private void Pause(SimServer server)
    {
        server.Pause();
        _world.After(Chance.Milliseconds(10, 3000), server.Resume);
    }

    /// <summary>A lease trusts clocks as far as its fraction allows; without leases, they may do anything that clocks do.</summary>
    private void JumpClock()
    {
        var most = _world.Plan.HasLease ? _world.Plan.ElectionTimeout * 0.05 : TimeSpan.FromSeconds(3);
        Chance.Pick(_world.Servers).JumpClock(Chance.Between(TimeSpan.FromMilliseconds(1), most));
    }
}
