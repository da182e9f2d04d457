using System.Globalization;
using System.Text;
using RaftKv.Core.Consensus;

namespace RaftKv.Tests.Simulation;

/// <summary>Bugs that are planted on purpose, to see that the simulation finds them.</summary>
internal enum PlantedFault
{
    None,

    /// <summary>The disk says "flushed" and does nothing.</summary>
    SkipFlush,

    /// <summary>A save counts as durable when it is handed over.</summary>
    AnswerBeforeSave,

    /// <summary>A client's retry takes a new sequence number, as if there were no sessions.</summary>
    RetryAsNew,

    /// <summary>Reads are served from what is applied, without asking anyone.</summary>
    StaleReads,
}

/// <summary>What a run is made of.</summary>
internal sealed record WorldOptions(ulong Seed)
{
    public PlantedFault Bug { get; init; }

    public CoreFault CoreBug { get; init; }

    public TimeSpan FaultPhase { get; init; } = TimeSpan.FromSeconds(45);

    public TimeSpan CalmPhase { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>The entry cache of the pump; small, so that the log is read back often.</summary>
    public long CacheBytes { get; init; } = 4096;
}

/// <summary>What a run did, to see that it tried something.</summary>
internal sealed record WorldSummary(int Operations, int Elections, int Handovers, int Crashes, long LostBytes, int Messages, ulong Fingerprint);

/// <summary>
/// A cluster in one thread: a schedule of things to come, ordered by time, and one source of chance. Equal seeds give
/// equal runs.
/// </summary>
internal sealed class World
{
    private readonly PriorityQueue<Action, (long At, long Order)> _schedule = new();
    private readonly Queue<(Instant At, NodeId Server, string What, object? Detail)> _notes = new();
    private readonly RaftOptions _rules;
    private readonly SimClient _burster;
    private long _order;
    private int _messages;
    private ulong _fingerprint;

    public World(WorldOptions options)
    {
        Options = options;
        Random = new Random((int)(options.Seed * 2654435761 % int.MaxValue));
        var size = Random.Next(20) switch { < 8 => 3, < 17 => 5, 17 => 4, 18 => 7, _ => 2 };
        _rules = Rules();
        Voters = [.. Enumerable.Range(1, size).Select(i => new NodeId(i))];
        Servers = [.. Voters.Select(v => new SimServer(this, v))];
        Judge = new Judge(this);
        Nemesis = new Nemesis(this);
        Clients = [.. Enumerable.Range(1, 5).Select(i => new SimClient(this, i))];
        _burster = new SimClient(this, 99);
    }

    public WorldOptions Options { get; }

    public Random Random { get; }

    public Instant Now { get; private set; }

    public IReadOnlyList<NodeId> Voters { get; }

    public IReadOnlyList<SimServer> Servers { get; }

    public IReadOnlyList<SimClient> Clients { get; }

    public Judge Judge { get; }

    public Nemesis Nemesis { get; }

    public int Crashes { get; set; }

    public int Handovers { get; set; }

    /// <summary>Runs both phases and judges; a failure carries the seed and the last events.</summary>
    public static WorldSummary Run(WorldOptions options)
    {
        var world = new World(options);
        try
        {
            return world.Run();
        }
        catch (Exception e)
        {
            throw new SimulationFailure($"Seed {options.Seed}: {e.Message}\n{world.Transcript()}\n{e}");
        }
    }

    public RaftOptions OptionsOf(NodeId id) => _rules with { Id = id, Voters = Voters, Seed = (ulong)Random.NextInt64() };

    /// <summary>Every seed has its own mix of rules, the same on all servers: each must keep every promise alone.</summary>
    private RaftOptions Rules()
    {
        var isPaced = Random.Next(6) == 0;
        return new RaftOptions
        {
            Id = new NodeId(1),
            Voters = [new NodeId(1)],
            Seed = 0,
            PreVote = Random.Next(3) > 0,
            Deference = Random.Next(2) > 0,
            VoteStickiness = Random.Next(4) > 0,
            CheckQuorum = Random.Next(4) > 0,
            Replication = isPaced ? ReplicationTrigger.Heartbeat : ReplicationTrigger.Immediate,
            ElectionTimeoutLower = TimeSpan.FromMilliseconds(300),
            ElectionTimeoutUpper = TimeSpan.FromMilliseconds(Random.Next(3) == 0 ? 350 : 600),
            HeartbeatInterval = TimeSpan.FromMilliseconds(60),
            RpcTimeout = TimeSpan.FromMilliseconds(500),
            MaxAppendBytes = isPaced ? 64 * 1024 : 1024,
            MaxInflightBytes = isPaced ? 64 * 1024 : 4096,
            MaxInflightAppends = 4,
            CoreFault = Options.CoreBug,
        };
    }

