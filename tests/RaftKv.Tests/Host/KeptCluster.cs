using System.Text;
using RaftKv.Api;
using RaftKv.Api.Clients;
using RaftKv.Api.Clusters;
using RaftKv.Api.Launch;

namespace RaftKv.Tests.Host;

/// <summary>A cluster "kept" with its data under a test's home, and one pair in it.</summary>
internal static class KeptCluster
{
    public const string Value = "value";

    public static byte[] Key => "key"u8.ToArray();

    /// <summary>Where its data lies.</summary>
    public static string DataOf(AgentScope scope) => Path.Combine(scope.Home, "data");

    /// <summary>Starts it, sets the pair until the servers' logs have it, and stops it again.</summary>
    public static async Task<ClusterSpec> MakeAsync(AgentScope scope, LaunchOptions options)
    {
        var spec = await LocalCluster.StartAsync(options with { Name = "kept", DataPath = DataOf(scope) });
        await using (var client = new ClusterClient(spec, new ClientOptions { Deadline = Patience.Limit }))
        {
            await using var kv = client.CreateKvClient();
            for (var i = 0; i < 3; i++)
            {
                await kv.PutAsync(Key, Encoding.UTF8.GetBytes(Value));
            }

            await Eventually.GetAsync("all have the log", async () => (await client.Admin.GetAllStatusAsync()).Values is var all
                && all.All(s => s?.LastIndex == all.Max(other => other?.LastIndex)) ? all : null);
        }

        await LocalCluster.StopAsync(spec);
        return spec;
    }

    /// <summary>The value that it has, or null.</summary>
    public static async Task<string?> ReadAsync(ClusterSpec spec)
    {
        await using var client = new ClusterClient(spec, new ClientOptions { Deadline = Patience.Limit });
        await using var kv = client.CreateKvClient();
        return await kv.GetAsync(Key) is { } pair ? Encoding.UTF8.GetString(pair.Value) : null;
    }
}
