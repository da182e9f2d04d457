using System.Text;
using RaftKv.Api;
using RaftKv.Api.Backups;
using RaftKv.Api.Clusters;

namespace RaftKv.Tests.Host;

/// <summary>Clusters that begin with a backup: what they have, and that nothing of the old cluster's clients reaches them.</summary>
[Collection("servers")]
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
        var refused = await Assert.ThrowsAsync<RaftKvException>(() => LocalCluster.StartAsync(new LaunchOptions { Name = "old", ServerCount = 1, BackupPath = path }));
        Assert.Equal(ErrorKind.InvalidArgument, refused.Kind);
        Assert.True(Directory.Exists(Path.Combine(data, "n1", "log")));
    }
}
