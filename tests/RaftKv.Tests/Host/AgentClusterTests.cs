using System.Diagnostics;
using System.Text;
using RaftKv.Api;
using RaftKv.Api.Clients;
using RaftKv.Api.Clusters;
using RaftKv.Api.Launch;

namespace RaftKv.Tests.Host;

/// <summary>Whole clusters through an agent: their start, their end however it comes, and that nothing is left behind.</summary>
[Collection(AgentsCollection.Name)]
public sealed class AgentClusterTests
{

    private static readonly byte[] Key = "key"u8.ToArray();

    [Fact]
    public async Task Start_ThreeServers_TakeAWriteAndStopLeavesNothing()
    {
        await using var scope = new AgentScope();
        var told = new List<string>();
        var spec = await LocalCluster.StartAsync(new LaunchOptions { ServerCount = 3 }, new Told(told));
        var processes = await ProcessesAsync(spec);

        Assert.Equal("raft1", spec.Name);
        Assert.Equal(3, told.Count(t => t.Contains("is ready", StringComparison.Ordinal)));
        Assert.Equal(spec.ClusterId, ClusterSpec.Load(spec.Path!).ClusterId);
        await WriteAndReadAsync(spec, "value");

        await LocalCluster.StopAsync(spec);

        Assert.All(await Task.WhenAll(processes.Select(p => AgentScope.HasEndedAsync(p))), Assert.True);
        Assert.False(Directory.Exists(spec.DataPath));
        Assert.Empty(LocalCluster.List());
    }

    [Fact]
    public async Task Kill_OfTheAgent_LeavesNoServerAfterFiveSeconds()
    {
        await using var scope = new AgentScope();
        var spec = await LocalCluster.StartAsync(new LaunchOptions { ServerCount = 3 });
        var processes = await ProcessesAsync(spec);

        using (var agent = Process.GetProcessById(spec.Agents[0].ProcessId))
        {
            agent.Kill();
        }

        Assert.All(await Task.WhenAll(processes.Select(p => AgentScope.HasEndedAsync(p))), Assert.True);
    }

    [Fact]
    public async Task Kill_OfTheAgent_EndsFrozenServersToo()
    {
        if (!OperatingSystem.IsLinux())
        {
            // Only Linux ends a process that cannot notice anything itself.
            return;
        }

        await using var scope = new AgentScope();
        var spec = await LocalCluster.StartAsync(new LaunchOptions { ServerCount = 2 });
        var processes = await ProcessesAsync(spec);
        await using (var client = new AgentClient(spec.Agents[0]))
        {
            await client.PauseAsync(spec.ClusterId, 2);
        }

        using (var agent = Process.GetProcessById(spec.Agents[0].ProcessId))
        {
            agent.Kill();
        }

        Assert.All(await Task.WhenAll(processes.Select(p => AgentScope.HasEndedAsync(p))), Assert.True);
    }

