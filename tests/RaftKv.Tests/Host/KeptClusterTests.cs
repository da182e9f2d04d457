using System.Net;
using System.Net.Sockets;
using RaftKv.Api;
using RaftKv.Api.Clients;
using RaftKv.Api.Clusters;
using RaftKv.Api.Launch;

namespace RaftKv.Tests.Host;

/// <summary>A stopped cluster whose data was kept comes back as it was, or the start says why not.</summary>
[Collection(AgentsCollection.Name)]
public sealed class KeptClusterTests
{
    /// <summary>After a reboot nothing tells of the old processes: that they have ended is known because it was seen when the cluster was stopped.</summary>
    [Fact]
    public async Task Remove_AfterAReboot_OfAClusterThatWasStopped_Works()
    {
        await using var scope = new AgentScope();
        var stopped = ClusterSpec.Load((await KeptCluster.MakeAsync(scope, new LaunchOptions { ServerCount = 1 })).Path!);
        var spec = (stopped with { Agents = [.. stopped.Agents.Select(agent => agent with { ProcessIdentity = "another boot" })] }).Save();

        Assert.Equal(AgentState.Ended, LocalCluster.StateOf(ClusterSpec.Load(spec.Path!)));
        await LocalCluster.RemoveAsync(spec);
        Assert.False(Directory.Exists(KeptCluster.DataOf(scope)));
    }

    [Fact]
    public async Task Stop_OfAClusterThatRunsAgain_EndsNothingByAnOldObject()
    {
        await using var scope = new AgentScope();
        var stopped = await KeptCluster.MakeAsync(scope, new LaunchOptions { ServerCount = 1 });
        await LocalCluster.StartAsync(new LaunchOptions { Name = "kept" });

        await LocalCluster.StopAsync(stopped);

        var now = ClusterSpec.Load(stopped.Path!);
        Assert.Equal(AgentState.Running, LocalCluster.StateOf(now));
        Assert.Equal(KeptCluster.Value, await KeptCluster.ReadAsync(now));
    }

    [Theory]
    [InlineData("Default", "Paper2019", "Wal", "Json")]
    [InlineData("Paper2019", "Default", "Json", "Wal")]
    public async Task Start_WithAnotherStorage_IsRefusedNamingBothAndTheDataStays(string before, string after, string had, string asked)
    {
        await using var scope = new AgentScope();
        await KeptCluster.MakeAsync(scope, new LaunchOptions { ServerCount = 1, Preset = before });

        var error = await Assert.ThrowsAsync<RaftKvException>(() => LocalCluster.StartAsync(new LaunchOptions { Name = "kept", Preset = after }));

        Assert.Equal(ErrorKind.InvalidArgument, error.Kind);
        Assert.All(
            new[] { $"'{had}'", $"'{asked}'", before, after, "Start-RaftCluster kept", "Remove-RaftCluster" },
            part => Assert.Contains(part, error.Message, StringComparison.Ordinal));
        Assert.Equal(KeptCluster.Value, await KeptCluster.ReadAsync(await LocalCluster.StartAsync(new LaunchOptions { Name = "kept" })));
    }

    [Fact]
    public async Task Start_ByItsNameAlone_BringsBackServersPortsPresetAndOptions()
    {
        await using var scope = new AgentScope();
        var options = ServerOptions.Paper2019 with { ElectionTimeoutLowerMs = 700, MaxSessions = 77 };
        var first = await KeptCluster.MakeAsync(
            scope, new LaunchOptions { ServerCount = 3, Preset = "Paper2019", Options = options, Chaos = false, LoseUnsyncedOnKill = true });
        var said = new List<string>();

        var second = await LocalCluster.StartAsync(new LaunchOptions { Name = "kept", OnWarning = said.Add });

        Assert.Empty(said);
        Assert.Equal(first.Servers, second.Servers);
        Assert.Equal(("Paper2019", options, null, true), (second.Preset, second.Options, second.ChaosToken, second.LoseUnsyncedOnKill));
        Assert.Equal(first.DataPath, second.DataPath);
        Assert.Equal(KeptCluster.Value, await KeptCluster.ReadAsync(second));
    }

