using System.Collections.Concurrent;
using RaftKv.Api;
using RaftKv.Api.Clusters;
using RaftKv.Api.Launch;
using RaftKv.Tests.Host;

namespace RaftKv.Tests.Api;

/// <summary>Names of clusters between sessions that start, stop and tidy at the same moment.</summary>
[Collection(AgentsCollection.Name)]
public sealed class NameClaimTests
{
    private const int Sessions = 8;
    private const int RoundsEach = 400;

    [Fact]
    public async Task Take_AmongSessionsThatRemoveAndTidy_NeverGivesANameTwiceNorLosesIt()
    {
        await using var scope = new AgentScope();
        var held = new ConcurrentDictionary<string, bool>();
        var faults = new ConcurrentQueue<string>();
        await Task.WhenAll(Enumerable.Range(0, Sessions).Select(_ => Task.Run(async () =>
        {
            for (var round = 0; round < RoundsEach; round++)
            {
                await HoldAndRemoveAsync(held, faults);
            }
        })));
        Assert.Empty(faults);
    }

    /// <summary>A launch may take longer than any guess, and a clock may jump: that it goes on is known by its lock.</summary>
    [Fact]
    public async Task Take_WhileALaunchOfTheNameGoesOn_IsRefusedHoweverOldItIs()
    {
        await using var scope = new AgentScope();
        var first = await NameClaim.TakeAsync(name: null, CancellationToken.None);
        Directory.SetLastWriteTimeUtc(Path.GetDirectoryName(ClusterSpec.FileOf(first.Name))!, DateTime.UtcNow.AddDays(-1));

        var second = await NameClaim.TakeAsync(name: null, CancellationToken.None);
        Assert.NotEqual(first.Name, second.Name);
        var refused = await Assert.ThrowsAsync<RaftKvException>(() => NameClaim.TakeAsync(first.Name.ToUpperInvariant(), CancellationToken.None));
        Assert.Contains("is being started", refused.Message, StringComparison.Ordinal);

        await first.GiveBackAsync();
        await second.GiveBackAsync();
        Assert.Equal([".lock"], Directory.EnumerateFileSystemEntries(ClusterSpec.DefaultDirectory).Select(Path.GetFileName));
    }

    [Fact]
    public async Task Take_ANameThatAKilledLaunchLeft_IsThereAtOnce()
    {
        await using var scope = new AgentScope();
        Directory.CreateDirectory(Path.GetDirectoryName(ClusterSpec.FileOf("left"))!);
        var claim = await NameClaim.TakeAsync("left", CancellationToken.None);
        Assert.Null(claim.Stopped);
        await claim.GiveBackAsync();
    }

    /// <summary>Who gives no name wants a new cluster, whatever a kept one is called.</summary>
    [Fact]
    public async Task Take_WithoutAName_MeansNoStoppedCluster()
    {
        await using var scope = new AgentScope();
        _ = (Dead("Raft1") with { DataIsTemporary = false, DataPath = scope.Home }).Save();
        var claim = await NameClaim.TakeAsync(name: null, CancellationToken.None);
        Assert.Equal(("raft2", null), (claim.Name, claim.Stopped));
        await claim.GiveBackAsync();
    }

    private static async Task HoldAndRemoveAsync(ConcurrentDictionary<string, bool> held, ConcurrentQueue<string> faults)
    {
        var claim = await NameClaim.TakeAsync(name: null, CancellationToken.None);
        if (!held.TryAdd(claim.Name, true))
        {
            faults.Enqueue($"{claim.Name} was given to two sessions");
        }

        await Task.Yield();
        if (!Directory.Exists(Path.GetDirectoryName(ClusterSpec.FileOf(claim.Name))))
        {
            faults.Enqueue($"{claim.Name} was freed while it was held");
        }

        // Its agent is dead, so from here on every other session may tidy it away, while this one removes it.
        held.TryRemove(claim.Name, out var _);
        var spec = Dead(claim.Name).Save();
        await claim.GiveBackAsync();
        await LocalCluster.RemoveAsync(spec, CancellationToken.None);
    }

    private static ClusterSpec Dead(string name) => new()
    {
        Name = name,
        ClusterId = Guid.NewGuid().ToString("N"),
        Servers = [new(1, "n1", new Uri("http://127.0.0.1:20000"), 0)],
        Agents = [new(new Uri("http://127.0.0.1:5000"), "secret-token-secret", int.MaxValue, ProcessIdentity.Of(Environment.ProcessId))],
        DataPath = null,
        DataIsTemporary = true,
        Preset = "Default",
        Options = ServerOptions.Default,
        CreatedUtc = DateTimeOffset.UnixEpoch,
    };
}
