using System.Runtime.CompilerServices;
using System.Text;
using RaftKv.Core.Consensus;
using RaftKv.Core.Kv;
using RaftKv.Evaluation.Checking;

namespace RaftKv.Tests.Simulation;

/// <summary>
/// Watches a run from outside: one leader a term, one history of committed entries, equal states at equal indexes,
/// nothing acknowledged is lost or unseen by what begins later, and at the end a linearizable history of all clients.
/// </summary>
internal sealed partial class Judge(World world)
{
    private readonly Dictionary<Term, NodeId> _leaders = [];
    private readonly List<Committed> _history = [];
    private readonly ReferenceModel _model = new(world.Plan.MaxSessions);
    private readonly Dictionary<string, long> _seen = [];
    private readonly List<(long Session, long Sequence, long Revision)> _acknowledged = [];
    private Configuration _configuration = Configuration.Of(world.Plan.Voters);
    private long _seenAnywhere;
    private Term _newest;
    private Instant _newestSince;

    /// <summary>An applied entry, what it must answer and the state that it must lead to.</summary>
    private sealed record Committed(LogEntry Entry, Command? Command, ReplyStatus Status, long Version, ulong StateHash);

    public ClientHistory Clients { get; } = new();

    /// <summary>
    /// Whether more failed than the cluster promises to survive: a server whose disk was put back went on after its grace, and
    /// said so. Nothing that happens in such a run is a broken promise.
    /// </summary>
    public bool IsBeyond { get; set; }

    public static void Require(bool holds, string promise)
    {
        if (!holds)
        {
            throw new SimulationFailure($"Broken: {promise}.");
        }
    }

    public static void Require(bool holds, [InterpolatedStringHandlerArgument(nameof(holds))] ref RequirementText promise)
    {
        if (!holds)
        {
            throw new SimulationFailure($"Broken: {promise.ToText()}.");
        }
    }

    public void Watch(Raft raft)
    {
        if (raft.Role == Role.Leader)
        {
            WatchLease(raft);
            WatchRounds(raft);
            if (_leaders.TryGetValue(raft.Term, out var leader))
            {
                Require(leader == raft.Id, "one leader a term");
            }
            else
            {
                _leaders.Add(raft.Term, raft.Id);
                (_newest, _newestSince) = raft.Term > _newest ? (raft.Term, world.Now) : (_newest, _newestSince);
                WatchLeases(raft);
                world.Totals.Add(Happening.Election);
            }
        }
    }

    /// <summary>Whatever a server applies at an index, first time or after a restart, all servers apply, with one result.</summary>
    public void Applied(NodeId server, in LogEntry entry, Reply? reply, ulong stateHash)
    {
        var index = entry.Id.Index.Value;
        if (index > _history.Count)
        {
            Commit(server, entry, stateHash);
        }

        var committed = _history[(int)index - 1];
        if (committed.Entry.Id != entry.Id || !committed.Entry.Payload.Span.SequenceEqual(entry.Payload.Span))
        {
            throw new SimulationFailure($"Broken: {server} applies {entry.Id} where {committed.Entry.Id} was applied before.");
        }

        if (reply is { } answer && (answer.Status != committed.Status || (answer.Version != committed.Version && answer.Status != ReplyStatus.SessionUnknown)))
        {
            throw new SimulationFailure($"Broken: {server} answers {answer} to {entry.Id}, where every operation applied once gives {committed.Status}, version {committed.Version}.");
        }

        if (committed.StateHash != stateHash)
        {
            throw new SimulationFailure($"Broken: after {entry.Id} the state of {server} has hash {stateHash:x16}, another server's had {committed.StateHash:x16}.");
        }
    }

    /// <summary>A write begins: when it ends, it must come after all that had ended by now.</summary>
    public Action<Command, Reply> BeginWrite(string key)
    {
        var floor = _seen.GetValueOrDefault(key);
        return (command, reply) =>
        {
            Require(reply.Status is ReplyStatus.Ok or ReplyStatus.ConditionFailed or ReplyStatus.KeyNotFound, $"a write does not end as {reply.Status}");
            if (reply.Status != ReplyStatus.Ok)
            {
                Require(reply.Revision >= floor, $"a refusal on {key} at revision {reply.Revision} knows of {floor}, acknowledged before it began");
                return;
            }

            Require(reply.Revision > floor, $"a write of {key} at {reply.Revision} comes after {floor}, acknowledged before it began");
            Require(reply.Revision <= _history.Count, $"the acknowledged write {reply.Revision} is in the history");
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
            CheckView(view);
            var pair = view.Get(Encoding.ASCII.GetBytes(key));
            var revision = pair?.ModifyRevision ?? view.Revision;
            Require(revision >= floor, $"a read of {key} sees revision {revision}, but {floor} was acknowledged before it began");
            if (pair is not null)
            {
                Require(_history[(int)revision - 1].Command!.Value.Span.SequenceEqual(pair.Value.Span), $"a read of {key} sees what {revision} wrote");
                See(key, revision);
            }
        };
    }

    /// <summary>
    /// A read of a range begins: it must contain all that had ended by now, whatever the key, and be one moment of the whole
    /// store; what it saw or saw missing, later reads must not take back.
    /// </summary>
    public Action<KvView> BeginRangeRead(string prefix, string from)
    {
        var floor = _seenAnywhere;
        return view =>
        {
            CheckView(view);
            Require(view.Applied.Value >= floor, $"a read of a range at {view.Applied} sees {floor}, acknowledged before it began");
            var found = view.Scan(Encoding.ASCII.GetBytes(prefix), Encoding.ASCII.GetBytes(from))
                .Select(p => (Encoding.ASCII.GetString(p.Key.Span), Encoding.ASCII.GetString(p.Value.Span), p.Version));
            Require(found.SequenceEqual(_model.PairsAt(view.Applied.Value, prefix, from)), $"a read of '{prefix}' from '{from}' is the whole store at {view.Applied}");
            foreach (var (key, revision) in _model.ChangesAt(view.Applied.Value, prefix, from))
            {
                See(key, revision);
            }
        };
    }

