using System.Text;
using RaftKv.Api;
using RaftKv.Api.Backups;
using RaftKv.Api.Clients;
using RaftKv.Api.Launch;

namespace RaftKv.Tests.Host;

/// <summary>Clusters that begin with a backup: what they have, and that nothing of the old cluster's clients reaches them.</summary>
[Collection(AgentsCollection.Name)]
public sealed class RestoredClusterTests
{
    private static readonly ClientOptions Patient = new() { Deadline = TimeSpan.FromSeconds(30) };

    [Fact]
    public async Task Restore_HasWhatWasAcknowledged_AndTakesNothingForAResend()
    {
        await using var scope = new AgentScope();
        var path = Path.Combine(scope.Home, "old.raftbackup");
        var old = await LocalCluster.StartAsync(new LaunchOptions { Name = "old", ServerCount = 3 });
        long session;
        await using (var client = new ClusterClient(old, Patient))
        {
            var named = client.CreateNamedWriteClient();
            session = await named.OpenSessionAsync();
            await named.PutAsync(session, 1, "key", "first");
            var taken = await ClusterBackup.TakeAsync(client, path, replace: false);
            Assert.True(taken.IsComplete);
            Assert.Equal((old.ClusterId, "old", 3), (taken.ClusterId, taken.ClusterName, taken.ServerCount));
            await named.PutAsync(session, 2, "key", "second");
        }

        var restored = await LocalCluster.StartAsync(new LaunchOptions { Name = "new", ServerCount = 2, BackupPath = path });
        await using (var client = new ClusterClient(restored, Patient))
        {
            Assert.NotEqual(old.ClusterId, restored.ClusterId);
            await using var kv = client.CreateKvClient();
            var pair = await kv.GetAsync("key"u8.ToArray());
            Assert.Equal(("first", 1), (Encoding.UTF8.GetString(pair!.Value), pair.Version));

            // The old session's writes, sent again here, are neither repeated nor answered from its memory.
            var replay = await Assert.ThrowsAsync<RaftKvException>(() => client.CreateNamedWriteClient().PutAsync(session, 2, "key", "second"));
            Assert.Equal(ErrorKind.OutcomeUnknown, replay.Kind);
            var first = await Assert.ThrowsAsync<RaftKvException>(() => client.CreateNamedWriteClient().PutAsync(session, 1, "key", "first"));
            Assert.Equal(ErrorKind.OutcomeUnknown, first.Kind);
            Assert.Equal("first", Encoding.UTF8.GetString((await kv.GetAsync("key"u8.ToArray()))!.Value));
            Assert.Equal(2, (await kv.PutAsync("key"u8.ToArray(), "third"u8.ToArray())).Version);
        }

        await using (var stranger = new ClusterClient(restored with { ClusterId = old.ClusterId }, Patient))
        {
            var refused = await Assert.ThrowsAsync<RaftKvException>(() => stranger.CreateNamedWriteClient().PutAsync(session, 2, "key", "second"));
            Assert.Equal(ErrorKind.WrongCluster, refused.Kind);
        }

        await LocalCluster.StopAsync(restored);
        await LocalCluster.StopAsync(old);
    }

    [Fact]
    public async Task Restore_UnderTheNameOfAStoppedCluster_IsRefusedAndLeavesItsData()
    {
        await using var scope = new AgentScope();
        var path = Path.Combine(scope.Home, "old.raftbackup");
        var data = Path.Combine(scope.Home, "data");
        var old = await LocalCluster.StartAsync(new LaunchOptions { Name = "old", ServerCount = 1, DataPath = data });
        await using (var client = new ClusterClient(old, Patient))
        {
            await ClusterBackup.TakeAsync(client, path, replace: false);
        }

        await LocalCluster.StopAsync(old);
        var refused = await Assert.ThrowsAsync<RaftKvException>(() => LocalCluster.StartAsync(new LaunchOptions { Name = "old", ServerCount = 3, BackupPath = path }));
        Assert.Equal(ErrorKind.InvalidArgument, refused.Kind);
        Assert.Contains("choose another name", refused.Message, StringComparison.Ordinal);
        Assert.True(Directory.Exists(Path.Combine(data, "n1", "log")));
    }

