using System.Globalization;
using System.Text;
using RaftKv.Core.Consensus;

namespace RaftKv.Tests.Core;

/// <summary>
/// Runs a file of commands against a small cluster and writes below each command everything that happened, so that a
/// reviewer reads a run of the protocol as text. Time stands still except for <c>time</c> and <c>campaign</c>.
/// </summary>
/// <remarks>
/// Commands: <c>servers n</c>, <c>rules names...</c>, <c>log id term terms...</c> (before anything ran), <c>campaign ids...</c>,
/// <c>propose id [count]</c>, <c>read id</c>, <c>transfer from to</c>, <c>time ms</c>, <c>cut a b</c>, <c>isolate ids...</c>, <c>heal</c>,
/// <c>join id</c>, <c>add leader</c>, <c>promote leader id</c>, <c>remove leader id</c>, <c>snapshot id</c>, <c>crash id</c>, <c>roll-back id count</c>, <c>start id</c>,
/// <c>lose kind</c>, <c>acknowledge from to match</c>, <c>status</c>.
/// </remarks>
internal sealed class Transcript
{
    private readonly StringBuilder _text = new();
    private readonly Dictionary<int, TestServer> _prepared = [];
    private readonly HashSet<string> _lost = [];
    private TestCluster? _cluster;
    private Func<RaftOptions, RaftOptions> _rules = o => o;
    private int _size;

    private TestCluster Cluster => _cluster ??= Build();

    /// <summary>The file as it should be: its commands with what happens now below each.</summary>
    public static string Rewrite(string text)
    {
        var transcript = new Transcript();
        foreach (var line in text.ReplaceLineEndings("\n").Split('\n'))
        {
            if (line.StartsWith('#') || line.Length == 0)
            {
                transcript._text.Append(line).Append('\n');
            }
            else if (!line.StartsWith(' '))
            {
                transcript._text.Append(line).Append('\n');
                transcript.Run(line.Split(' ', StringSplitOptions.RemoveEmptyEntries));
            }
        }

        return transcript._text.ToString().TrimEnd('\n') + "\n";
    }

    private void Run(string[] words)
    {
        int[] Numbers(int from) => [.. words.Skip(from).Select(w => int.Parse(w, CultureInfo.InvariantCulture))];
        switch (words[0])
        {
            case "servers":
                _size = Numbers(1)[..1][0];
                return;
            case "rules":
                _rules = RulesNamed(words[1..]);
                return;
            case "log":
                var numbers = Numbers(1);
                _prepared[numbers[0]] = TestServer.WithLog(
                    [.. numbers.Skip(2).Select(n => (long)n)], numbers[1], numbers[0], _size, change: o => _rules(o));
                return;
            case "campaign":
                Array.ForEach(Numbers(1), id => Cluster.Campaign(id));
                break;
            case "propose":
                for (var i = 0; i < (words.Length > 2 ? Numbers(2)[0] : 1); i++)
                {
                    Cluster.Propose(Cluster[Numbers(1)[0]]);
                }

                break;
            case "read":
                Cluster.Read(Cluster[Numbers(1)[0]]);
                break;
            case "transfer":
                Cluster.HandOver(Cluster[Numbers(1)[0]], Numbers(1)[1]);
                break;
            case "join" or "add" or "promote" or "remove":
                ChangeMembers(words[0], Numbers(1));
                break;
            case "snapshot":
                Cluster[Numbers(1)[0]].TakeSnapshot();
                break;
            case "time":
                Cluster.Run(TimeSpan.FromMilliseconds(Numbers(1)[0]));
                break;
            case "status":
                Status();
                return;
            default:
                Disturb(words, Numbers);
                break;
        }

        Cluster.Settle();
    }

    private void ChangeMembers(string change, int[] ids)
    {
        if (change == "join")
        {
            var server = TestServer.Joining(ids[0], _size, o => _rules(o));
            Watch(server);
            Cluster.Join(server);
            return;
        }

        Cluster.Change(Cluster[ids[0]], change switch
        {
            "add" => new AddLearner("address"),
            "promote" => new PromoteLearner(new NodeId(ids[1])),
            _ => new RemoveMember(new NodeId(ids[1])),
        });
    }

    private void Disturb(string[] words, Func<int, int[]> numbers)
    {
        switch (words[0])
        {
            case "cut":
                Cluster.Cut.Add((numbers(1)[0], numbers(1)[1]));
                break;
            case "isolate":
                Cluster.Partition(numbers(1));
                break;
            case "heal":
                Cluster.Heal();
                _lost.Clear();
                break;
            case "crash":
                Cluster.Stop(numbers(1)[0]);
                break;
            case "roll-back":
                Cluster[numbers(1)[0]].Durable.RemoveRange(numbers(1)[1], Cluster[numbers(1)[0]].Durable.Count - numbers(1)[1]);
                break;
            case "start":
                Cluster.Start(numbers(1)[0]);
                Watch(Cluster[numbers(1)[0]]);
                Cluster[numbers(1)[0]].Step();
                break;
            case "acknowledge":
                var leader = Cluster[numbers(1)[1]];
                leader.Receive(Say.Accepted(numbers(1)[0], leader.Raft.Term.Value, numbers(1)[2], leader.Id.Value));
                break;
            case "lose":
                _lost.Add(words[1]);
                break;
            default:
                throw new FormatException($"Unknown command {words[0]}.");
        }
    }

