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
    private readonly List<(ReplyStatus Status, long Version)> _expected = [];
    private readonly Dictionary<string, long> _seen = [];
    private readonly SortedDictionary<string, (string Value, long Version)> _model = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (ReplyStatus, long)> _done = [];
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
    public void Applied(NodeId server, in LogEntry entry, Reply? reply)
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
            _expected.Add(entry.Kind == EntryKind.Command ? Model(CommandCodec.Decode(entry.Payload)) : default);
        }

        var expected = _expected[(int)entry.Id.Index.Value - 1];
        Require(reply is not { } actual || (actual.Status, actual.Version) == expected,
            $"{server} answers {reply} to {entry.Id}, where every operation applied once gives {expected}");
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

        var pairs = world.Servers[0].View.Scan(default, default).Select(p =>
            (Encoding.UTF8.GetString(p.Key.Span), Encoding.UTF8.GetString(p.Value.Span), p.Version));
        Require(pairs.SequenceEqual(_model.Select(p => (p.Key, p.Value.Value, p.Value.Version))), "the state is what the history makes");
    }

    private void See(string key, long revision) => _seen[key] = Math.Max(_seen.GetValueOrDefault(key), revision);

    /// <summary>An own, slow state machine: each client's operation once, found again by its unique value.</summary>
    private (ReplyStatus Status, long Version) Model(Command command)
    {
        if (command.Kind is not (CommandKind.Put or CommandKind.Delete))
        {
            return (ReplyStatus.Ok, 0);
        }

        var name = NameOf(command);
        if (_done.TryGetValue(name, out var earlier))
        {
            return earlier;
        }

        var key = Encoding.UTF8.GetString(command.Key.Span);
        var version = _model.TryGetValue(key, out var before) ? before.Version : 0;
        var result = (ReplyStatus.Ok, version);
        if (command.Condition.Kind == ConditionKind.Version && command.Condition.Version != version)
        {
            result = (ReplyStatus.ConditionFailed, version);
        }
        else if (command.Kind == CommandKind.Put)
        {
            _model[key] = (Encoding.UTF8.GetString(command.Value.Span), version + 1);
            result = (ReplyStatus.Ok, version + 1);
        }
        else
        {
            result = (_model.Remove(key) ? ReplyStatus.Ok : ReplyStatus.KeyNotFound, 0);
        }

        _done.Add(name, result);
        return result;
    }

    private static string NameOf(Command command) => command.Kind == CommandKind.Put
        ? Encoding.UTF8.GetString(command.Value.Span)
        : $"delete {command.SessionId} {command.Sequence}";
}