    /// <summary>On agents that were given, which forget a server that was removed, and all of a stopped cluster.</summary>
    [Fact]
    public async Task Restore_OnGivenAgents_HasTheValues_AndItsRemovalLeavesNothingThere()
    {
        await using var scope = new AgentScope();
        var (agent, agentClient) = await scope.StartAgentAsync();
        var path = Path.Combine(scope.Home, "old.raftbackup");
        var data = Path.Combine(scope.Home, "orders");
        var old = await LocalCluster.StartAsync(new LaunchOptions { Name = "old", ServerCount = 1 });
        await using (var client = new ClusterClient(old, Patient))
        {
            await using var kv = client.CreateKvClient();
            await kv.PutAsync("key"u8.ToArray(), "value"u8.ToArray());
            await ClusterBackup.TakeAsync(client, path, replace: false);
        }

        var restored = await LocalCluster.StartAsync(
            new LaunchOptions { Name = "new", ServerCount = 1, BackupPath = path, Agents = [agent], DataPath = data });
        await using (var client = new ClusterClient(restored, Patient))
        {
            await using var kv = client.CreateKvClient();
            Assert.Equal("value", Encoding.UTF8.GetString((await kv.GetAsync("key"u8.ToArray()))!.Value));
            await ClusterMembership.AddLearnerAsync(client, Patience.Limit);
            await ClusterMembership.RemoveAsync(client, 2);
            restored = client.Spec;
        }

        Assert.Equal([1], (await agentClient.ListAsync()).Select(s => s.ServerId));
        await LocalCluster.StopAsync(restored);
        Assert.Equal(["n1", "n2"], Directory.GetDirectories(data).Select(Path.GetFileName).Order());
        Directory.CreateDirectory(Path.Combine(data, "of the user"));
        await LocalCluster.RemoveAsync(restored);
        Assert.Equal(["of the user"], Directory.GetDirectories(data).Select(Path.GetFileName));
    }

    [Fact]
    public async Task SaveBest_WhereTheBestCopyIsDamaged_TakesTheNextAndSaysSo()
    {
        await using var scope = new AgentScope();
        var data = Path.Combine(scope.Home, "data");
        var spec = await LocalCluster.StartAsync(new LaunchOptions { Name = "lost", ServerCount = 3, DataPath = data });
        await using (var client = new ClusterClient(spec, Patient))
        {
            await using var kv = client.CreateKvClient();
            await kv.PutAsync("key"u8.ToArray(), "value"u8.ToArray());
            foreach (var server in spec.Servers)
            {
                await Eventually.GetAsync($"the key at {server.Name}", async () => (await client.Admin.GetStatusAsync(server.Id)).KeyCount == 1 ? "there" : null);
                await client.Admin.CheckpointAsync(server.Id);
            }
        }

        await LocalCluster.StopAsync(spec);
        var path = Path.Combine(scope.Home, "best.raftbackup");
        var (best, _) = await SurvivingCopies.SaveBestAsync(spec, path, replace: false);
        var snapshot = Directory.GetFiles(Path.Combine(data, best.ServerName, "snapshots"), "*.snap").Max(StringComparer.Ordinal)!;
        var bytes = await File.ReadAllBytesAsync(snapshot);
        bytes[^10] ^= 1;
        await File.WriteAllBytesAsync(snapshot, bytes);

        var (next, loss) = await SurvivingCopies.SaveBestAsync(spec, path, replace: true);

        Assert.NotEqual(best.ServerName, next.ServerName);
        Assert.Contains(loss, l => l.StartsWith($"The copy of {best.ServerName} ", StringComparison.Ordinal) && l.Contains(snapshot, StringComparison.Ordinal));
        Assert.Contains(loss, l => l.StartsWith("2 of 3 voters' copies are left, which is a majority", StringComparison.Ordinal));
    }
}
