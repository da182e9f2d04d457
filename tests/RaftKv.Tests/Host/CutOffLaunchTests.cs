using System.Diagnostics;
using RaftKv.Api;
using RaftKv.Api.Clients;
using RaftKv.Api.Clusters;
using RaftKv.Api.Launch;

namespace RaftKv.Tests.Host;

/// <summary>What is left of a launch whose session was killed, and of a cluster whose agent was: it is told, and removed where it is proven to be no one's.</summary>
[Collection(AgentsCollection.Name)]
public sealed class CutOffLaunchTests
{
    [Theory]
    [InlineData("cut")]
    [InlineData(null)]
    public async Task Start_AfterOneThatWasCutOff_RemovesWhatItLeftAndSaysSo(string? name)
    {
        await using var scope = new AgentScope();
        var left = await LeaveAsync(scope, name);
        var said = new List<string>();

        var spec = await LocalCluster.StartAsync(new LaunchOptions { Name = name, ServerCount = 3, DataPath = left.DataPath, OnWarning = said.Add });

        Assert.NotEqual(left.ClusterId, spec.ClusterId);
        Assert.Contains($"'{left.Name}' was cut off", Assert.Single(said), StringComparison.Ordinal);
        Assert.True(await AgentScope.HasEndedAsync(left.Agents[0].ProcessId));
        Assert.Empty(await CutOffLaunch.ListAsync());
    }

    [Fact]
    public async Task Remove_OfOneThatWasCutOff_EndsAndDeletesIt()
    {
        await using var scope = new AgentScope();
        var left = await LeaveAsync(scope, "cut");
        File.WriteAllText(Path.Combine(left.DataPath!, "mine.txt"), "mine");
        Assert.Equal(["cut"], await CutOffLaunch.ListAsync());
        Assert.Equal(left.ClusterId, CutOffLaunch.Find("CUT")?.ClusterId);

        await CutOffLaunch.RemoveAsync("cut");

        Assert.True(await AgentScope.HasEndedAsync(left.Agents[0].ProcessId));
        Assert.Equal(["mine.txt"], Directory.EnumerateFileSystemEntries(left.DataPath!).Select(Path.GetFileName));
        Assert.Equal([".lock"], Directory.EnumerateFileSystemEntries(ClusterSpec.DefaultDirectory).Select(Path.GetFileName));
    }

    /// <summary>On agents that others use too only what is its own is ended.</summary>
    [Fact]
    public async Task Start_AfterOneOnGivenAgentsThatWasCutOff_RemovesItsServersThere()
    {
        await using var scope = new AgentScope();
        var (agent, client) = await scope.StartAgentAsync();
        var left = Forget(await LocalCluster.StartAsync(new LaunchOptions { Name = "cut", ServerCount = 1, Agents = [agent] }));
        var other = await LocalCluster.StartAsync(new LaunchOptions { Name = "other", ServerCount = 1, Agents = [agent] });

        Assert.Empty(await client.ListAsync(left.ClusterId));
        Assert.Single(await client.ListAsync(other.ClusterId));
        Assert.Null(CutOffLaunch.Find(left.Name));
    }

    /// <summary>A stopped cluster's data is its own: only what was started is ended.</summary>
    [Theory]
    [InlineData("Remove")]
    [InlineData("Stop")]
    [InlineData("Start")]
    public async Task Start_OfAStoppedClusterThatWasCutOff_IsEndedByEachAndItsDataIsTheClusters(string by)
    {
        await using var scope = new AgentScope();
        var first = await KeptCluster.MakeAsync(scope, new LaunchOptions { ServerCount = 1 });
        var data = first.DataPath;
        var cut = await LocalCluster.StartAsync(new LaunchOptions { Name = "kept", Detached = true });
        LaunchRecord.Write(cut, isNew: false);
        first.Save();

        if (by == "Remove")
        {
            await LocalCluster.RemoveAsync(first);
            Assert.False(Directory.Exists(data));
        }
        else if (by == "Stop")
        {
            await LocalCluster.StopAsync(first);
            Assert.True(Directory.Exists(data));
        }
        else
        {
            Assert.Equal(KeptCluster.Value, await KeptCluster.ReadAsync(await LocalCluster.StartAsync(new LaunchOptions { Name = "kept" })));
        }

        Assert.True(await AgentScope.HasEndedAsync(cut.Agents[0].ProcessId));
        Assert.Empty(await CutOffLaunch.ListAsync());
    }