    /// <summary>What a server shows is the state that its applied index stands for.</summary>
    public void CheckView(KvView view)
    {
        if (view.Applied.Value > 0)
        {
            Require(_history[(int)view.Applied.Value - 1].StateHash == view.StateHash, "a view is the state of its applied index");
        }
    }

    /// <summary>The last membership that any server applied.</summary>
    public Configuration Configuration => _configuration;

    /// <summary>How many entries were applied by any server.</summary>
    public long LastApplied => _history.Count;

    /// <summary>Once the faults are gone, not only the cluster goes on but each of its servers: it votes, and it holds what was committed a while ago.</summary>
    /// <param name="committed">How many entries were applied somewhere 2 s ago.</param>
    /// <param name="since">Only servers count that were started before.</param>
    public void JudgeProgress(long committed, Instant since)
    {
        var leader = world.Leader;
        Require(leader is not null, $"someone leads once the faults are gone, of {string.Join("; ", world.Servers)}");

        foreach (var member in leader!.Raft!.CommittedConfiguration.Configuration.Members)
        {
            if (world.Find(member.Id) is { IsGone: false, IsRetired: false, IsHeldDown: false } server && server.Started < since)
            {
                Require(server.IsUp, $"{server.Id} runs once the faults are gone");
                Require(server.View.Applied.Value >= committed, $"{server.Id} gets on once the faults are gone, here to {server.View.Applied} where {committed} was applied elsewhere 2 s before");
                Require(!member.IsVoter || server.Raft!.MayVote, $"{server.Id} may vote once the faults are gone");

                // A leader that has begun to remove it counts on it no more.
                var known = leader.Raft.Peers.FirstOrDefault(p => p.Id == server.Id);
                Require(known is null || _newestSince > since || known.Match.Value >= committed,
                    $"{leader.Id} counts on {server.Id} once the faults are gone, here up to {known?.Match} where {committed} was applied 2 s before");
            }
        }
    }

    /// <summary>All servers hold the same, it is what a simple model makes of the history, and clients saw one copy.</summary>
    public void JudgeEnd()
    {
        var members = world.Leader!.Raft!.CommittedConfiguration.Configuration.Members;
        Require(members.All(m => world.Find(m.Id) is not null), "every member was set up");
        var live = members.Select(m => world.Find(m.Id)!).Where(s => !s.IsLost).ToList();
        foreach (var server in live)
        {
            Require(server.IsUp, $"{server.Id} runs at the end");
            Require(server.View.Applied.Value == _history.Count, $"{server.Id} applied everything at the end, here {server.View.Applied} of {_history.Count}");
            Require(server.View.StateHash == live[0].View.StateHash, $"the state of {server.Id} equals that of {live[0].Id}");
        }

        foreach (var (session, sequence, revision) in _acknowledged)
        {
            var command = _history[(int)revision - 1].Command;
            Require(command is not null && command.SessionId == session && command.Sequence == sequence, $"the acknowledged write {revision} is still there");
        }

        var pairs = live[0].View.Scan(default, default).Select(p =>
            (Encoding.ASCII.GetString(p.Key.Span), Encoding.ASCII.GetString(p.Value.Span), p.Version));
        Require(pairs.SequenceEqual(_model.Pairs), "the state is what the history makes");
        var verdict = LinearizabilityChecker.Check(Clients.ToHistory(), new CheckLimits { MaxStatesPerKey = 200_000 });
        Require(verdict.IsLinearizable, $"the clients' history is linearizable, but: {verdict}");
    }

    private void Commit(NodeId server, in LogEntry entry, ulong stateHash)
    {
        Require(_history.Count + 1 == entry.Id.Index.Value, $"{server} applies {entry.Id} after its predecessors");
        if (entry.Kind == EntryKind.Configuration)
        {
            CheckChange(ConfigurationCodec.Decode(entry.Payload.Span));
        }

        var command = entry.Kind == EntryKind.Command ? CommandCodec.Decode(entry.Payload) : null;
        var (status, version) = command is null ? default : _model.Apply(entry.Id.Index.Value, command);
        _history.Add(new Committed(entry, command, status, version, stateHash));
    }

    /// <summary>Committed configurations differ in one voter at most, and no id is given twice (thesis 4.1, M7).</summary>
    private void CheckChange(Configuration next)
    {
        var before = _configuration.Members.Where(m => m.IsVoter).Select(m => m.Id).ToHashSet();
        before.SymmetricExceptWith(next.Members.Where(m => m.IsVoter).Select(m => m.Id));
        Require(before.Count <= 1, $"{next} differs in one voter at most from {_configuration}");
        Require(next.HighestId >= _configuration.HighestId, $"the highest id never falls, from {_configuration.HighestId} to {next.HighestId}");
        Require(next.Members.All(m => m.Id > _configuration.HighestId || _configuration.Find(m.Id) is not null), $"{next} gives no id again that was given before {_configuration}");
        _configuration = next;
    }

    private void See(string key, long revision)
    {
        _seen[key] = Math.Max(_seen.GetValueOrDefault(key), revision);
        _seenAnywhere = Math.Max(_seenAnywhere, revision);
    }
}
