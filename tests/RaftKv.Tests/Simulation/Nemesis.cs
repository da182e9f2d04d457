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
    private bool _isQuiet;

    public Nemesis(World world)
    {
        _world = world;
        Matrix = new FaultMatrix(world.Plan.Voters, world.Chance.Next());
        _longestGap = world.Chance.Below(3) switch { 0 => 1000, 1 => 2500, _ => 6000 };
        _huntsLeaders = world.Chance.Below(4) switch { 0 => 1, 1 => 2, _ => 5 };
        _splitsVotes = world.Chance.Below(3) switch { 0 => 3, 1 => 12, _ => 0 };
        Choose();
    }

    /// <summary>What all gates obey.</summary>
    public FaultMatrix Matrix { get; }

    /// <summary>Whether things break.</summary>
    public bool IsActive { get; private set; }

    private Chance Chance => _world.Chance;

    public void Start()
    {
        IsActive = true;
        foreach (var server in _world.Servers)
        {
            server.DiskDelay = TimeSpan.FromMilliseconds(Chance.OneIn(2) ? 3 : 15);
        }

        _world.After(Chance.Milliseconds(0, _longestGap), Act);
        _world.After(Chance.Milliseconds(500, 12_000), HandOver);
        PlanDamage();
    }

    /// <summary>All is well again, and stays so.</summary>
    public void Stop()
    {
        IsActive = false;
        HealAll();
    }

    /// <summary>A young leader is the best victim: what it has only just begun is on few servers.</summary>
    public void SeeLeader(SimServer leader)
    {
        if (!IsActive || _isQuiet || !Chance.OneIn(_huntsLeaders))
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
        if (!IsActive || _isQuiet)
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

    private void HealAll()
    {
        Heal();
        foreach (var server in _world.Servers)
        {
            server.DiskDelay = TimeSpan.FromMilliseconds(3);
            server.StalledUntil = default;
            server.ApplyDelay = TimeSpan.FromMilliseconds(2);
            server.Disk.IsFull = false;
            server.Disk.FailsFlush = false;
            server.Disk.PowerFailsAfterSteps = null;
            server.Resume();
            server.Start();
        }
    }

    private void Choose()
    {
        Add(3, () => Crash(Chance.Pick(_world.Servers), losesPower: Chance.OneIn(2)));
        Add(1, () => Crash(LeaderOrAny, losesPower: Chance.OneIn(2)));
        Add(1, LosePowerEverywhere);
        Add(1, () => Pause(LeaderOrAny));
        Add(1, () => Pause(Chance.Pick(_world.Servers)));
        Add(2, Partition);
        Add(1, () => Isolate(LeaderOrAny));
        Add(1, () => Isolate(Chance.Pick(_world.Servers)));
        Add(1, CutOneWay);
        Add(1, SpoilLinks);
        Add(1, Flap);
        Add(1, SlowDisk);
        Add(1, StallDisk);
        Add(1, FillDisk);
        Add(1, FailFlush);
        Add(1, FailPowerMidway);
        Add(1, SlowApply);
        Add(1, JumpClock);
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

        if (!_isQuiet)
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