    public void After(TimeSpan delay, Action action)
    {
        var at = Now + (delay > TimeSpan.Zero ? delay : TimeSpan.Zero);
        _schedule.Enqueue(action, (at.Microseconds, _order++));
    }

    public TimeSpan Between(TimeSpan lowest, TimeSpan highest) =>
        TimeSpan.FromTicks(Random.NextInt64(lowest.Ticks, Math.Max(lowest.Ticks, highest.Ticks) + 1));

    /// <summary>Sends a message over the simulated network, which may lose, repeat, delay and so reorder it.</summary>
    /// <returns>False for a connection that is known to be broken.</returns>
    public bool Send(Message message)
    {
        _messages++;
        Note(message.From, "sends", message);
        if (Nemesis.IsCut(message.From, message.To))
        {
            return Random.Next(2) == 0;
        }

        if (Random.NextDouble() >= Nemesis.Loss)
        {
            After(Nemesis.Delay(), () => Deliver(message));
        }

        if (Random.NextDouble() < Nemesis.Duplication)
        {
            After(Nemesis.Delay() * 3, () => Deliver(message));
        }

        return true;
    }

    /// <summary>Keeps an event for the transcript of a failure, and for the fingerprint of the run.</summary>
    public void Note(NodeId server, string what, object? detail)
    {
        _notes.Enqueue((Now, server, what, detail));
        if (_notes.Count > 300)
        {
            _notes.Dequeue();
        }

        unchecked
        {
            _fingerprint = ((_fingerprint ^ (ulong)Now.Microseconds) * 0x9E3779B97F4A7C15UL) + (ulong)server.Value
                + (detail is Message m ? (ulong)m.Term.Value + ((ulong)m.To.Value << 8) : 0);
        }
    }

    public string Transcript()
    {
        var text = new StringBuilder();
        foreach (var (at, server, what, detail) in _notes)
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"{at.Microseconds / 1000.0,10:F3} ms {server} {what} {Describe(detail)}");
        }

        return text.ToString();
    }

    private static object? Describe(object? detail) =>
        detail is AppendRequest a ? $"Append {a.From}->{a.To} term {a.Term} after {a.Previous} {a.Entries.Count} entries, commit {a.Commit}" : detail;

    private WorldSummary Run()
    {
        foreach (var server in Servers)
        {
            After(Between(TimeSpan.Zero, TimeSpan.FromMilliseconds(50)), server.Start);
        }

        foreach (var client in Clients)
        {
            After(TimeSpan.FromMilliseconds(100), client.Next);
        }

        After(TimeSpan.FromMilliseconds(100), _burster.Burst);

        Nemesis.Start();
        RunUntil(Now + Options.FaultPhase);
        Nemesis.Stop();
        var before = Clients.Select(c => c.Completed).ToList();
        RunUntil(Now + Options.CalmPhase);
        Judge.Require(Servers.Count(s => s.Raft!.Role == Role.Leader) == 1, "one leader once the faults are gone");
        Judge.Require(Clients.Select((c, i) => c.Completed > before[i]).All(p => p), "every client is served once the faults are gone");
        _burster.Stop();
        Clients.ToList().ForEach(c => c.Stop());
        RunUntil(Now + TimeSpan.FromSeconds(5));
        Judge.JudgeEnd();
        return new WorldSummary(Clients.Sum(c => c.Completed), Judge.Elections, Handovers, Crashes, Servers.Sum(s => s.LostBytes), _messages, _fingerprint);
    }

    private void RunUntil(Instant end)
    {
        while (_schedule.TryPeek(out _, out var due) && due.At <= end.Microseconds)
        {
            var action = _schedule.Dequeue();
            Now = new Instant(due.At);
            action();
        }

        Now = end;
    }

    private void Deliver(Message message)
    {
        if (!Nemesis.IsCut(message.From, message.To))
        {
            Servers[message.To.Value - 1].Deliver(message);
        }
    }
}
