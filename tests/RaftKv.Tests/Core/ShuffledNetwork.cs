using RaftKv.Core.Consensus;

namespace RaftKv.Tests.Core;

/// <summary>
/// Bare cores on a network that delays, repeats, reorders and loses, with saves that complete late and servers that
/// crash and come back. Single-threaded and seeded. Checks that no two servers ever apply different entries.
/// </summary>
internal sealed class ShuffledNetwork
{
    private readonly Random _random;
    private readonly List<TestServer> _servers;
    private readonly List<Message> _flying = [];
    private readonly Dictionary<LogIndex, EntryId> _committed = [];
    private readonly Dictionary<Term, NodeId> _leaders = [];
    private Instant _now;
    private long _requestId;
    private long _rounds;

    public ShuffledNetwork(int seed, int size, Func<RaftOptions, RaftOptions>? change = null)
    {
        _random = new Random(seed);
        _servers = [.. Enumerable.Range(1, size).Select(id => TestServer.Fresh(id, size, autoSave: false,
            o => (change?.Invoke(o) ?? o) with { Seed = (ulong)(seed * 100) + (ulong)id, RpcTimeout = TimeSpan.FromMilliseconds(400) }))];
    }

    public int Leaderships => _leaders.Count;

    public int Applied => _committed.Count;

    public int Snapshots { get; private set; }

    public int Installed { get; private set; }

    /// <summary>Servers are cut off in turn and the leader is busy, so that logs fall far behind each other.</summary>
    public bool LeavesBehind { get; init; }

    public void Run(int rounds)
    {
        for (var i = 0; i < rounds; i++)
        {
            _rounds++;
            Act(_random.Next(100));
            Check();
        }
    }

    /// <summary>The network is whole again: one leader must emerge and all logs must become equal.</summary>
    public void HealAndCheck()
    {
        for (var i = 0; i < 20_000 && !IsSettled(); i++)
        {
            Act(_random.Next(10, 90), isHealthy: true);
            Check();
        }

        Assert.True(IsSettled(), "The cluster does not recover.");
        Assert.True(Applied > 0);
        Installed += _servers.Sum(s => s.Installed.Count);
    }

    private bool IsSettled() =>
        _servers.Count(s => s.Raft.Role == Role.Leader) == 1
        && _servers.All(s => s.Raft.LastEntry == _servers[0].Raft.LastEntry && s.Raft.CommitIndex == s.Raft.LastEntry.Index);

    private void Act(int choice, bool isHealthy = false)
    {
        var server = _servers[_random.Next(_servers.Count)];
        server.Now = _now;
        switch (choice)
        {
            case < 3 when !isHealthy && _random.Next(40) == 0:
                Installed += server.Installed.Count;
                _servers[_servers.IndexOf(server)] = server.Restart((ulong)_random.NextInt64());
                break;
            case < 8 when !isHealthy:
                server = _servers.Find(s => s.Raft.Role == Role.Leader) ?? server;
                server.Now = _now;
                server.Step(new Proposal(++_requestId, new byte[] { 1 }));
                break;
            case < 10 when server.Raft.AppliedIndex > (server.Snapshot?.Last.Index ?? LogIndex.Zero):
                server.TakeSnapshot();
                Snapshots++;
                break;
            case < 20:
                PassTime();
                break;
            case < 40:
                if (server.PendingSaves > 0)
                {
                    server.CompleteSave();
                }

                break;
            default:
                Deliver(isHealthy);
                break;
        }

        foreach (var sender in _servers)
        {
            _flying.AddRange(sender.Outbox);
            sender.Outbox.Clear();
        }
    }

    private void PassTime()
    {
        _now += TimeSpan.FromMicroseconds(_random.Next(10_000));
        foreach (var server in _servers.Where(s => s.Raft.NextDeadline <= _now))
        {
            server.Now = _now;
            server.Step();
        }
    }

    private void Deliver(bool isHealthy)
    {
        if (_flying.Count == 0)
        {
            return;
        }

        var at = isHealthy ? 0 : _random.Next(_flying.Count);
        var message = _flying[at];
        var fate = isHealthy ? 100 : _random.Next(100);
        if (fate >= 10)
        {
            _flying.RemoveAt(at);
        }

        var cutOff = LeavesBehind && !isHealthy ? (int)(_rounds / 500 % (_servers.Count * 2)) + 1 : 0;
        if (fate is < 10 or >= 25 && cutOff != message.To.Value && cutOff != message.From.Value)
        {
            var receiver = _servers[message.To.Value - 1];
            receiver.Now = _now;
            receiver.Receive(message);
        }
    }

    private void Check()
    {
        foreach (var server in _servers)
        {
            Assert.Null(server.Halt);
            if (server.Raft.Role == Role.Leader)
            {
                Assert.True(_leaders.TryAdd(server.Raft.Term, server.Id) || _leaders[server.Raft.Term] == server.Id, "Two leaders in a term.");
            }

            for (var i = server.Applied.Count - 1; i >= 0; i--)
            {
                var id = server.Applied[i].Id;
                if (!_committed.TryAdd(id.Index, id))
                {
                    Assert.Equal(_committed[id.Index], id);
                    break;
                }
            }
        }
    }
}
