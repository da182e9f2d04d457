using RaftKv.Core.Consensus;

namespace RaftKv.Tests.Simulation;

/// <summary>What a run is made of; the rest follows from the seed.</summary>
internal sealed record WorldOptions(ulong Seed)
{
    /// <summary>The bug that is planted, if any.</summary>
    public PlantedBug Bug { get; init; } = PlantedBug.None;

    /// <summary>How many servers; null for what the seed says.</summary>
    public int? Servers { get; init; }

    /// <summary>Which faults may happen besides those that always may.</summary>
    public FaultKinds Faults { get; init; } = FaultKinds.Usual;

    /// <summary>
    /// How much seldomer than it could a seed has one of those faults that make a run unlike others; 1 for as often as it
    /// can. Most seeds are to be ordinary ones: what happens in all of them hides what only a few faults together show.
    /// </summary>
    public int Rarity { get; init; } = UsualRarity;

    /// <summary>Whether a seed may have a fault, by its switch and by a coin.</summary>
    public bool Draws(Chance chance, FaultKinds kind, int oneIn) =>
        chance.OneIn((FaultKinds.Frequent & kind) != 0 ? oneIn : oneIn * Rarity) && Faults.HasFlag(kind);

    /// <summary>What <see cref="Rarity"/> is when no one says otherwise.</summary>
    public const int UsualRarity = 4;

    /// <summary>How many of the last events are kept for a transcript; 0 for none. Changes nothing else, so that a failure can be run again to be read.</summary>
    public int TranscriptEvents { get; init; }
}

/// <summary>What a run did, to see that it tried something.</summary>
internal sealed record WorldSummary(ulong Seed, int Servers, TimeSpan Simulated, Totals Totals, ulong Fingerprint);

/// <summary>
/// A cluster in one thread: a schedule of things to come, ordered by time, and one source of chance. Equal seeds give
/// equal runs.
/// </summary>
internal sealed class World
{
    private const int LeastOperations = 300;

    private static readonly TimeSpan FaultPhase = TimeSpan.FromSeconds(48);
    private static readonly TimeSpan CalmPhase = TimeSpan.FromSeconds(12);
    private static readonly TimeSpan Progress = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan MostExtraTime = TimeSpan.FromSeconds(60);

    private readonly Schedule _schedule = new();
    private readonly Transcript? _transcript;
    private readonly Dictionary<int, SimServer> _servers;
    private ulong _fingerprint;
    private ulong _incarnations;

    public World(WorldOptions options)
    {
        Options = options;
        Chance = new Chance(options.Seed);
        Plan = new Plan(options, Chance);
        _transcript = options.TranscriptEvents > 0 ? new Transcript($"Seed {options.Seed}: {Plan}", options.TranscriptEvents) : null;
        Nemesis = new Nemesis(this);
        Judge = new Judge(this);
        Servers = [.. Plan.Voters.Select(v => new SimServer(this, v))];
        _servers = Servers.ToDictionary(s => s.Id.Value);
        Servers.ForEach(s => s.Prepare(NextIncarnation()));
        IncarnationsListed = Plan.ListsIncarnations && options.Bug.Port != PortFault.ForgetPeersAtRestart ? Servers.ToDictionary(s => s.Id, s => s.Incarnation) : [];
        Operator = new Operator(this);
        Clients = [.. Enumerable.Range(1, Plan.Clients).Select(i => new SimClient(this, i))];
        Burster = new Burster(this);
    }

    public WorldOptions Options { get; }

    public Chance Chance { get; }

    public Plan Plan { get; }

    public Totals Totals { get; } = new();

    public Instant Now => _schedule.Now;

    /// <summary>How long faults go on.</summary>
    public TimeSpan UntilCalm => default(Instant) + FaultPhase > Now ? default(Instant) + FaultPhase - Now : TimeSpan.Zero;

    public List<SimServer> Servers { get; }

    public IReadOnlyList<SimClient> Clients { get; }

    public Judge Judge { get; }

    public Burster Burster { get; }

    public Operator Operator { get; }

    /// <summary>What the start-up list says about the servers' data directories; nothing in one that was written by hand.</summary>
    public Dictionary<NodeId, ulong> IncarnationsListed { get; }

    public Nemesis Nemesis { get; }

    /// <summary>Whether a server stands still in the middle of a turn.</summary>
    public bool SomeoneStandsStill { get; private set; }

    /// <summary>Whether anyone listens to <see cref="Note"/>.</summary>
    public bool IsTold => _transcript is not null;

    /// <summary>Runs both phases and judges. A failure carries its seed; run again, it carries a transcript too.</summary>
    public static WorldSummary Run(WorldOptions options)
    {
        var world = new World(options);
        try
        {
            return world.Run();
        }
        catch (Exception) when (world.Judge.IsBeyond)
        {
            return world.Summary();
        }
        catch (Exception e) when (e is not SimulationFailure { Transcript: not null })
        {
            throw new SimulationFailure($"Seed {options.Seed} at {world.Now.Microseconds / 1e6:F6} s: {e.Message}", e, world._transcript?.ToString());
        }
        finally
        {
            world.Servers.ForEach(s => s.Dispose());
        }
    }

    /// <summary>The server of an id that was there at some time, or null.</summary>
    public SimServer? Find(NodeId id) => _servers.GetValueOrDefault(id.Value);

    /// <summary>A server that a client may ask: not one that is known to be gone for good.</summary>
    public SimServer PickServer()
    {
        var server = Chance.Pick(Servers);
        while (server.IsLost || server.IsRetired)
        {
            server = Chance.Pick(Servers);
        }

        return server;
    }

