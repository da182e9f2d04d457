using RaftKv.Api;
using RaftKv.Api.Clients;
using RaftKv.Api.Clusters;
using RaftKv.Api.Launch;
using RaftKv.Api.Views;

namespace RaftKv.Tests.Host;

/// <summary>What an agent does with single servers, each a real process.</summary>
[Collection(AgentsCollection.Name)]
public sealed class AgentServerTests
{

    [Fact]
    public async Task Start_ThenStop_TheProcessComesAndGoes()
    {
        await using var scope = new AgentScope();
        var (_, agent) = await scope.StartAgentAsync();
        var config = scope.Config((await agent.ReservePortsAsync(1))[0]);

        var created = await agent.CreateAsync(config);
        var started = await agent.StartAsync(config.ClusterId, 1, Patience.Limit);
        var stopped = await agent.StopAsync(config.ClusterId, 1, StopMode.Graceful);

        Assert.Equal(ServerState.Created, created.State);
        Assert.Equal(ServerState.Running, started.State);
        Assert.Equal((ServerState.Exited, 0), (stopped.State, stopped.ExitCode));
        Assert.True(await AgentScope.HasEndedAsync(started.ProcessId));
    }

    [Fact]
    public async Task Kill_EndsTheProcessAndTheNextStartRecovers()
    {
        await using var scope = new AgentScope();
        var (_, agent) = await scope.StartAgentAsync();
        var config = scope.Config((await agent.ReservePortsAsync(1))[0]);
        await agent.CreateAsync(config);

        var first = await agent.StartAsync(config.ClusterId, 1, Patience.Limit);
        var killed = await agent.StopAsync(config.ClusterId, 1, StopMode.Kill);
        var second = await agent.StartAsync(config.ClusterId, 1, Patience.Limit);

        Assert.Equal(ServerState.Exited, killed.State);
        Assert.NotEqual(0, killed.ExitCode);
        Assert.Equal(ServerState.Running, second.State);
        Assert.NotEqual(first.ProcessId, second.ProcessId);
    }

    [Fact]
    public async Task Pause_SilencesTheServerUntilItIsResumed()
    {
        if (OperatingSystem.IsWindows())
        {
            // Windows has no signal that freezes a process; the agent refuses by name there.
            return;
        }

        await using var scope = new AgentScope();
        var (_, agent) = await scope.StartAgentAsync();
        var config = scope.Config((await agent.ReservePortsAsync(1))[0]);
        await agent.CreateAsync(config);
        await agent.StartAsync(config.ClusterId, 1, Patience.Limit);
        await using var client = new ClusterClient(SpecOf(config));

        var paused = await agent.PauseAsync(config.ClusterId, 1);
        var silent = (await client.Admin.GetAllStatusAsync())[1];
        var resumed = await agent.ResumeAsync(config.ClusterId, 1);

        Assert.Equal(ServerState.Paused, paused.State);
        Assert.Null(silent);
        Assert.Equal(ServerState.Running, resumed.State);
        await Eventually.GetAsync("the resumed server answers", async () => (await client.Admin.GetAllStatusAsync())[1]);
    }

    [Fact]
    public async Task Shutdown_WithAPausedServer_EndsItToo()
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        await using var scope = new AgentScope();
        var (spec, agent) = await scope.StartAgentAsync();
        var config = scope.Config((await agent.ReservePortsAsync(1))[0]);
        await agent.CreateAsync(config);
        var server = await agent.StartAsync(config.ClusterId, 1, Patience.Limit);
        await agent.PauseAsync(config.ClusterId, 1);

        await LocalAgent.StopAsync(spec);

