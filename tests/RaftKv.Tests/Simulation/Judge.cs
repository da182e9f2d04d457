using System.Text;
using RaftKv.Core.Consensus;
using RaftKv.Core.Kv;

namespace RaftKv.Tests.Simulation;

/// <summary>
/// Watches a run from outside: one leader a term, one history of committed entries, nothing acknowledged is lost or
/// unseen by what begins later, and at the end equal states that a simple model agrees with.
/// </summary>
internal sealed class Judge(World world)
{
    private readonly Dictionary<Term, NodeId> _leaders = [];
    private readonly SortedDictionary<long, LogEntry> _history = [];
    private readonly Dictionary<string, long> _seen = [];
    private readonly List<(long Session, long Sequence, long Revision)> _acknowledged = [];

    public int Elections => _leaders.Count;

    public static void Require(bool holds, string promise)
    {
        if (!holds)
        {
            throw new SimulationFailure($"Broken: {promise}.");
        }
    }

    public void Watch(Raft raft)
    {
        if (raft.Role == Role.Leader)
        {
            Require(_leaders.TryAdd(raft.Term, raft.Leader) || _leaders[raft.Term] == raft.Leader, $"one leader in term {raft.Term}");
        }
    }

    /// <summary>Whatever a server applies at an index, first time or after a restart, all servers apply.</summary>
    public void Applied(NodeId server, in LogEntry entry)
    {
        if (_history.TryGetValue(entry.Id.Index.Value, out var before))
        {
            Require(before.Id == entry.Id && before.Payload.Span.SequenceEqual(entry.Payload.Span),
                $"{server} applies {entry.Id} where {before.Id} was applied before");
        }
        else
        {
            Require(_history.Count + 1 == entry.Id.Index.Value, $"{server} applies {entry.Id} before its predecessors were");
            _history.Add(entry.Id.Index.Value, entry);
        }
    }

    /// <summary>A write begins: when it ends, it must come after all that had ended by now.</summary>
    public Action<Command, Reply> BeginWrite(string key)
    {
        var floor = _seen.GetValueOrDefault(key);
        return (command, reply) =>
        {
            Require(reply.Status is ReplyStatus.Ok or ReplyStatus.ConditionFailed or ReplyStatus.KeyNotFound, $"a write ends as {reply.Status}");
            if (reply.Status != ReplyStatus.Ok)
            {
                Require(reply.Revision >= floor, $"a refusal on {key} at revision {reply.Revision} knows of {floor}, acknowledged before it began");
                return;
            }

            Require(reply.Revision > floor, $"a write of {key} at {reply.Revision} comes after {floor}, acknowledged before it began");
            Require(_history.ContainsKey(reply.Revision), $"the acknowledged write {reply.Revision} is in the history");
            _acknowledged.Add((command.SessionId, command.Sequence, reply.Revision));
            See(key, reply.Revision);
        };
    }

    /// <summary>A read begins: it must see all that had ended by now, and only what was written.</summary>
    public Action<KvView> BeginRead(string key)
    {
        var floor = _seen.GetValueOrDefault(key);
        return view =>
        {
            var pair = view.Get(Encoding.UTF8.GetBytes(key));
            var revision = pair?.ModifyRevision ?? view.Revision;
            Require(revision >= floor, $"a read of {key} sees revision {revision}, but {floor} was acknowledged before it began");
            if (pair is not null)
            {
                var written = CommandCodec.Decode(_history[revision].Payload);
                Require(written.Value.Span.SequenceEqual(pair.Value.Span), $"a read of {key} sees what {revision} wrote");
                See(key, revision);
            }
        };
    }

    /// <summary>All servers hold the same, and it is what a simple model makes of the history.</summary>
    public void JudgeEnd()
    {
        var last = _history.Keys.LastOrDefault();
        foreach (var server in world.Servers)
        {
            Require(server.View.Applied.Value == last, $"{server.Id} applied everything: {server.View.Applied} of {last}");
            Require(server.View.StateHash == world.Servers[0].View.StateHash, $"the state of {server.Id} equals that of {world.Servers[0].Id}");
        }

        foreach (var (session, sequence, revision) in _acknowledged)
        {
            var command = CommandCodec.Decode(_history[revision].Payload);
            Require(command.SessionId == session && command.Sequence == sequence, $"the acknowledged write {revision} is still there");
        }

        CompareWithModel(world.Servers[0].View);
    }

    private void See(string key, long revision) => _seen[key] = Math.Max(_seen.GetValueOrDefault(key), revision);

    /// <summary>An own, slow state machine: each client's operation once, found again by its unique value.</summary>
    private void CompareWithModel(KvView view)
    {
        var state = new SortedDictionary<string, (string Value, long Version)>(StringComparer.Ordinal);
        var done = new HashSet<string>();
        foreach (var entry in _history.Values.Where(e => e.Kind == EntryKind.Command))
        {
            var command = CommandCodec.Decode(entry.Payload);
            if (command.Kind is not (CommandKind.Put or CommandKind.Delete) || !done.Add(NameOf(command)))
            {
                continue;
            }

            var key = Encoding.UTF8.GetString(command.Key.Span);
            var version = state.TryGetValue(key, out var before) ? before.Version : 0;
            if (command.Condition.Kind == ConditionKind.Version && command.Condition.Version != version)
            {
                continue;
            }

            if (command.Kind == CommandKind.Put)
            {
                state[key] = (Encoding.UTF8.GetString(command.Value.Span), version + 1);
            }
            else
            {
                state.Remove(key);
            }
        }

        var actual = view.Scan(default, default).Select(p =>
            (Encoding.UTF8.GetString(p.Key.Span), Encoding.UTF8.GetString(p.Value.Span), p.Version));
        Require(actual.SequenceEqual(state.Select(p => (p.Key, p.Value.Value, p.Value.Version))), "every operation was applied once");
    }

    private static string NameOf(Command command) => command.Kind == CommandKind.Put
        ? Encoding.UTF8.GetString(command.Value.Span)
        : $"delete {command.SessionId} {command.Sequence}";
}