    [Fact]
    public async Task Start_WithOtherOptions_ChangesThoseAloneSaysSoAndKeepsThem()
    {
        await using var scope = new AgentScope();
        await KeptCluster.MakeAsync(scope, new LaunchOptions { ServerCount = 1, Options = new ServerOptions { MaxSessions = 77 } });
        var said = new List<string>();
        var asked = new LaunchOptions { Name = "kept", Change = o => o with { HeartbeatIntervalMs = 50 }, Chaos = false, OnWarning = said.Add };

        var second = await LocalCluster.StartAsync(asked);

        Assert.Equal(new ServerOptions { MaxSessions = 77, HeartbeatIntervalMs = 50 }, second.Options);
        Assert.Contains("HeartbeatIntervalMs 50 (was 100), chaos off (was on)", Assert.Single(said), StringComparison.Ordinal);
        await LocalCluster.StopAsync(second);
        Assert.Equal(second.Options, (await LocalCluster.StartAsync(new LaunchOptions { Name = "kept" })).Options);
    }

    [Fact]
    public async Task Start_WithAnotherServerCount_IsRefusedWithTheWayOut()
    {
        await using var scope = new AgentScope();
        await KeptCluster.MakeAsync(scope, new LaunchOptions { ServerCount = 1 });

        var error = await Assert.ThrowsAsync<RaftKvException>(() => LocalCluster.StartAsync(new LaunchOptions { Name = "kept", ServerCount = 3 }));

        Assert.Equal(ErrorKind.InvalidArgument, error.Kind);
        Assert.Contains("Add-RaftMember", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Start_WhileAPortIsTaken_IsPortInUseAndNewPortsAreToldToAll()
    {
        await using var scope = new AgentScope();
        var first = await KeptCluster.MakeAsync(scope, new LaunchOptions { ServerCount = 3 });
        using var taken = new TcpListener(IPAddress.Loopback, first.Servers[1].Endpoint.Port);
        taken.Start();

        var error = await Assert.ThrowsAsync<RaftKvException>(() => LocalCluster.StartAsync(new LaunchOptions { Name = "kept" }));
        Assert.Equal(ErrorKind.PortInUse, error.Kind);
        Assert.Contains($"port {first.Servers[1].Endpoint.Port} of server n2", error.Message, StringComparison.Ordinal);
        Assert.Contains("-NewPort", error.Message, StringComparison.Ordinal);

        var said = new List<string>();
        var second = await LocalCluster.StartAsync(new LaunchOptions { Name = "kept", NewPorts = true, OnWarning = said.Add });
        Assert.NotEqual(first.Servers[1].Endpoint, second.Servers[1].Endpoint);
        Assert.Contains($"n2 listens on port {second.Servers[1].Endpoint.Port} now", Assert.Single(said), StringComparison.Ordinal);

        // With a server stopped the one with the new port is needed, so the others know it.
        await using var client = new ClusterClient(second);
        await client.AgentOf(3).StopAsync(second.ClusterId, 3, StopMode.Kill);
        Assert.Equal(KeptCluster.Value, await KeptCluster.ReadAsync(second));
    }

    /// <summary>The ports of a stopped cluster are left to it by clusters that start meanwhile.</summary>
    [Fact]
    public async Task Start_OfAnotherClusterMeanwhile_TakesNoneOfItsPorts()
    {
        await using var scope = new AgentScope();
        var kept = await KeptCluster.MakeAsync(scope, new LaunchOptions { ServerCount = 1 });

        var other = await LocalCluster.StartAsync(new LaunchOptions { ServerCount = 1 });

        Assert.Empty(other.Servers.Select(s => s.Endpoint.Port).Intersect(kept.Servers.Select(s => s.Endpoint.Port)));
        Assert.Equal(kept.Servers, (await LocalCluster.StartAsync(new LaunchOptions { Name = "kept" })).Servers);
    }

    [Fact]
    public async Task Remove_AfterAMemberWasRemoved_LeavesNothing()
    {
        await using var scope = new AgentScope();
        var data = Path.Combine(scope.Home, "data");
        var spec = await LocalCluster.StartAsync(new LaunchOptions { Name = "kept", ServerCount = 1, DataPath = data });
        await using (var client = new ClusterClient(spec, new ClientOptions { Deadline = TimeSpan.FromSeconds(30) }))
        {
            var added = await ClusterMembership.AddLearnerAsync(client, Patience.Limit);
            await ClusterMembership.RemoveAsync(client, added.Id);
            Assert.True(Directory.Exists(Path.Combine(data, "n2")));
            spec = client.Spec;
        }

        await File.WriteAllTextAsync(Path.Combine(data, "agent.log.1"), "2026-12-01T04:58:37.760493Z INF RaftKv.Node.Agent.ManagedServer 4000 Server n1 is ready as process 1.\n");
        await LocalCluster.RemoveAsync(spec);

        Assert.False(Directory.Exists(data));
        Assert.False(File.Exists(spec.Path));
    }
}