        Assert.True(await AgentScope.HasEndedAsync(server.ProcessId));
        Assert.True(await AgentScope.HasEndedAsync(spec.ProcessId));
    }

    [Fact]
    public async Task Start_DataHeldByALiveServer_IsDataDirectoryInUse()
    {
        await using var scope = new AgentScope();
        var (_, first) = await scope.StartAgentAsync();
        var (_, second) = await scope.StartAgentAsync();
        var config = scope.Config((await first.ReservePortsAsync(1))[0]);
        var again = scope.Config((await second.ReservePortsAsync(1))[0], clusterId: config.ClusterId);
        await second.CreateAsync(again);
        await first.CreateAsync(config);
        var holder = await first.StartAsync(config.ClusterId, 1, Patience.Limit);

        var start = await Assert.ThrowsAsync<RaftKvException>(() => second.StartAsync(config.ClusterId, 1, Patience.Limit));
        var create = await Assert.ThrowsAsync<RaftKvException>(() => second.CreateAsync(again, ServerPast.Made));

        Assert.Equal((ErrorKind.DataDirectoryInUse, ErrorKind.DataDirectoryInUse), (start.Kind, create.Kind));
        Assert.Contains($"process {holder.ProcessId}", start.Message, StringComparison.Ordinal);
        Assert.Contains($"process {holder.ProcessId}", create.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task P7_Create_DirectoryOfAnotherServer_IsRefusedAndLeftAlone()
    {
        await using var scope = new AgentScope();
        var (_, agent) = await scope.StartAgentAsync();
        var config = scope.Config(20000);
        await agent.CreateAsync(config);
        var before = await File.ReadAllTextAsync(Path.Combine(config.DataPath, "server.json"));

        var error = await Assert.ThrowsAsync<RaftKvException>(() => agent.CreateAsync(scope.Config(20001)));

        Assert.Equal(ErrorKind.DataDirectoryInUse, error.Kind);
        Assert.Contains(config.ClusterId, error.Message, StringComparison.Ordinal);
        Assert.Equal(before, await File.ReadAllTextAsync(Path.Combine(config.DataPath, "server.json")));
    }

    [Fact]
    public async Task Start_BrokenConfig_FailsWithWhatTheServerSaid()
    {
        await using var scope = new AgentScope();
        var (_, agent) = await scope.StartAgentAsync();
        var config = scope.Config((await agent.ReservePortsAsync(1))[0]);
        await agent.CreateAsync(config);
        await File.WriteAllTextAsync(Path.Combine(config.DataPath, "server.json"), "{ \"nonsense\": true }");

        var error = await Assert.ThrowsAsync<RaftKvException>(() => agent.StartAsync(config.ClusterId, 1, Patience.Limit));

        Assert.Equal(ErrorKind.ServerStartFailed, error.Kind);
        Assert.Contains(error.LogTail, line => line.Contains("server.json", StringComparison.Ordinal));
        Assert.Contains("server.log", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ReadTextLog_Follow_GivesTheTailAndThenWhatComes()
    {
        await using var scope = new AgentScope();
        var (_, agent) = await scope.StartAgentAsync();
        var config = scope.Config((await agent.ReservePortsAsync(1))[0]);
        await agent.CreateAsync(config);
        var server = await agent.StartAsync(config.ClusterId, 1, Patience.Limit);
        await agent.StopAsync(config.ClusterId, 1, StopMode.Graceful);
        var last = (await File.ReadAllLinesAsync(server.LogPath))[^1];
        using var patience = new CancellationTokenSource(Patience.Limit);

        await using var lines = agent.ReadTextLogAsync(config.ClusterId, 1, tail: 1, follow: true, patience.Token).GetAsyncEnumerator(patience.Token);
        Assert.True(await lines.MoveNextAsync());
        Assert.Equal(last, lines.Current);
        await File.AppendAllTextAsync(server.LogPath, "something new\n");
        Assert.True(await lines.MoveNextAsync());
        Assert.Equal("something new", lines.Current);
    }

    /// <summary>A log that is gone is not one without lines; that of a server that never ran is.</summary>
    [Fact]
    public async Task ReadTextLog_ThatIsGone_SaysWhichUnlessTheServerNeverRan()
    {
        await using var scope = new AgentScope();
        var (_, agent) = await scope.StartAgentAsync();
        var config = scope.Config((await agent.ReservePortsAsync(1))[0]);
        await agent.CreateAsync(config);
        Assert.Equal(0, await CountLinesAsync(agent, config.ClusterId));

        var server = await agent.StartAsync(config.ClusterId, 1, Patience.Limit);
        await agent.StopAsync(config.ClusterId, 1, StopMode.Graceful);
        File.Move(server.LogPath, server.LogPath + ".1");
        Assert.NotEqual(0, await CountLinesAsync(agent, config.ClusterId));

        File.Delete(server.LogPath + ".1");
        var error = await Assert.ThrowsAsync<RaftKvException>(() => CountLinesAsync(agent, config.ClusterId));
        Assert.Equal(ErrorKind.InvalidArgument, error.Kind);
        Assert.Contains(server.LogPath, error.Message, StringComparison.Ordinal);

        Directory.Delete(config.DataPath, recursive: true);
        error = await Assert.ThrowsAsync<RaftKvException>(() => CountLinesAsync(agent, config.ClusterId));
        Assert.Equal(ErrorKind.DataDirectoryMissing, error.Kind);
        Assert.Contains(server.LogPath, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ReservePorts_TwoAgents_GetDifferentOnesOfTheRange()
    {
        await using var scope = new AgentScope();
        var (_, first) = await scope.StartAgentAsync();
        var (_, second) = await scope.StartAgentAsync();

        var ports = await Task.WhenAll(first.ReservePortsAsync(20), second.ReservePortsAsync(20), first.ReservePortsAsync(20));

        Assert.Equal(60, ports.SelectMany(p => p).Distinct().Count());
        Assert.All(ports.SelectMany(p => p), port => Assert.InRange(port, 20000, 29999));
    }

    [Fact]
    public async Task Calls_WithAWrongToken_AreDenied()
    {
        await using var scope = new AgentScope();
        var (spec, _) = await scope.StartAgentAsync();
        await using var stranger = new AgentClient(spec with { Token = "another-token-of-good-length" });

        var error = await Assert.ThrowsAsync<RaftKvException>(() => stranger.ListAsync());

        Assert.Equal(ErrorKind.Denied, error.Kind);
    }

    [Fact]
    public async Task Remove_RunningServer_IsServerRunningAndAfterStopItsDataIsGone()
    {
        await using var scope = new AgentScope();
        var (_, agent) = await scope.StartAgentAsync();
        var config = scope.Config((await agent.ReservePortsAsync(1))[0]);
        await agent.CreateAsync(config);
        await agent.StartAsync(config.ClusterId, 1, Patience.Limit);

        var error = await Assert.ThrowsAsync<RaftKvException>(() => agent.RemoveAsync(config.ClusterId, 1, deleteData: true));
        await agent.StopAsync(config.ClusterId, 1, StopMode.Kill);
        await agent.RemoveAsync(config.ClusterId, 1, deleteData: true);

        Assert.Equal(ErrorKind.ServerRunning, error.Kind);
        Assert.Empty(await agent.ListAsync());
        Assert.False(Directory.Exists(config.DataPath));
    }

    private static async Task<int> CountLinesAsync(AgentClient agent, string clusterId)
    {
        var count = 0;
        await foreach (var line in agent.ReadTextLogAsync(clusterId, 1, tail: int.MaxValue, follow: false))
        {
            count++;
        }

        return count;
    }

    private static ClusterSpec SpecOf(ServerConfig config) => new()
    {
        Name = config.ClusterName,
        ClusterId = config.ClusterId,
        Servers = [.. config.Members.Select(m => new ServerSpec(m.Id, m.Name, m.Endpoint))],
        ChaosToken = config.ChaosToken,
    };
}
