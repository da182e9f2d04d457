using RaftKv.Core.Consensus;

namespace RaftKv.Tests.Exploration;

/// <summary>The canonical form of a server's state: complete, and the same for a copy.</summary>
public sealed class CanonicalStateTests
{
    /// <summary>What the writer leaves out, and why two states that differ only there behave alike.</summary>
    private static readonly Dictionary<string, string> LeftOut = new()
    {
        ["Raft._options"] = "never changes; who the server is, is written",
        ["Raft._building"] = "holds nothing between two turns",
        ["Raft._handedOut"] = "is overwritten by the next turn",
        ["Raft._now"] = "is replaced by the next input's reading before anything looks at it",
        ["Raft._lastSaveId"] = "names saves; what is pending is written as so many saves before the last one",
        ["RaftLog._compactedBytes"] = "is where the ends of entries count from; their differences are written",
        ["HeartbeatRounds._marks"] = "is never empty in a leader, of whom it is written; in others it means nothing",
        ["Raft._readOrder"] = "orders reads that wait to be applied, which are written in their order",
    };

    /// <summary>What a probe cannot change by itself, and what it changes instead.</summary>
    private static readonly Dictionary<string, string> LookedInto = new()
    {
        ["Raft._log"] = "its own fields",
        ["Raft._prng"] = "its own field",
        ["Raft._configurations"] = "its own field",
        ["Raft._answers"] = "its own fields",
        ["Raft._recovered"] = "its own fields",
        ["Raft._rounds"] = "its own fields",
        ["Raft._forwarded"] = "its own fields",
    };

    /// <summary>Bounds in which everything that the core can do is done somewhere.</summary>
    private static readonly Bounds[] Everything =
    [
        new() { Ticks = 3, Reads = 1, Crashes = 1, Copies = 1, SlowSaves = 1, Timeouts = 2, Depth = 6 },
        new() { Ticks = 2, LeaseReads = 1, Snapshots = 1, Transfers = 1, Changes = 1, Joiners = 1, SlowSaves = 1, Symmetry = false, Depth = 6 },
        new() { Ticks = 2, Voters = 3, Terms = 3, PreVote = false, Deference = true, Symmetry = false, BeginsLed = false, SlowSaves = 1, Depth = 6 },
    ];

    [Fact]
    public void Writer_TakesNoticeOfEveryFieldOfTheState()
    {
        var missed = new HashSet<string>();
        var found = new HashSet<string>();
        var fields = new HashSet<string>();
        foreach (var server in Samples())
        {
            Probe(server, fields, missed, found);
        }

        missed.ExceptWith(found);
        missed.RemoveWhere(m => LeftOut.ContainsKey(FieldOf(m)));
        var untouched = fields.Except([.. found.Select(FieldOf), .. missed.Select(FieldOf), .. LeftOut.Keys, .. LookedInto.Keys]).Order().ToList();
        Assert.True(untouched.Count == 0, $"In no sample could these be changed: {string.Join(", ", untouched)}. Let a sample hold something there.");
        Assert.True(missed.Count == 0,
            $"Raft.WriteState writes the same, whatever these hold: {string.Join(", ", missed.Order())}. Write them there, or argue here why not.");
        Assert.True(found.Count > 100, $"Only {found.Count} places were looked at.");
    }

    /// <summary>The values in which the state's fields are looked into no further.</summary>
    [Fact]
    public void Writer_TakesNoticeOfEverythingThatASnapshotStandsFor()
    {
        var member = new Member(new NodeId(1), "address", IsVoter: true);
        var values = typeof(Member).GetProperties().ToDictionary(p => p.Name, p => p.GetValue(member));
        foreach (var parameter in typeof(Member).GetConstructors()[0].GetParameters())
        {
            object changed = values[parameter.Name!] switch
            {
                NodeId => new NodeId(2),
                string => "elsewhere",
                bool flag => !flag,
                ulong number => number + 1,
                var value => throw new NotSupportedException($"A member has a {value?.GetType().Name}: say how to change it."),
            };
            var other = (Member)typeof(Member).GetConstructors()[0].Invoke(
                [.. typeof(Member).GetConstructors()[0].GetParameters().Select(p => p.Name == parameter.Name ? changed : values[p.Name!])]);
            Assert.NotEqual(Written(MetaOf(member)), Written(MetaOf(other)));
        }

        var meta = MetaOf(member);
        Assert.NotEqual(Written(meta), Written(meta with { Last = new EntryId(new Term(2), new LogIndex(3)) }));
        Assert.NotEqual(Written(meta), Written(meta with { ConfigurationIndex = new LogIndex(2) }));
        Assert.NotEqual(Written(meta), Written(meta with { Configuration = new Configuration([member], new NodeId(3)) }));
        Assert.Equal(3, typeof(SnapshotMeta).GetProperties().Length);
        Assert.Equal(["HighestId", "Members", "VoterCount"], typeof(Configuration).GetProperties().Select(p => p.Name).Order());
    }

    private static SnapshotMeta MetaOf(Member member) =>
        new(new EntryId(new Term(1), new LogIndex(3)), new LogIndex(1), new Configuration([member], new NodeId(2)));

    private static byte[] Written(SnapshotMeta meta)
    {
        var writer = new CanonicalWriter(CoreServer.Now);
        writer.Snapshot(meta);
        return writer.Written.ToArray();
    }

    private static void Probe(CoreServer server, HashSet<string> fields, HashSet<string> missed, HashSet<string> found)
    {
        var raft = new DeepCopy().Of(server).Raft!;
        var before = Written(raft);
        foreach (var (field, owner) in FieldProbe.FieldsIn(raft).ToList())
        {
            var name = $"{field.DeclaringType!.Name}.{field.Name}";
            fields.Add(name);
            foreach (var change in FieldProbe.Changes(field, owner))
            {
                if (!found.Contains(name + change))
                {
                    (before.AsSpan().SequenceEqual(Written(raft)) ? missed : found).Add(name + change);
                }
            }
        }
    }

    private static string FieldOf(string change) => string.Join('.', change.Split('.', '[', ' ')[..2]);

    private static byte[] Written(Raft raft)
    {
        var writer = new CanonicalWriter(CoreServer.Now);
        raft.WriteState(writer);
        return writer.Written.ToArray();
    }

    private static IEnumerable<CoreServer> Samples()
    {
        foreach (var bounds in Everything)
        {
            var explorer = new Explorer(bounds, jobs: 1);
            explorer.Run();
            var step = Math.Max(1, explorer.Interned.ServerCount / 150);
            for (var i = 0; i < explorer.Interned.ServerCount; i += step)
            {
                if (explorer.Interned.Server(i).Server is { Raft: not null } server)
                {
                    yield return server;
                }
            }
        }
    }
}