    /// <summary>Someone's hand, or a disk: the cluster can be stopped and removed all the same, and a start says what to do.</summary>
    [Fact]
    public async Task Start_WhereTheRecordIsDamaged_SaysWhatToDo_AndNothingElseMindsIt()
    {
        await using var scope = new AgentScope();
        var spec = await LocalCluster.StartAsync(new LaunchOptions { Name = "kept", ServerCount = 1, DataPath = Path.Combine(scope.Home, "data") });
        var record = Path.Combine(Path.GetDirectoryName(spec.Path)!, "relaunch.json");
        await File.WriteAllTextAsync(record, "{");

        await LocalCluster.StopAsync(spec);
        Assert.True(await AgentScope.HasEndedAsync(spec.Agents[0].ProcessId));
        var error = await Assert.ThrowsAsync<RaftKvException>(() => LocalCluster.StartAsync(new LaunchOptions { Name = "kept" }));
        Assert.Contains(record, error.Message, StringComparison.Ordinal);
        Assert.Contains("delete it", error.Message, StringComparison.Ordinal);
        await LocalCluster.RemoveAsync(spec);
        Assert.False(Directory.Exists(spec.DataPath));
    }

    /// <summary>Killed after the cluster's file was written: then the launch was done.</summary>
    [Fact]
    public async Task Start_AfterOneThatWasDoneButForItsRecord_LeavesTheCluster()
    {
        await using var scope = new AgentScope();
        var done = await LocalCluster.StartAsync(new LaunchOptions { Name = "done", ServerCount = 1 });
        LaunchRecord.Write(done, isNew: true);

        var claim = await NameClaim.TakeAsync("other", CancellationToken.None);
        await claim.GiveBackAsync();

        Assert.Empty(LaunchRecord.Names());
        Assert.Equal(AgentState.Running, LocalCluster.StateOf(done));
        Assert.True(Directory.Exists(Path.Combine(done.DataPath!, "n1")));
    }

    [Fact]
    public async Task Take_WhileALaunchGoesOn_LeavesWhatItMakes()
    {
        await using var scope = new AgentScope();
        var claim = await NameClaim.TakeAsync("going", CancellationToken.None);
        LaunchRecord.Write(Unseen(scope, "going"), isNew: true);

        var other = await NameClaim.TakeAsync("other", CancellationToken.None);
        await other.GiveBackAsync();

        Assert.Equal(["going"], LaunchRecord.Names());
        Assert.Empty(await CutOffLaunch.ListAsync());
        LaunchRecord.Delete("going");
        await claim.GiveBackAsync();
    }

    /// <summary>What may live elsewhere is not deleted: its name is refused, and the words say what to delete.</summary>
    [Fact]
    public async Task Start_AfterOneThatCannotBeSeen_DeletesNothingAndSaysWhatToDo()
    {
        await using var scope = new AgentScope();
        var left = Unseen(scope, "cut");
        LaunchRecord.Write(left, isNew: true);
        var record = Path.Combine(ClusterSpec.DefaultDirectory, "cut", "launch.json");
        var said = new List<string>();

        var other = await NameClaim.TakeAsync("other", CancellationToken.None, said.Add);
        await other.GiveBackAsync();
        var refused = await Assert.ThrowsAsync<RaftKvException>(() => NameClaim.TakeAsync("cut", CancellationToken.None));

        Assert.Equal(refused.Message, Assert.Single(said));
        Assert.All(new[] { record, left.DataPath!, "n1", "process" }, part => Assert.Contains(part, refused.Message, StringComparison.Ordinal));
        Assert.True(File.Exists(record));
        Assert.True(Directory.Exists(Path.Combine(left.DataPath!, "n1")));
    }

