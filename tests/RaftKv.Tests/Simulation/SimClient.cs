using RaftKv.Core.Consensus;
using RaftKv.Core.Kv;

namespace RaftKv.Tests.Simulation;

/// <summary>
/// A client with a session that it may use from several lanes at once (X3). A lane does one operation at a time and
/// retries it under the same sequence number until it is answered or, rarely, given up.
/// </summary>
internal sealed class SimClient
{
    private readonly World _world;
    private readonly List<SimLane> _lanes;
    private readonly SortedSet<long> _unfinished = [];
    private long _sequence;

    public SimClient(World world, int number)
    {
        _world = world;
        var lanes = world.Chance.OneIn(4) ? 3 : 1;
        HasSession = number < world.Plan.Clients || !world.Chance.OneIn(3);
        _lanes = [.. Enumerable.Range(0, lanes).Select(i => new SimLane(world, this, (number * 10) + i, isFirst: i == 0))];
    }

    /// <summary>Whether it works in a session; without one, a write is never tried again.</summary>
    public bool HasSession { get; }

    /// <summary>The session, or zero while there is none.</summary>
    public long Session { get; private set; }

    public bool IsStopped { get; private set; }

    /// <summary>Whom it believes to lead.</summary>
    public NodeId Leader { get; set; }

    /// <summary>Whether its next operations are to be writes, until one is acknowledged.</summary>
    public bool OwesWrite { get; set; }

    public void Start() => _lanes.ForEach(l => l.Next());

    public void Stop() => IsStopped = true;

    public void Opened(long session) => Session = session;

    /// <summary>The servers know the session no longer.</summary>
    public void Lose(long session)
    {
        _world.Totals.Add(Happening.SessionExpiry);
        if (session == Session)
        {
            Session = 0;
            _unfinished.Clear();
        }
    }

    /// <summary>Gives a command its place in the session.</summary>
    public Command Stamp(Command command)
    {
        if (!HasSession)
        {
            return command;
        }

        _unfinished.Add(++_sequence);
        return command with { SessionId = Session, Sequence = _sequence, AcknowledgedBelow = _world.Options.Bug.Port == PortFault.AcknowledgeTooMuch ? _sequence : _unfinished.Min };
    }

    /// <summary>The client will not ask again for this one.</summary>
    public void Finish(Command command) => _unfinished.Remove(command.Sequence);

    public SimServer Target() =>
        _world.Find(Leader) is { IsRetired: false, IsLost: false } leader ? leader : _world.PickServer();
}
