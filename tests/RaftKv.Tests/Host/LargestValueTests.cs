using RaftKv.Api;
using RaftKv.Api.Clients;
using RaftKv.Api.Clusters;
using RaftKv.Api.Launch;

namespace RaftKv.Tests.Host;

/// <summary>
/// A key and value that are together as large as the limit allows survive all that a value goes through. With the largest
/// limit there is, when asked: <c>RAFTKV_FULL=1 dotnet test -c Release --filter "FullyQualifiedName~LargestValue"</c>.
/// </summary>
[Collection(AgentsCollection.Name)]
public sealed class LargestValueTests
{
    private const int Mebibyte = 1024 * 1024;

    [Theory]
    [InlineData(Mebibyte)]
    [InlineData(32 * Mebibyte)]
    public async Task Value_AtTheLimit_SurvivesRestartSnapshotScanAndANewMember(int limit)
    {
        Assert.SkipUnless(limit == Mebibyte || Environment.GetEnvironmentVariable("RAFTKV_FULL") == "1", "Set RAFTKV_FULL=1 to try 32 MiB.");
        await using var scope = new AgentScope();
        var spec = await LocalCluster.StartAsync(new LaunchOptions
        {
            ServerCount = 1,
            DataPath = Path.Combine(scope.Home, "data"),
            Options = new ServerOptions { MaxValueBytes = limit },
        });
        await using var client = new ClusterClient(spec, new ClientOptions { Deadline = TimeSpan.FromSeconds(60) });
        await using var kv = client.CreateKvClient();
        var key = "largest"u8.ToArray();
        var value = new byte[limit - key.Length];
        new Random(1).NextBytes(value);

        Assert.Equal(1, (await kv.PutAsync(key, value)).Version);
        var refused = await Assert.ThrowsAsync<RaftKvException>(() => kv.PutAsync(key, new byte[value.Length + 1]));
        Assert.Equal(ErrorKind.ValueTooLarge, refused.Kind);

        await client.Admin.CheckpointAsync(1);
        await kv.PutAsync("larger"u8.ToArray(), value);
        await RestartAsync(client);
        RequireSame(value, await kv.GetAsync(key), "the snapshot");
        RequireSame(value, await kv.GetAsync("larger"u8.ToArray()), "the log");
        var pages = new List<string>();
        await foreach (var pair in kv.ScanAsync("l"u8.ToArray()))
        {
            pages.Add(System.Text.Encoding.UTF8.GetString(pair.Key));
            RequireSame(value, pair, "a page of a scan");
        }

        Assert.Equal(["larger", "largest"], pages);

        var added = await ClusterMembership.AddLearnerAsync(client, Patience.Limit);
        await Eventually.GetAsync("the new member to have all", async () =>
            (await client.Admin.GetStatusAsync(added.Id)).StateHash == (await client.Admin.GetStatusAsync(1)).StateHash ? "all" : null);
        RequireSame(value, await kv.GetAsync(key, Consistency.Stale, added.Id), "the new member");
    }

    private static void RequireSame(byte[] value, KvPair? read, string from) =>
        Assert.True(read is not null && value.AsSpan().SequenceEqual(read.Value), $"Another value came from {from}.");

    private static async Task RestartAsync(ClusterClient client)
    {
        await client.AgentOf(1).StopAsync(client.Spec.ClusterId, 1, StopMode.Kill);
        await client.AgentOf(1).StartAsync(client.Spec.ClusterId, 1, Patience.Limit);
    }
}
