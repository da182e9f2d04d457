using System.Diagnostics;
using RaftKv.Api;
using RaftKv.Api.Clients;
using RaftKv.Api.Clusters;
using RaftKv.Api.Launch;

namespace RaftKv.Tests.Host;

/// <summary>
/// A home of its own for the clusters of one test, agents on demand, and the end of all that the test started, passed
/// or failed. Only for tests of the collection "agents": it sets an environment variable of the process.
/// </summary>
internal sealed class AgentScope : IAsyncDisposable
{
    private readonly string? _before = Environment.GetEnvironmentVariable("RAFTKV_HOME");
    private readonly List<AgentSpec> _agents = [];

    public AgentScope()
    {
        Home = Directory.CreateTempSubdirectory("raftkv-test-").FullName;
        Environment.SetEnvironmentVariable("RAFTKV_HOME", Home);
    }

    public string Home { get; }

    public async Task<(AgentSpec Spec, AgentClient Client)> StartAgentAsync()
    {
        var agent = await LocalAgent.StartAsync(new LocalAgentOptions { Directory = Path.Combine(Home, $"agent{_agents.Count}") });
        _agents.Add(agent);
        return (agent, new AgentClient(agent));
    }

    /// <summary>A config for one server of a cluster of its own.</summary>
    public ServerConfig Config(int port, string directory = "n1", string? clusterId = null) => new()
    {
        ClusterId = clusterId ?? Guid.NewGuid().ToString("N"),
        ClusterName = "alone",
        Id = 1,
        Name = "n1",
        Members = [new PeerConfig(1, "n1", new Uri($"http://127.0.0.1:{port}"))],
        DataPath = Path.Combine(Home, directory),
        Port = port,
        ChaosToken = "0123456789abcdef",
    };

    /// <summary>Waits for a process to end; false when it still runs after a long time.</summary>
    public static async Task<bool> HasEndedAsync(int processId)
    {
        try
        {
            using var process = Process.GetProcessById(processId);
            using var patience = new CancellationTokenSource(Patience.Limit);
            await process.WaitForExitAsync(patience.Token);
            return true;
        }
        catch (ArgumentException)
        {
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var cluster in LocalCluster.List())
        {
            await LocalCluster.RemoveAsync(cluster);
        }

        foreach (var agent in _agents)
        {
            await LocalAgent.StopAsync(agent, StopMode.Kill);
        }

        Environment.SetEnvironmentVariable("RAFTKV_HOME", _before);
        Directory.Delete(Home, recursive: true);
    }
}
