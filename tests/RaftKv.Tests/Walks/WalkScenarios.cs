using System.Diagnostics;
using System.Text;
using RaftKv.Api.Clients;
using RaftKv.Api.Clusters;
using RaftKv.Api.Views;
using RaftKv.Evaluation.Cells;
using RaftKv.Evaluation.Runs;
using RaftKv.Tests.Host;

namespace RaftKv.Tests.Walks;

/// <summary>
/// What is followed. Each does it several times, between two marks: a heartbeat or a timer may walk through the same methods
/// meanwhile, but not every time. Run among woven copies, where this assembly is loaded a second time.
/// </summary>
internal static class WalkScenarios
{
    /// <summary>Said before and after each attempt.</summary>
    public const string Begin = "begin", End = "end";

    private const int Attempts = 20;

    /// <summary>Puts a pair at the only server of a cluster.</summary>
    public static async Task PutAsync()
    {
        await using var cluster = await TestCluster.StartAsync(1);
        await cluster.LeaderAsync();
        await using var client = new ClusterClient(SpecOf(cluster));
        await using var kv = client.CreateKvClient(gatherWrites: true);
        await kv.PutAsync("first"u8.ToArray(), "opens the session"u8.ToArray());
        await RepeatAsync(Attempts, number => kv.PutAsync(Encoding.UTF8.GetBytes($"k{number}"), "v"u8.ToArray()));
    }

    /// <summary>Makes a link slow and sends over it.</summary>
    public static async Task LinkAsync()
    {
        await using var cluster = await TestCluster.StartAsync(2);
        await cluster.LeaderAsync();
        await using var client = new ClusterClient(SpecOf(cluster));
        await using var kv = client.CreateKvClient();
        await kv.PutAsync("first"u8.ToArray(), "opens the session"u8.ToArray());
        await RepeatAsync(Attempts, async number =>
        {
            await client.UpdateLinksAsync([new LinkView(1, 2) { DelayMs = number + 1 }, new LinkView(2, 1) { DelayMs = number + 1 }]);
            await kv.PutAsync("k"u8.ToArray(), "v"u8.ToArray());
        });
    }

    /// <summary>Runs one cell of an experiment.</summary>
    public static async Task RowAsync()
    {
        using var results = new TemporaryDirectory();
        await using var cluster = await TestCluster.StartAsync(3, config => config with { Options = new ServerOptions() });
        await cluster.LeaderAsync();
        var request = new ExperimentRequest
        {
            CsvPath = results.File("latency.csv"),
            Cluster = SpecOf(cluster),
            Presets = [new ExperimentPreset("Default", ServerOptions.Default)],
            ServerCounts = [3],
            Repetitions = 1,
        };
        await RepeatAsync(1, _ => ExperimentRunner.RunAsync(["Latency"], request));
    }

    private static ClusterSpec SpecOf(TestCluster cluster) => new()
    {
        Name = "walk",
        ClusterId = cluster.ClusterId,
        Servers = [.. cluster.Configs.Values.Select(config => new ServerSpec(config.Id, config.Name, config.Members.Single(m => m.Id == config.Id).Endpoint))],
        ChaosToken = TestCluster.ChaosToken,
        Options = cluster.Configs[1].Options,
    };

    private static async Task RepeatAsync(int attempts, Func<int, Task> act)
    {
        for (var number = 0; number < attempts; number++)
        {
            Trace.WriteLine(Begin, WovenContext.Category);
            await act(number);
            Trace.WriteLine(End, WovenContext.Category);
        }
    }
}
