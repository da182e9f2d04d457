using RaftKv.Core.Consensus;

namespace RaftKv.Tests.Elections;

/// <summary>
/// One election: bare cores on a network in which every message takes the same time and disks that take none. Everything
/// that happens to a server at one moment is one turn, as in the pump.
/// </summary>
internal sealed class ElectionTrial
{
    private static readonly Term Before = new(1);

    private readonly ElectionSetting _setting;
    private readonly Raft?[] _servers;
    private readonly Instant[] _wakes;
    private readonly PriorityQueue<Message, (Instant At, long Order)> _network = new();
    private readonly Dictionary<Term, (NodeId Id, Instant Since)> _leaders = [];
    private readonly int _dead;
    private readonly int _top;
    private readonly Instant _died;
    private Instant _now = new(0);
    private long _order;

    public ElectionTrial(ElectionSetting setting, ulong seed)
    {
        _setting = setting;
        _servers = new Raft?[setting.Servers + 1];
        _wakes = new Instant[setting.Servers + 1];
        var prng = new Prng(seed);

        // Who died, who is down, and who lacks entries changes from seed to seed, and with it the order of ranks.
        var order = Enumerable.Range(1, setting.Servers).OrderBy(_ => prng.Next()).ToList();
        _dead = order[^1];
        var alive = order.Take(setting.Alive).ToList();
        _top = setting.Trouble == Trouble.LongestDeaf ? alive[0] : alive.MaxBy(id => Rank(id, Before.Next));
        for (var i = 0; i < alive.Count; i++)
        {
            var id = alive[i];
            _servers[id] = new Raft(setting.OptionsOf(id, seed), Recovered(LogLength(i, id)), _now);
        }

        _died = _now - setting.OneWayDelay + prng.Between(TimeSpan.Zero, TimeSpan.FromMilliseconds(100));
    }

    /// <summary>The time from the leader's death until another was elected whom in the end all who can hear follow.</summary>
    public TimeSpan Run()
    {
        foreach (var server in _servers.OfType<Raft>())
        {
            Turn(server, [new Heartbeat(new NodeId(_dead), server.Id, Before, LogIndex.Zero, 1)]);
        }

        (NodeId Id, Instant Since) leader;
        while (!IsFollowed(out leader))
        {
            Assert.True(_now - _died < TimeSpan.FromMinutes(20), $"{_setting} never elects.");
            Advance();
        }

        return leader.Since - _died;
    }

    private bool IsFollowed(out (NodeId Id, Instant Since) leader)
    {
        var hearing = _servers.OfType<Raft>().Where(s => !CannotHear(s.Id)).ToList();
        return _leaders.TryGetValue(hearing[0].Term, out leader)
            && hearing.TrueForAll(s => s.Term == hearing[0].Term && !s.Leader.IsNone);
    }

    private int LogLength(int position, int id) => _setting.Trouble switch
    {
        Trouble.EightStale when position < 8 => 1,
        Trouble.LongestDeaf when id == _top => 3,
        _ => 2,
    };

    private static RecoveredState Recovered(int entries) => new()
    {
        HardState = new HardState(Before, NodeId.None),
        Entries = [.. Enumerable.Repeat(new EntryMeta(Before, 32), entries)],
    };

    /// <summary>Which of two equal logs goes first, as the core decides it.</summary>
    private static ulong Rank(int id, Term term) => Prng.Mix(Prng.Mix((ulong)term.Value) ^ (ulong)id);

    private bool CannotHear(NodeId id) => _setting.Trouble is Trouble.TopDeaf or Trouble.LongestDeaf && id.Value == _top;

    private void Advance()
    {
        var wake = _servers.OfType<Raft>().Min(s => _wakes[s.Id.Value]);
        _now = _network.TryPeek(out _, out var next) && next.At < wake ? next.At : wake;
        var arrived = new Dictionary<NodeId, List<Message>>();
        while (_network.TryPeek(out _, out next) && next.At <= _now)
        {
            var message = _network.Dequeue();
            if (!arrived.TryGetValue(message.To, out var messages))
            {
                arrived.Add(message.To, messages = []);
            }

            messages.Add(message);
        }

        foreach (var server in _servers.OfType<Raft>().ToList())
        {
            if (arrived.TryGetValue(server.Id, out var messages) || _wakes[server.Id.Value] <= _now)
            {
                Turn(server, messages ?? []);
            }
        }
    }

    private void Turn(Raft server, List<Message> messages)
    {
        foreach (var message in messages)
        {
            server.Step(new Input(_now, new MessageReceived(message)));
        }

        server.Step(new Input(_now, null));
        var effects = server.Drain();
        var asks = false;
        while (true)
        {
            asks |= effects.Messages.Any(m => m is PreVoteRequest);
            Send(effects.Messages);
            Send(effects.MessagesAfterSave);
            if (effects.SaveId == 0)
            {
                break;
            }

            server.Step(new Input(_now, new Saved(effects.SaveId)));
            effects = server.Drain();
        }

        Assert.Null(server.Halted);
        _wakes[server.Id.Value] = server.NextDeadline;
        if (server.Role == Role.Leader)
        {
            Assert.True(_leaders.TryAdd(server.Term, (server.Id, _now)) || _leaders[server.Term].Id == server.Id, $"Two lead term {server.Term}.");
        }

        if (asks && _setting.Trouble == Trouble.TopDiesAsking && server.Id.Value == _top)
        {
            _servers[_top] = null;
        }
    }

    private void Send(List<Message> messages)
    {
        foreach (var message in messages)
        {
            if (_servers[message.To.Value] is not null && !CannotHear(message.To))
            {
                _network.Enqueue(message, (_now + _setting.OneWayDelay, _order++));
            }
        }
    }
}
