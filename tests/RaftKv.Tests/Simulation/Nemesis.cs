using RaftKv.Core.Consensus;

namespace RaftKv.Tests.Simulation;

/// <summary>Breaks things on a seeded schedule: crashes, pauses, partitions, one-way cuts, lossy and slow links, slow disks.</summary>
internal sealed class Nemesis(World world)
{
    private readonly HashSet<(NodeId From, NodeId To)> _cut = [];
    private TimeSpan _longestDelay = TimeSpan.FromMilliseconds(10);
    private bool _isActive;

    public double Loss { get; private set; }

    public double Duplication { get; private set; }

    public bool IsCut(NodeId from, NodeId to) => _cut.Contains((from, to));

    public TimeSpan Delay() => world.Between(TimeSpan.FromMicroseconds(100), _longestDelay);

    public void Start()
    {
        _isActive = true;
        foreach (var server in world.Servers)
        {
            server.DiskDelay = TimeSpan.FromMilliseconds(20);
        }

        Act();
        HandOver();
    }

    /// <summary>All is well again, and stays so.</summary>
    public void Stop()
    {
        _isActive = false;
        _cut.Clear();
        (Loss, Duplication, _longestDelay) = (0, 0, TimeSpan.FromMilliseconds(2));
        foreach (var server in world.Servers)
        {
            server.DiskDelay = TimeSpan.FromMilliseconds(3);
            server.Resume();
            if (!server.IsUp)
            {
                server.Start();
            }
        }
    }

    /// <summary>A young leader is the best victim: what it has only just begun is on few servers.</summary>
    public void SeeLeader(SimServer leader)
    {
        if (!_isActive || world.Random.Next(4) > 0)
        {
            return;
        }

        world.After(world.Between(TimeSpan.Zero, TimeSpan.FromMilliseconds(40)), () =>
        {
            if (_isActive && world.Random.Next(2) == 0)
            {
                Crash(leader);
            }
            else if (_isActive)
            {
                Isolate(leader);
                world.After(world.Between(TimeSpan.FromMilliseconds(300), TimeSpan.FromMilliseconds(2000)), _cut.Clear);
            }
        });
    }

    private void Act()
    {
        if (!_isActive)
        {
            return;
        }

        var server = world.Servers[world.Random.Next(world.Servers.Count)];
        switch (world.Random.Next(16))
        {
            case 0 or 1 or 2:
                Crash(server);
                break;
            case 3:
                Crash(Leader ?? server);
                break;
            case 4:
                world.Servers.ToList().ForEach(Crash);
                break;
            case 5:
                Pause(world.Random.Next(2) == 0 ? server : Leader ?? server);
                break;
            case 6 or 7:
                Partition();
                break;
            case 8:
                CutOneWay(server.Id);
                break;
            case 9:
                Loss = world.Random.Next(3) * 0.1;
                Duplication = world.Random.Next(3) * 0.1;
                break;
            case 10:
                _longestDelay = TimeSpan.FromMilliseconds(new[] { 1, 10, 30, 100 }[world.Random.Next(4)]);
                break;
            case 11:
                server.DiskDelay = TimeSpan.FromMilliseconds(new[] { 1, 10, 50, 1500 }[world.Random.Next(4)]);
                break;
            case 12:
                Isolate(Leader ?? server);
                break;
            case 13:
                Isolate(server);
                break;
            default:
                _cut.Clear();
                break;
        }

        world.After(world.Between(TimeSpan.FromMilliseconds(100), TimeSpan.FromMilliseconds(2500)), Act);
    }

    /// <summary>Now and then someone asks a server, mostly the leader, to let another lead.</summary>
    private void HandOver()
    {
        if (!_isActive)
        {
            return;
        }

        var asked = world.Random.Next(5) == 0 ? world.Servers[world.Random.Next(world.Servers.Count)] : Leader;
        asked?.HandOver(world.Random.Next(3) == 0 ? NodeId.None : world.Voters[world.Random.Next(world.Voters.Count)]);
        world.After(world.Between(TimeSpan.FromMilliseconds(500), TimeSpan.FromSeconds(12)), HandOver);
    }

    private SimServer? Leader => world.Servers.FirstOrDefault(s => s.Raft?.Role == Role.Leader);

    private void Crash(SimServer server)
    {
        if (!server.IsUp)
        {
            return;
        }

        world.Crashes++;
        server.Crash();
        world.After(world.Between(TimeSpan.FromMilliseconds(10), TimeSpan.FromMilliseconds(3000)), () =>
        {
            if (!server.IsUp)
            {
                server.Start();
            }
        });
    }

    private void Pause(SimServer server)
    {
        world.Note(server.Id, "pauses", null);
        server.Pause();
        world.After(world.Between(TimeSpan.FromMilliseconds(10), TimeSpan.FromMilliseconds(3000)), server.Resume);
    }

    private void Partition()
    {
        _cut.Clear();
        var side = world.Voters.ToDictionary(v => v, _ => world.Random.Next(2));
        foreach (var from in world.Voters)
        {
            foreach (var to in world.Voters.Where(to => side[to] != side[from]))
            {
                _cut.Add((from, to));
            }
        }
    }

    private void Isolate(SimServer server)
    {
        foreach (var other in world.Voters.Where(v => v != server.Id))
        {
            _cut.Add((other, server.Id));
            _cut.Add((server.Id, other));
        }
    }

    private void CutOneWay(NodeId server)
    {
        var isDeaf = world.Random.Next(2) == 0;
        foreach (var other in world.Voters.Where(v => v != server && world.Random.Next(3) > 0))
        {
            _cut.Add(isDeaf ? (other, server) : (server, other));
        }
    }
}