    private static Func<RaftOptions, RaftOptions> RulesNamed(string[] words) => o => o with
    {
        PreVote = !words.Contains("no-pre-vote"),
        VoteStickiness = !words.Contains("no-stickiness"),
        CheckQuorum = !words.Contains("no-check-quorum"),
        SnapshotTrailingEntries = words.Contains("no-trailing-entries") ? 0 : o.SnapshotTrailingEntries,
    };

    private TestCluster Build()
    {
        var servers = Enumerable.Range(1, _size)
            .Select(id => _prepared.GetValueOrDefault(id) ?? TestServer.Fresh(id, _size, change: o => _rules(o))).ToList();
        servers.ForEach(Watch);
        return new TestCluster(servers)
        {
            Lose = m => _lost.Contains(KindOf(m)),
            Observer = (m, isLost) => Write($"{(isLost ? "lost " : "")}{Describe(m)}"),
        };
    }

    private void Watch(TestServer server) => server.Observer = (_, effects) => Tell(server.Id, effects, Write);

    /// <summary>Says in lines what one turn of a server decided.</summary>
    internal static void Tell(NodeId server, Effects effects, Action<string> write)
    {
        if (effects.Halt is { } halt)
        {
            write($"{server} halts: {halt.Code}");
            return;
        }

        if (effects.RoleChange is { } change)
        {
            write($"{server} is {change.Role} in term {change.Term}, leader {(change.Leader.IsNone ? "unknown" : change.Leader)}");
        }

        if (effects.SaveId != 0)
        {
            var truncation = effects.TruncateFrom is { } from ? $" delete from {from}" : "";
            var state = effects.HardState is { } hard ? $" term {hard.Term} vote {(hard.VotedFor.IsNone ? "none" : hard.VotedFor)}" : "";
            var entries = effects.Append.Count > 0 ? $" append {string.Join(' ', effects.Append.Select(e => e.Id))}" : "";
            var head = effects.CompactTo is { } compacted ? $" compact up to {compacted}" : effects.ResetTo is { } reset ? $" begin after {reset}" : "";
            write($"{server} saves{state}{truncation}{head}{entries}");
        }

        if (effects.Install is { } installed)
        {
            write($"{server} takes the snapshot up to {installed.Last} for its state{(effects.ResetTo is null ? "" : " and its log")}");
        }

        if (effects.Apply is { } range)
        {
            write($"{server} applies {range.First} to {range.Last}");
        }

        if (effects.Configuration is { } configuration)
        {
            write($"{server} knows {configuration.Configuration} of entry {configuration.Index}{(configuration.IsCommitted ? ", committed" : "")}");
        }

        effects.Memberships.ForEach(m => write($"{server} ends a change of {m.Server}: {m.Outcome}, entry {m.Index}"));
        effects.ReadsReady.ForEach(r => write($"{server} serves a read at {r.Index}"));
        effects.ReadsRefused.ForEach(r => write($"{server} refuses a read: {r.Reason}"));
        effects.Transfers.ForEach(t => write($"{server} ends the handover: {t.Outcome}, leader {(t.Leader.IsNone ? "unknown" : t.Leader)}"));
        effects.Refused.ForEach(r => write($"{server} refuses a proposal: {r.Reason}, leader {(r.Leader.IsNone ? "unknown" : r.Leader)}"));
    }

    private void Status()
    {
        foreach (var server in Cluster.Servers)
        {
            Write($"{server.Id} {server.Raft.Role} term {server.Raft.Term} log [{string.Join(' ', server.Terms)}] commit {server.Raft.CommitIndex}");
        }
    }

    private void Write(string line) => _text.Append("  ").Append(line).Append('\n');

    private static string KindOf(Message message) => message.GetType().Name;

    internal static string Describe(Message message)
    {
        var what = message switch
        {
            PreVoteRequest m => $"last {m.Last}",
            PreVoteResponse m => m.Granted ? "granted" : "refused",
            VoteRequest m => $"last {m.Last}{(m.IsTransfer ? " handed over" : "")}",
            VoteResponse m => m.Granted ? "granted" : "refused",
            AppendRequest m => $"after {m.Previous} [{string.Join(' ', m.Entries.Select(e => e.Id))}] commit {m.Commit}",
            AppendAccepted m => $"match {m.Match}",
            AppendRejected m => $"rejected {m.Rejected} hint {m.Hint}",
            Heartbeat m => $"round {m.Round} commit {m.Commit}",
            HeartbeatResponse m => $"round {m.Round}",
            ReadIndexResponse m => $"index {m.Index}",
            SnapshotChunk m => $"up to {m.Meta.Last} with {m.Meta.Configuration}",
            SnapshotChunkAccepted m => $"up to {m.Last}, next {m.NextOffset}",
            HelloRequest m => $"last {m.Last}",
            HelloResponse m => $"acknowledged {m.Acknowledged} in term {m.AcknowledgedTerm}, last {m.Last}",
            _ => "",
        };
        return $"{message.From}>{message.To} {KindOf(message)} term {message.Term} {what}".TrimEnd();
    }
}