    /// <summary>A new server, empty, that was given this id by a committed change of the membership.</summary>
    public void AddServer(NodeId id, ulong incarnation)
    {
        var server = new SimServer(this, id) { HasJoined = true };
        Servers.Add(server);
        _servers.Add(id.Value, server);
        Note(id, "is set up");
        server.Prepare(incarnation != 0 ? incarnation : NextIncarnation());
        server.StartLater(Chance.Milliseconds(1, 500));
    }

    public SimServer? Leader => Servers.FirstOrDefault(s => s.Raft?.Role == Role.Leader && !s.IsPaused);

    public void After(TimeSpan delay, Action action) => _schedule.Add(delay.Ticks / TimeSpan.TicksPerMicrosecond, action);

    /// <summary>A number for a data directory that was never made before.</summary>
    public ulong NextIncarnation() => ++_incarnations;

    /// <summary>Sends a message over the simulated network, which may delay and so reorder it. Losing it is the fault gates' work.</summary>
    /// <param name="message">The message.</param>
    /// <param name="incarnation">The sender's data directory, by which the receiver knows it.</param>
    /// <returns>False for a connection that is known to be broken.</returns>
    public bool Send(Message message, ulong incarnation)
    {
        Totals.Add(Happening.Message);
        if (IsTold)
        {
            Note(message.From, "sends", message);
        }

        if (message is VoteResponse { Granted: true } vote)
        {
            Nemesis.SeeVote(vote);
        }

        if (Find(message.To) is not { IsUp: true })
        {
            return Chance.OneIn(4);
        }

        Nemesis.Carry(new Mail(message, incarnation));
        return true;
    }

    /// <summary>Delivers after a while, to whichever run of the receiver is there by then.</summary>
    public void Deliver(Mail mail, TimeSpan delay) => _schedule.Add(delay.Ticks / TimeSpan.TicksPerMicrosecond, mail);

    /// <summary>Keeps an event for the transcript.</summary>
    public void Note(NodeId server, string what, object? detail = null) => _transcript?.Add(Now, server, what, detail);

    private WorldSummary Run()
    {
        foreach (var server in Servers)
        {
            After(Chance.Milliseconds(0, 50), server.Start);
        }

        foreach (var client in Clients)
        {
            After(TimeSpan.FromMilliseconds(100), client.Start);
        }

        Totals.Add(Happening.OwnOptions, Plan.HasOwnOptions ? 1 : 0);
        Burster.Start();
        if (Plan.ChangesMembership)
        {
            Operator.Start();
        }

        Nemesis.Start();
        RunFor(FaultPhase);
        Nemesis.Stop();
        for (var i = 0; i < 8; i++)
        {
            RunFor(TimeSpan.FromMilliseconds(500));
            Operator.Tidy();
        }

        foreach (var client in Clients)
        {
            client.OwesWrite = true;
        }

        RunFor(CalmPhase - TimeSpan.FromSeconds(4) - Progress);

        // The leader that knows of a member may need the time that disks with a doubt take, and only then be there to be asked (seed 791005533).
        Operator.Tidy();
        var committed = Judge.LastApplied;
        RunFor(Progress);
        Judge.JudgeProgress(committed, Now - Progress);
        for (var extra = TimeSpan.Zero; Totals[Happening.Operation] < LeastOperations && extra < MostExtraTime; extra += CalmPhase)
        {
            RunFor(CalmPhase);
        }

        JudgeLiveness();
        Burster.Stop();
        foreach (var client in Clients)
        {
            client.Stop();
        }

        RunFor(TimeSpan.FromSeconds(4));
        Judge.JudgeEnd();
        Mix(Leader!.View.StateHash);
        Mix((ulong)Totals[Happening.Operation]);
        return Summary();
    }

    private WorldSummary Summary() => new(Options.Seed, Plan.Voters.Count, Now - default(Instant), Totals, _fingerprint);

    /// <summary>The faults are gone for a while: someone leads, and every client's fresh writes are acknowledged.</summary>
    private void JudgeLiveness()
    {
        Judge.Require(Servers.Count(s => s.Raft?.Role == Role.Leader) == 1, "one leader once the faults are gone");
        Judge.Require(Clients.All(c => !c.OwesWrite), "fresh writes of every client are acknowledged once the faults are gone");
        Judge.Require(Totals[Happening.Operation] >= LeastOperations, $"the clients complete {LeastOperations} operations, here {Totals[Happening.Operation]}");
    }

    /// <summary>Everything that is mixed in changes the fingerprint, and so does its order.</summary>
    private void Mix(ulong number) => _fingerprint = unchecked(((_fingerprint ^ number) * 0x9E3779B97F4A7C15UL) + (_fingerprint >> 29));

    /// <summary>What happens beside a server that stands still in the middle of a turn; one at a time.</summary>
    public void GoOnFor(TimeSpan time)
    {
        SomeoneStandsStill = true;
        RunFor(time);
        SomeoneStandsStill = false;
    }

    private void RunFor(TimeSpan time)
    {
        var end = (Now + time).Microseconds;
        while (_schedule.TryTake(end, out var what))
        {
            if (what is Mail mail)
            {
                var message = mail.Message;
                Mix((ulong)_schedule.NowMicroseconds);
                Mix((ulong)message.From.Value + ((ulong)message.To.Value << 8) + ((ulong)message.Term.Value << 16));
                Find(message.To)!.Deliver(mail);
            }
            else
            {
                ((Action)what)();
            }
        }
    }
}

/// <summary>A promise was broken.</summary>
internal sealed class SimulationFailure(string message, Exception? cause = null, string? transcript = null) : Exception(message, cause)
{
    /// <summary>What led to it, when it was kept.</summary>
    public string? Transcript { get; } = transcript;
}