    /// <summary>No one would ever know of an agent that is to outlive a session which ended before a server was made.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Agent_ThatIsDetached_EndsWithItsOwnerOnlyBeforeItHasAServer(bool hasServer)
    {
        await using var scope = new AgentScope();
        var token = new string('t', 32);
        using var process = Process.Start(new ProcessStartInfo(NodeExecutable.Find(), ["agent", "--directory", Path.Combine(scope.Home, "agent"), "--exit-on-stdin-close", "--detached"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        })!;
        await process.StandardInput.WriteLineAsync(token);
        await process.StandardInput.FlushAsync();
        var ready = System.Text.Json.JsonDocument.Parse((await process.StandardOutput.ReadLineAsync())!).RootElement;
        var spec = new AgentSpec(new Uri(ready.GetProperty("endpoint").GetString()!), token, process.Id, ProcessIdentity.Of(process.Id));
        await using var agent = new AgentClient(spec);
        var config = scope.Config((await agent.ReservePortsAsync(1))[0]);
        if (hasServer)
        {
            await agent.CreateAsync(config);
        }

        process.StandardInput.Close();

        if (hasServer)
        {
            await agent.StartAsync(config.ClusterId, 1, Patience.Limit);
            Assert.False(process.HasExited);
            await LocalAgent.StopAsync(spec, StopMode.Kill);
        }

        Assert.True(await AgentScope.HasEndedAsync(process.Id));
    }

    /// <summary>The loss of a cluster with temporary data is told, and nothing takes its place in silence.</summary>
    [Fact]
    public async Task Start_UnderTheNameOfAClusterThatLostItsAgent_IsRefusedUntilThatIsRemoved()
    {
        await using var scope = new AgentScope();
        var lost = await LocalCluster.StartAsync(new LaunchOptions { Name = "temporary", ServerCount = 3 });
        using (var agent = Process.GetProcessById(lost.Agents[0].ProcessId))
        {
            agent.Kill();
            await agent.WaitForExitAsync();
        }

        var refused = await Assert.ThrowsAsync<RaftKvException>(() => LocalCluster.StartAsync(new LaunchOptions { Name = "temporary" }));
        Assert.Equal(ErrorKind.InvalidArgument, refused.Kind);
        Assert.All(new[] { "lost its agent", lost.DataPath!, "-Surviving", "Remove-RaftCluster temporary" }, part => Assert.Contains(part, refused.Message, StringComparison.Ordinal));

        var said = new List<string>();
        await LocalCluster.StartAsync(new LaunchOptions { Name = "other", ServerCount = 1, OnWarning = said.Add });
        Assert.Contains("Remove-RaftCluster temporary", Assert.Single(said), StringComparison.Ordinal);
        Assert.True(LocalCluster.IsLost(lost));

        await LocalCluster.RemoveAsync(lost);
        Assert.False(Directory.Exists(lost.DataPath));
        Assert.NotEqual(lost.ClusterId, (await LocalCluster.StartAsync(new LaunchOptions { Name = "temporary", ServerCount = 1 })).ClusterId);
    }

    [Theory]
    [InlineData("con")]
    [InlineData("NUL")]
    [InlineData("Com1")]
    public async Task Start_UnderTheNameOfADevice_IsRefused(string name)
    {
        await using var scope = new AgentScope();
        var refused = await Assert.ThrowsAsync<RaftKvException>(() => LocalCluster.StartAsync(new LaunchOptions { Name = name }));
        Assert.Equal(ErrorKind.InvalidArgument, refused.Kind);
        Assert.Contains($"'{name}'", refused.Message, StringComparison.Ordinal);
        Assert.Contains("device", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Start_WhereNoFolderCanBeMade_NamesItAndSaysWhatToDo(bool isFile)
    {
        await using var scope = new AgentScope();
        var file = Path.Combine(scope.Home, "file");
        await File.WriteAllTextAsync(file, "mine");
        var path = isFile ? file : Path.Combine(file, "data");

        var error = await Assert.ThrowsAsync<IOException>(() => LocalCluster.StartAsync(new LaunchOptions { Name = "one", DataPath = path }));

        Assert.Contains($"'{path}'", error.Message, StringComparison.Ordinal);
        Assert.Contains("-DataPath", error.Message, StringComparison.Ordinal);
        Assert.Equal("mine", await File.ReadAllTextAsync(file));
    }

    /// <summary>What a session leaves that is killed after its servers have started and before it writes the cluster's file.</summary>
    private static async Task<ClusterSpec> LeaveAsync(AgentScope scope, string? name) => Forget(await LocalCluster.StartAsync(
        new LaunchOptions { Name = name, ServerCount = 3, DataPath = Path.Combine(scope.Home, "data"), Detached = true }));

    private static ClusterSpec Forget(ClusterSpec spec)
    {
        LaunchRecord.Write(spec, isNew: true);
        File.Delete(spec.Path!);
        return spec;
    }

    /// <summary>A cluster with a directory here whose agent was started somewhere else.</summary>
    private static ClusterSpec Unseen(AgentScope scope, string name)
    {
        var spec = new ClusterSpec
        {
            Name = name,
            ClusterId = Guid.NewGuid().ToString("N"),
            Servers = [new(1, "n1", new Uri("http://127.0.0.1:1"), 0)],
            Agents = [new(new Uri("http://127.0.0.1:1"), "secret-token-secret", int.MaxValue, "elsewhere/0f0f0f0f-0000-0000-0000-000000000000/pid:[1]/17")],
            DataPath = Path.Combine(scope.Home, "data"),
        };
        Directory.CreateDirectory(Path.Combine(spec.DataPath, "n1"));
        File.WriteAllText(Path.Combine(spec.DataPath, "n1", "identity.json"), $$"""{ "clusterId": "{{spec.ClusterId}}" }""");
        return spec;
    }
}
