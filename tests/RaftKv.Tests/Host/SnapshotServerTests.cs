using Google.Protobuf;
using Grpc.Core;
using RaftKv.Api.Protocol;

namespace RaftKv.Tests.Host;

/// <summary>Snapshots between whole servers over loopback.</summary>
[Collection(ServersCollection.Name)]
public sealed class SnapshotServerTests
{
    [Fact]
    public async Task ServerThatWasDownWhileTheLogWasCompacted_CatchesUpBySnapshot_S4()
    {
        await using var cluster = await TestCluster.StartAsync(3, c => c with { Options = c.Options with { SnapshotTrailingEntries = 0 } });
        var leader = await cluster.LeaderAsync();
        var behind = cluster.Configs.Keys.First(id => id != leader);
        await cluster.StopServerAsync(behind);
        for (var i = 0; i < 8; i++)
        {
            await cluster.PutAsync($"k{i}", MessageSamples.Bytes(300_000, i));
        }

        var taken = await cluster.Admin(leader).CheckpointAsync(new CheckpointRequest { Header = cluster.Header });
        var status = await cluster.Admin(leader).StatusAsync(new StatusRequest { Header = cluster.Header });
        Assert.Equal((status.AppliedIndex, status.AppliedIndex + 1), (taken.SnapshotIndex, status.FirstIndex));
        Assert.Equal((taken.SnapshotIndex, taken.SnapshotTerm), (status.SnapshotIndex, status.SnapshotTerm));
        await cluster.StartServerAsync(behind);
        Assert.Equal(MessageSamples.Bytes(300_000, 7), await cluster.GetAsync(behind, "k7"));
        Assert.Equal(MessageSamples.Bytes(300_000, 0), await cluster.GetAsync(behind, "k0", Consistency.Stale));
        var caughtUp = await cluster.Admin(behind).StatusAsync(new StatusRequest { Header = cluster.Header });
        Assert.True(caughtUp.SnapshotIndex >= taken.SnapshotIndex);
    }

    [Fact]
    public async Task ResendAfterARestartFromASnapshot_GivesTheSameReply_X1_S8()
    {
        await using var cluster = await TestCluster.StartAsync(1, c => c with { Options = c.Options with { SnapshotTrailingEntries = 0 } });
        await cluster.PutAsync("before", [1]);
        var session = await cluster.KeyValue(1).OpenSessionAsync(new OpenSessionRequest { Header = cluster.Header });
        var request = new PutRequest
        {
            Header = cluster.Header,
            Session = new SessionStamp { SessionId = session.SessionId, Sequence = 1 },
            Key = ByteString.CopyFromUtf8("k"),
            Value = ByteString.CopyFromUtf8("once"),
        };
        var first = await cluster.KeyValue(1).PutAsync(request);
        await cluster.Admin(1).CheckpointAsync(new CheckpointRequest { Header = cluster.Header });
        await cluster.StopServerAsync(1);
        await cluster.StartServerAsync(1);
        await cluster.LeaderAsync();
        Assert.Equal(first, await cluster.KeyValue(1).PutAsync(request));
        Assert.Equal("once"u8.ToArray(), await cluster.GetAsync(1, "k"));
    }

    [Fact]
    public async Task Checkpoint_OfAServerWithAJsonLog_IsRefusedWithTheWayOut()
    {
        await using var cluster = await TestCluster.StartAsync(1, c => c with { Options = c.Options with { Storage = "Json" } });
        await cluster.PutAsync("k", [1]);
        var refusal = await Assert.ThrowsAsync<RpcException>(
            async () => await cluster.Admin(1).CheckpointAsync(new CheckpointRequest { Header = cluster.Header }));
        Assert.Contains("Storage = Wal", refusal.Status.Detail, StringComparison.Ordinal);
    }
}
