using RaftKv.Api;
using RaftKv.Api.Clients;
using RaftKv.Api.Clusters;
using RaftKv.Api.Launch;

namespace RaftKv.Tests.Host;

/// <summary>Stopped clusters whose data was kept: what starts them again deletes nothing and makes nothing up (P7).</summary>
[Collection(AgentsCollection.Name)]
public sealed class StoppedClusterTests
{
    /// <summary>Another session may be about to tidy the cluster away: it holds the names, and then the directories too.</summary>
    [Fact]
    public async Task Remove_WhileAnotherSessionTidiesUp_WaitsForThatAndSucceeds()
    {
        await using var scope = new AgentScope();
        var data = KeptCluster.DataOf(scope);
        var spec = await KeptCluster.MakeAsync(scope, new LaunchOptions { ServerCount = 1 });
        Task removing;
        using (await NameClaim.LockAsync(CancellationToken.None))
        {
            using (File.Open(Path.Combine(data, "n1", "lock"), FileMode.Open, FileAccess.ReadWrite, FileShare.None))
            {
                removing = LocalCluster.RemoveAsync(spec);
                await Assert.ThrowsAsync<TimeoutException>(() => removing.WaitAsync(TimeSpan.FromSeconds(1)));
            }
        }

        await removing;
        Assert.False(Directory.Exists(Path.Combine(data, "n1")));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task H6_Start_OfAStoppedClusterThatFails_KeepsTheData(bool onGivenAgent)
    {
        await using var scope = new AgentScope();
        var data = KeptCluster.DataOf(scope);
        await KeptCluster.MakeAsync(scope, new LaunchOptions { ServerCount = 3 });
        AgentSpec[] agents = onGivenAgent ? [(await scope.StartAgentAsync()).Spec] : [];
        using var source = new CancellationTokenSource();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => LocalCluster.StartAsync(
            new LaunchOptions { Name = "kept", ServerCount = 3, DataPath = data, Agents = agents }, new CancelWhenReady(source), source.Token));

        Assert.All(new[] { "n1", "n2", "n3" }, n => Assert.True(Directory.Exists(Path.Combine(data, n, "log")), $"the data of {n} is gone"));
    }

    /// <summary>A launch on agents that run already finds the data where it was left, and does not take it for temporary.</summary>
    [Fact]
    public async Task H6_Start_OfAStoppedClusterOnGivenAgents_GoesOnWithItsDataAndStopKeepsIt()
    {
        await using var scope = new AgentScope();
        var data = KeptCluster.DataOf(scope);
        await KeptCluster.MakeAsync(scope, new LaunchOptions { ServerCount = 1 });
        var (agent, _) = await scope.StartAgentAsync();

        var spec = await LocalCluster.StartAsync(new LaunchOptions { Name = "kept", Agents = [agent] });
        Assert.False(spec.DataIsTemporary);
        await LocalCluster.StopAsync(spec);

        Assert.True(Directory.Exists(Path.Combine(data, "n1", "log")));
    }

    /// <summary>A new cluster goes nowhere where files of somebody else's lie, since its end may delete the directory whole.</summary>
    [Fact]
    public async Task H6_Start_WhereForeignFilesLie_IsRefusedAndLeavesThem()
    {
        await using var scope = new AgentScope();
        var data = KeptCluster.DataOf(scope);
        var file = Path.Combine(data, "n1", "thesis.txt");
        Directory.CreateDirectory(Path.Combine(data, "n1"));
        await File.WriteAllTextAsync(file, "years of work");
        var (agent, _) = await scope.StartAgentAsync();

        var error = await Assert.ThrowsAsync<RaftKvException>(() => LocalCluster.StartAsync(
            new LaunchOptions { ServerCount = 3, DataPath = data, Agents = [agent] }));

        Assert.Equal(ErrorKind.DataDirectoryInUse, error.Kind);
        Assert.Contains("thesis.txt", error.Message, StringComparison.Ordinal);
        Assert.True(File.Exists(file));
    }

    /// <summary>
    /// An empty directory must not be made where a server's lay. The rest goes on when asked to, and another server
    /// takes the place of the lost one.
    /// </summary>
    [Fact]
    public async Task P7_H1_Start_OfAStoppedClusterWhoseDirectoryIsMissing_IsRefusedUntilItIsLeftOut()
    {
        await using var scope = new AgentScope();
        var data = KeptCluster.DataOf(scope);
        var first = await KeptCluster.MakeAsync(scope, new LaunchOptions { ServerCount = 3 });
        Assert.All(first.Servers, s => Assert.NotEqual(0ul, s.Incarnation));
        Directory.Delete(Path.Combine(data, "n3"), recursive: true);

        var error = await Assert.ThrowsAsync<RaftKvException>(() => LocalCluster.StartAsync(new LaunchOptions { Name = "kept", ServerCount = 3 }));
        Assert.Equal(ErrorKind.DataDirectoryMissing, error.Kind);
        Assert.Contains(Path.Combine(data, "n3"), error.Message, StringComparison.Ordinal);
        Assert.Contains("-SkipMissing", error.Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Path.Combine(data, "n3")));

