using RaftKv.Core.Consensus;

namespace RaftKv.Tests.Core;

/// <summary>
/// Several bare cores on a network that delivers at once and in order, except where a link is cut. Time stands still
/// while messages are delivered. Checks after every step that no term has two leaders and that committed logs agree.
/// </summary>
internal sealed class TestCluster
{
    private readonly Dictionary<Term, NodeId> _leaders = [];
    private readonly Dictionary<LogIndex, EntryId> _committed = [];
    private readonly HashSet<NodeId> _down = [];
    private long _requestId;

    public TestCluster(int size, bool autoSave = true, Func<RaftOptions, RaftOptions>? change = null)
        : this([.. Enumerable.Range(1, size).Select(i => TestServer.Fresh(i, size, autoSave, change))])
    {
    }

    public TestCluster(IReadOnlyList<TestServer> servers)
    {
        Servers = [.. servers];
    }

    public List<TestServer> Servers { get; }

    public TestServer this[int id] => Servers[id - 1];

    /// <summary>Puts a server into a place of its own, as if it had just been started.</summary>
    public TestServer Join(TestServer server)
    {
        Servers.Add(server);
        SetClock(server);
        server.Step();
        return server;
    }

    public Instant Now { get; private set; }

    /// <summary>Links on which messages are lost.</summary>
    public HashSet<(int From, int To)> Cut { get; } = [];

    /// <summary>Messages for which this is true are lost.</summary>
    public Func<Message, bool> Lose { get; set; } = _ => false;

    /// <summary>Told of every message that is delivered or lost.</summary>
    public Action<Message, bool>? Observer { get; set; }

    public TestServer? Leader => Servers
        .Where(s => !_down.Contains(s.Id) && s.Raft.Role == Role.Leader)
        .MaxBy(s => s.Raft.Term);

    /// <summary>Cuts both directions between two groups.</summary>
    public void Partition(params int[] group)
    {
        foreach (var inside in group)
        {
            foreach (var outside in Servers.Select(s => s.Id.Value).Except(group))
            {
                Cut.Add((inside, outside));
                Cut.Add((outside, inside));
            }
        }
    }

    public void Heal() => Cut.Clear();

    public void Stop(int id) => _down.Add(new NodeId(id));

    /// <summary>Brings a stopped server back with what was durable.</summary>
    public void Start(int id)
    {
        SetClock(this[id]);
        Servers[id - 1] = this[id].Restart((ulong)(Now.Microseconds + id));
        _down.Remove(new NodeId(id));
    }

    /// <summary>Lets a stopped server take part again as it is.</summary>
    public void Resume(int id) => _down.Remove(new NodeId(id));

    /// <summary>Delivers until nothing is under way.</summary>
    public void Settle()
    {
        for (var rounds = 0; Deliver(); rounds++)
        {
            Assert.True(rounds < 10_000, "The cluster never comes to rest.");
        }

        Check();
    }

    /// <summary>Lets time pass, stopping at every deadline.</summary>
    public void Run(TimeSpan time)
    {
        var end = Now + time;
        Settle();
        while (true)
        {
            var next = Live.Min(DeadlineOf);
            if (next > end)
            {
                break;
            }

            Now = next > Now ? next : Now;
            foreach (var server in Live.Where(s => DeadlineOf(s) <= Now).ToList())
            {
                SetClock(server);
                server.Step();
            }

            Settle();
        }

        Now = end;
        foreach (var server in Live)
        {
            SetClock(server);
        }
    }

    /// <summary>Lets time pass until something holds.</summary>
    public void RunUntil(Func<bool> holds, string what, int seconds = 30)
    {
        var end = Now + TimeSpan.FromSeconds(seconds);
        while (!holds())
        {
            Assert.True(Now < end, $"Not within {seconds} s: {what}");
            Run(TimeSpan.FromMilliseconds(10));
        }
    }

    /// <summary>Makes a server's election timer run out now, by its own clock only.</summary>
    public void Campaign(int id)
    {
        var server = this[id];
        server.ClockAhead = server.Raft.ElectionDeadline - Now;
        SetClock(server);
        server.Step();
    }

    public TestServer Elect()
    {
        RunUntil(() => Leader is not null, "a leader");
        RunUntil(() => Live.All(s => s.Raft.Leader == Leader?.Id), "everyone knows the leader");
        return Leader!;
    }

    public long Propose(TestServer server, byte payload = 1)
    {
        server.Step(new Proposal(++_requestId, new byte[] { payload }));
        return _requestId;
    }

    public long Read(TestServer server, ReadConsistency consistency = ReadConsistency.Linearizable)
    {
        server.Step(new ReadRequest(++_requestId, consistency));
        return _requestId;
    }

    public long HandOver(TestServer server, int target)
    {
        server.Step(new TransferLeadership(++_requestId, new NodeId(target)));
        return _requestId;
    }

    /// <summary>Asks a server for a change and lets the cluster settle; returns how it ended, or null when it has not.</summary>
    public MembershipEnded? Change(TestServer server, MembershipChange change)
    {
        var id = ++_requestId;
        server.Step(new ChangeMembership(id, change));
        Settle();
        return server.Memberships.Cast<MembershipEnded?>().FirstOrDefault(m => m!.Value.RequestId == id);
    }

    private IEnumerable<TestServer> Live => Servers.Where(s => !_down.Contains(s.Id) && s.Halt is null);

    private void SetClock(TestServer server) => server.Now = Now + server.ClockAhead;

    private static Instant DeadlineOf(TestServer server) => server.Raft.NextDeadline - server.ClockAhead;

    private bool Deliver()
    {
        var messages = new List<Message>();
        foreach (var server in Servers)
        {
            messages.AddRange(server.Outbox);
            server.Outbox.Clear();
        }

        foreach (var message in messages)
        {
            var isLost = Cut.Contains((message.From.Value, message.To.Value)) || _down.Contains(message.From)
                || _down.Contains(message.To) || Lose(message);
            Observer?.Invoke(message, isLost);
            if (!isLost)
            {
                var to = this[message.To.Value];
                SetClock(to);
                to.Receive(message);
            }
        }

        return messages.Count > 0;
    }

    private void Check()
    {
        foreach (var server in Servers)
        {
            if (server.Raft.Role == Role.Leader)
            {
                Assert.True(_leaders.TryAdd(server.Raft.Term, server.Id) || _leaders[server.Raft.Term] == server.Id,
                    $"Term {server.Raft.Term} has two leaders.");
            }

            foreach (var entry in server.Applied)
            {
                Assert.True(_committed.TryAdd(entry.Id.Index, entry.Id) || _committed[entry.Id.Index] == entry.Id,
                    $"{server.Id} applied {entry.Id}, another server {_committed[entry.Id.Index]}.");
            }
        }
    }
}