    [Fact]
    public async Task Kill_OfTheAgentsOwner_LeavesNeitherAgentNorServersNorTemporaryData()
    {
        if (OperatingSystem.IsWindows())
        {
            // The owner is played by a shell here, which Windows lacks; the pipe's end is the same there.
            return;
        }

        await using var scope = new AgentScope();
        var directory = Path.Combine(scope.Home, "owned");
        const string token = "0123456789abcdef0123456789abcdef";
        using var pipeline = Process.Start(new ProcessStartInfo("sh")
        {
            ArgumentList =
            {
                "-c",
                $"(echo {token}; sh -c 'echo $PPID' >&2; exec sleep 600) | exec '{NodeExecutable.Find()}' agent --directory '{directory}' --temporary --exit-on-stdin-close",
            },
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var owner = int.Parse((await pipeline.StandardError.ReadLineAsync())!);
        var ready = System.Text.Json.JsonDocument.Parse((await pipeline.StandardOutput.ReadLineAsync())!).RootElement;
        var agentSpec = new AgentSpec(new Uri(ready.GetProperty("endpoint").GetString()!), token, ready.GetProperty("processId").GetInt32());
        await using var agent = new AgentClient(agentSpec);
        var config = scope.Config((await agent.ReservePortsAsync(1))[0], "owned/n1");
        await agent.CreateAsync(config);
        var server = await agent.StartAsync(config.ClusterId, 1, Patience.Limit);

        using (var holder = Process.GetProcessById(owner))
        {
            holder.Kill();
        }

        Assert.True(await AgentScope.HasEndedAsync(server.ProcessId));
        Assert.True(await AgentScope.HasEndedAsync(agentSpec.ProcessId));
        Assert.False(Directory.Exists(directory));
    }

    [Fact]
    public async Task Start_InvalidOptions_IsInvalidArgumentAndLeavesNothing()
    {
        await using var scope = new AgentScope();
        var data = Path.Combine(scope.Home, "data");

        var error = await Assert.ThrowsAsync<RaftKvException>(() => LocalCluster.StartAsync(new LaunchOptions
        {
            ServerCount = 2,
            DataPath = data,
            Options = new ServerOptions { HeartbeatIntervalMs = -1 },
        }));

        Assert.Equal(ErrorKind.InvalidArgument, error.Kind);
        Assert.Contains("heartbeatIntervalMs", error.Message, StringComparison.OrdinalIgnoreCase);
        Assert.Empty(LocalCluster.List());
        Assert.Empty(Directory.GetDirectories(ClusterSpec.DefaultDirectory));
        Assert.False(Directory.Exists(data));
    }

    [Fact]
    public async Task Start_Cancelled_LeavesNothing()
    {
        await using var scope = new AgentScope();
        using var source = new CancellationTokenSource();
        var told = new List<string>();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => LocalCluster.StartAsync(
            new LaunchOptions { ServerCount = 3, DataPath = Path.Combine(scope.Home, "data") },
            new Told(told, text =>
            {
                if (text.Contains("is ready", StringComparison.Ordinal))
                {
                    source.Cancel();
                }
            }),
            source.Token));

        Assert.Empty(LocalCluster.List());
        Assert.False(Directory.Exists(Path.Combine(scope.Home, "data")));
    }

    [Fact]
    public async Task Start_NodeMissing_IsServerStartFailedWithTheRemedy()
    {
        await using var scope = new AgentScope();

        var error = await Assert.ThrowsAsync<RaftKvException>(() => LocalCluster.StartAsync(new LaunchOptions { NodePath = "no-such-node" }));

        Assert.Equal(ErrorKind.ServerStartFailed, error.Kind);
        Assert.Contains("dotnet build", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Start_NameOfAStoppedClusterWithData_StartsItAgain()
    {
        await using var scope = new AgentScope();
        var options = new LaunchOptions { Name = "kept", ServerCount = 1, DataPath = Path.Combine(scope.Home, "data") };
        var first = await LocalCluster.StartAsync(options);
        await WriteAndReadAsync(first, "kept value");
        await LocalCluster.StopAsync(first);

        var second = await LocalCluster.StartAsync(new LaunchOptions { Name = "kept", ServerCount = 1 });

        Assert.Equal(first.ClusterId, second.ClusterId);
        await using (var client = new ClusterClient(second))
        {
            var pair = await client.CreateKvClient().GetAsync(Key);
            Assert.Equal("kept value", Encoding.UTF8.GetString(pair!.Value));
        }

        await LocalCluster.RemoveAsync(second);
        Assert.False(Directory.Exists(options.DataPath));
    }

    [Fact]
    public async Task Start_NameOfARunningCluster_IsRefused()
    {
        await using var scope = new AgentScope();
        await LocalCluster.StartAsync(new LaunchOptions { Name = "one", ServerCount = 1 });

        var error = await Assert.ThrowsAsync<RaftKvException>(() => LocalCluster.StartAsync(new LaunchOptions { Name = "one", ServerCount = 1 }));

        Assert.Equal(ErrorKind.InvalidArgument, error.Kind);
    }

    [Fact]
    public async Task Restart_InAPartition_ServerKeepsItsBlockedLinks()
    {
        await using var scope = new AgentScope();
        var spec = await LocalCluster.StartAsync(new LaunchOptions { ServerCount = 3 });
        await using var client = new ClusterClient(spec);
        await client.Chaos.PartitionAsync([[3], [1, 2]]);
        var agent = client.AgentOf(3);

        await agent.StopAsync(spec.ClusterId, 3, StopMode.Kill);
        await agent.StartAsync(spec.ClusterId, 3, Patience.Limit);

        var matrix = await Eventually.GetAsync("server 3 tells its faults", async () => (await client.Chaos.ReadAsync())[3]);
        Assert.Contains(matrix.Links, l => l is { From: 3, To: 1, Blocked: true });
        Assert.False(matrix.Muted);
    }

    [Fact]
    public async Task Start_OnGivenAgents_SpreadsTheServersAndStopLeavesTheAgents()
    {
        await using var scope = new AgentScope();
        var (first, firstClient) = await scope.StartAgentAsync();
        var (second, secondClient) = await scope.StartAgentAsync();
        var spec = await LocalCluster.StartAsync(new LaunchOptions { ServerCount = 3, Agents = [first, second] });

        Assert.Equal(2, (await firstClient.ListAsync(spec.ClusterId)).Count);
        Assert.Single(await secondClient.ListAsync(spec.ClusterId));
        await WriteAndReadAsync(spec, "spread");

        await LocalCluster.StopAsync(spec);

        Assert.Empty(await firstClient.ListAsync());
        Assert.Empty(await secondClient.ListAsync());
    }

    private static async Task<IReadOnlyList<int>> ProcessesAsync(ClusterSpec spec)
    {
        await using var client = new ClusterClient(spec);
        return [.. (await client.AgentOf(1).ListAsync(spec.ClusterId)).Select(s => s.ProcessId)];
    }

    private static async Task WriteAndReadAsync(ClusterSpec spec, string value)
    {
        await using var client = new ClusterClient(spec, new ClientOptions { Deadline = TimeSpan.FromSeconds(30) });
        await using var kv = client.CreateKvClient();
        await kv.PutAsync(Key, Encoding.UTF8.GetBytes(value));
        var pair = await kv.GetAsync(Key);
        Assert.Equal(value, Encoding.UTF8.GetString(pair!.Value));
    }

    private sealed class Told(List<string> texts, Action<string>? then = null) : IProgress<(string Text, int Done, int Total)>
    {
        public void Report((string Text, int Done, int Total) value)
        {
            lock (texts)
            {
                texts.Add(value.Text);
            }

            then?.Invoke(value.Text);
        }
    }
}