        var spec = await LocalCluster.StartAsync(new LaunchOptions { Name = "kept", ServerCount = 3, SkipMissing = true });
        await using var client = new ClusterClient(spec, new ClientOptions { Deadline = TimeSpan.FromSeconds(30) });
        await ClusterMembership.RemoveAsync(client, 3);
        var added = await ClusterMembership.AddLearnerAsync(client, TimeSpan.FromSeconds(60));
        await client.Admin.PromoteMemberAsync(added.Id, TimeSpan.FromSeconds(60));

        Assert.Equal(4, added.Id);
        Assert.Equal([1, 2, 4], client.Spec.Servers.Select(s => s.Id));
        Assert.Equal(KeptCluster.Value, await KeptCluster.ReadAsync(client.Spec));
        var status = await Eventually.GetAsync("the new server answers", async () => (await client.Admin.GetAllStatusAsync())[4]);
        Assert.Equal(client.Spec.Servers.Select(s => s.Incarnation), status.Members.Select(m => m.Incarnation));
    }

    /// <summary>The recorded place is named, whether the data is there or not, and nothing is left where none of it lies.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Start_OfAStoppedClusterWhereItsDataIsNot_NamesWhereItWasKept(bool isThere)
    {
        await using var scope = new AgentScope();
        var data = KeptCluster.DataOf(scope);
        var (moved, elsewhere) = (Path.Combine(scope.Home, "moved"), Path.Combine(scope.Home, "elsewhere"));
        await KeptCluster.MakeAsync(scope, new LaunchOptions { ServerCount = 1 });
        if (!isThere)
        {
            Directory.Move(data, moved);
        }

        var error = await Assert.ThrowsAsync<RaftKvException>(() => LocalCluster.StartAsync(new LaunchOptions { Name = "kept", DataPath = elsewhere }));

        Assert.Equal(ErrorKind.DataDirectoryMissing, error.Kind);
        Assert.Contains($"'{elsewhere}' holds no data of it", error.Message, StringComparison.Ordinal);
        Assert.Contains($"kept in '{data}'", error.Message, StringComparison.Ordinal);
        Assert.Contains(isThere ? "without -DataPath" : "Name the folder that it was moved to", error.Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(elsewhere));

        if (!isThere)
        {
            await Assert.ThrowsAsync<RaftKvException>(() => LocalCluster.StartAsync(new LaunchOptions { Name = "kept" }));
            Assert.False(Directory.Exists(data));
        }

        var spec = await LocalCluster.StartAsync(new LaunchOptions { Name = "kept", DataPath = isThere ? null : moved });
        Assert.Equal(isThere ? data : moved, spec.DataPath);
    }

    /// <summary>What the agent is told of a directory decides whether it makes one, and it never makes one where another must be.</summary>
    [Theory]
    [InlineData("nothing", ServerPast.Made, ErrorKind.DataDirectoryMissing)]
    [InlineData("nothing", ServerPast.Ran, ErrorKind.DataDirectoryMissing)]
    [InlineData("made", ServerPast.Ran, ErrorKind.DataDirectoryMissing)]
    [InlineData("ran", ServerPast.None, ErrorKind.DataDirectoryInUse)]
    [InlineData("another", ServerPast.Ran, ErrorKind.DataDirectoryMissing)]
    public async Task P7_H1_Create_DirectoryThatDoesNotFit_IsRefusedAndLeftAsItIs(string there, ServerPast past, ErrorKind expected)
    {
        await using var scope = new AgentScope();
        var (_, maker) = await scope.StartAgentAsync();
        var config = scope.Config((await maker.ReservePortsAsync(1))[0]);
        if (there != "nothing")
        {
            var made = await maker.CreateAsync(config);
            Assert.NotEqual(0ul, made.Incarnation);
            config = there == "another" ? config with { Members = [config.Members[0] with { Incarnation = made.Incarnation + 1 }] } : config;
        }

        if (there is "ran" or "another")
        {
            await maker.StartAsync(config.ClusterId, 1, TimeSpan.FromSeconds(60));
            await maker.StopAsync(config.ClusterId, 1, StopMode.Graceful);
        }

        var before = Files(config.DataPath);
        var (_, agent) = await scope.StartAgentAsync();
        var error = await Assert.ThrowsAsync<RaftKvException>(() => agent.CreateAsync(config, past));

        Assert.Equal(expected, error.Kind);
        Assert.Equal(before, Files(config.DataPath));
    }

    private static List<string> Files(string path) => Directory.Exists(path)
        ? Directory.EnumerateFiles(path, "*", SearchOption.AllDirectories).Where(f => !f.Contains("lock", StringComparison.Ordinal))
            .Order(StringComparer.Ordinal).Select(f => $"{f} {new FileInfo(f).Length}").ToList()
        : [];

    private sealed class CancelWhenReady(CancellationTokenSource source) : IProgress<(string Text, int Done, int Total)>
    {
        public void Report((string Text, int Done, int Total) value)
        {
            if (value.Text.Contains("is ready", StringComparison.Ordinal))
            {
                source.Cancel();
            }
        }
    }
}
