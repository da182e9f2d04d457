using RaftKv.Core.Consensus;
using RaftKv.Tests.Core;

namespace RaftKv.Tests.Exploration;

/// <summary>Equal states count as one: whether they are equal is checked by a search that takes none for equal.</summary>
public sealed class MergingTests
{
    /// <summary>What can be seen of a cluster from outside is the same set, whether equal states are merged or every way is gone to its end.</summary>
    [Theory]
    [InlineData("--ticks 2 --pre-vote false --slow-saves 1 --lease-reads 1 --symmetry false --depth 5")]
    [InlineData("--ticks 1 --timeouts 1 --slow-saves 1 --reads 1 --symmetry true --depth 5")]
    [InlineData("--timed false --pre-vote false --stickiness false --check-quorum false --ticks 0 --begins-led false --crashes 1 --copies 1 --depth 5")]
    [InlineData("--timed false --pre-vote false --stickiness false --check-quorum false --ticks 0 --changes 1 --snapshots 1 --transfers 1 --symmetry false --depth 5")]
    public void Search_WithAndWithoutMerging_SeesTheSame(string words)
    {
        var bounds = BoundsText.Parse(words.Split(' '));
        var merged = SeenBy(bounds, merges: true);
        Assert.True(merged.Count > 50, $"Only {merged.Count} sights.");
        Assert.Equal(SeenBy(bounds, merges: false).Order(StringComparer.Ordinal), merged.Order(StringComparer.Ordinal));
    }

    /// <summary>A copy is the same state, and what is done to it leaves the original alone.</summary>
    [Fact]
    public void Copy_IsTheSameStateAndAnotherObject()
    {
        var bounds = new Bounds { Depth = 5, Crashes = 1, Reads = 1, SlowSaves = 1 };
        var explorer = new Explorer(bounds, jobs: 1);
        explorer.Run();
        var turns = new Turns(bounds);
        for (var i = 0; i < explorer.Interned.ServerCount; i++)
        {
            var server = explorer.Interned.Server(i).Server;
            var before = Written(server);
            Assert.Equal(before, Written(new DeepCopy().Of(server)));
            turns.After(server, new Move(MoveKind.Tick, 0), null);
            if (server.Raft is not null)
            {
                turns.After(server, new Move(MoveKind.Timeout, 0), null);
                turns.After(server, new Move(MoveKind.Propose, 0, 9), null);
            }

            Assert.Equal(before, Written(server));
        }
    }

    private static byte[] Written(CoreServer server)
    {
        var writer = new CanonicalWriter(CoreServer.Now);
        server.WriteState(writer);
        return writer.Written.ToArray();
    }

    private static HashSet<string> SeenBy(Bounds bounds, bool merges)
    {
        var seen = new HashSet<string>();
        var names = new Names(bounds);
        Explorer? explorer = null;
        explorer = new Explorer(bounds, jobs: 1, merges: merges)
        {
            Visit = state => seen.Add(names.Ways.Select(w => Describe(state, explorer!.Interned, w)).Min(StringComparer.Ordinal)!),
        };
        Assert.Null(explorer.Run().Violation);
        return seen;
    }

    /// <summary>What can be seen, without the help of what writes the state for the search.</summary>
    private static string Describe(ClusterState state, Interned interned, int[] way)
    {
        var servers = state.Servers.Select((number, i) => (Name: way[i] + 1, interned.Server(number).Server)).OrderBy(s => s.Name);
        var messages = state.Messages.Take(state.MessageCount).Select(m => Renamed(Transcript.Describe(interned.Message(m).Message), way));
        return string.Join('\n', servers.Select(s => $"n{s.Name} {Renamed(Describe(s.Server), way)}"))
            + "\n" + string.Join('\n', messages.Order(StringComparer.Ordinal)) + $"\nused {Convert.ToHexString(state.Used)} acknowledged {state.Acknowledged} committed {state.Committed}";
    }

    private static string Describe(CoreServer server)
    {
        var entries = string.Join(' ', server.Log.Select(e => $"{e.Id}={DiskImage.ValueOf(e)}"));
        var disk = $"{server.Disk.HardState} [{string.Join(' ', server.Disk.Entries.Select(e => e.Id))}] {server.Disk.Snapshot?.Last}";
        return server.Raft is not { } raft ? $"down {disk}"
            : $"{raft.Role} {raft.Term} {raft.VotedFor} {raft.Leader} [{entries}] {raft.DurableIndex} {raft.CommitIndex} {raft.AppliedIndex} "
            + $"{raft.MayVote} {raft.Configuration.VoterCount} voters of {raft.ConfigurationIndex} {disk} {server.Saves.Count} {server.Proposed.Count}";
    }

    /// <summary>Gives the servers in a text their new names.</summary>
    private static string Renamed(string text, int[] way)
    {
        var renamed = new System.Text.StringBuilder(text);
        for (var i = 1; i < text.Length; i++)
        {
            if (text[i - 1] == 'n' && text[i] is >= '1' and <= '9' && (i == 1 || !char.IsLetter(text[i - 2])))
            {
                renamed[i] = (char)('1' + way[text[i] - '1']);
            }
        }

        return renamed.ToString();
    }
}
