using Google.Protobuf;
using Grpc.Health.V1;
using RaftKv.Api.Protocol;
using RaftKv.Core.Consensus;

namespace RaftKv.Tests.Host;

/// <summary>Whole servers over loopback: what a cluster promises to its clients.</summary>
[Collection(ServersCollection.Name)]
public sealed partial class ServerTests
{
    [Fact]
    public async Task ThreeServers_ElectReplicateAndServeReadsEverywhere()
    {
        await using var cluster = await TestCluster.StartAsync(3);

        var written = await cluster.PutAsync("greeting", "hello"u8.ToArray());

        Assert.Equal(1, written.Version);
        foreach (var id in cluster.Configs.Keys)
        {
            Assert.Equal("hello"u8.ToArray(), await cluster.GetAsync(id, "greeting"));
        }
    }

    [Fact]
    public async Task E14_OneServer_ElectsItselfAndServes()
    {
        await using var cluster = await TestCluster.StartAsync(1);

        await cluster.PutAsync("k", [1]);

        Assert.Equal([1], await cluster.GetAsync(1, "k", Consistency.Lease));
        Assert.Null(await cluster.GetAsync(1, "absent"));
    }

    [Fact]
    public async Task LargestValue_PassesThroughChunksToAllServers()
    {
        await using var cluster = await TestCluster.StartAsync(3);
        var value = MessageSamples.Bytes((4 * 1024 * 1024) - 5, seed: 1);

        await cluster.PutAsync("large", value);

        foreach (var id in cluster.Configs.Keys)
        {
            var read = await cluster.GetAsync(id, "large");
            Assert.True(value.AsSpan().SequenceEqual(read));
        }
    }

    [Fact]
    public async Task Restart_OneServer_CatchesUpWithWhatItMissed()
    {
        await using var cluster = await TestCluster.StartAsync(3);
        await cluster.PutAsync("before", [1]);
        var follower = cluster.Configs.Keys.First(id => id != cluster.LeaderAsync().Result);
        await cluster.StopServerAsync(follower);
        await cluster.PutAsync("while away", [2]);

        await cluster.StartServerAsync(follower);

        Assert.Equal([1], await cluster.GetAsync(follower, "before"));
        Assert.Equal([2], await cluster.GetAsync(follower, "while away"));
    }

    [Fact]
    public async Task Restart_AllServers_KeepWhatWasAcknowledged()
    {
        await using var cluster = await TestCluster.StartAsync(3);
        await cluster.PutAsync("kept", [7]);
        foreach (var id in cluster.Configs.Keys)
        {
            await cluster.StopServerAsync(id);
        }

        await Task.WhenAll(cluster.Configs.Keys.Select(cluster.StartServerAsync));

        Assert.Equal([7], await cluster.GetAsync(await cluster.LeaderAsync(), "kept"));
    }
    [Fact]
    public async Task Status_TellsWhatAServerIs()
    {
        await using var cluster = await TestCluster.StartAsync(3);
        await cluster.PutAsync("k", [1]);
        var leader = 0;

        var status = await Eventually.GetAsync("a leader's status with both peers connected", async () =>
        {
            leader = await cluster.LeaderAsync();
            var reply = await cluster.Admin(leader).StatusAsync(new StatusRequest { Header = cluster.Header });
            return reply.Role == ServerRole.Leader && reply.Peers.All(p => p.Connected) ? reply : null;
        });

        Assert.Equal((leader, $"n{leader}"), (status.ServerId, status.Name));
        Assert.Equal((cluster.ClusterId, Environment.ProcessId, 1L), (status.ClusterId, status.ProcessId, status.KeyCount));
        Assert.Equal(2, status.Peers.Count);
        Assert.True(status.Term > 0 && status.Revision > 0 && status.CommitIndex >= status.AppliedIndex && status.StateHash != 0);
        Assert.True(File.Exists(status.LogPath));

        // The code and not the commit: 16 digits of a hash, where a commit would have 40.
        Assert.Matches("^[0-9.]+\\+[0-9a-f]{16}$", status.Build);
    }

    [Fact]
    public async Task I3_AllServers_HaveTheSameStateHashAtTheSameIndex()
    {
        await using var cluster = await TestCluster.StartAsync(3);
        for (var i = 0; i < 20; i++)
        {
            await cluster.PutAsync($"key {i % 7}", [(byte)i]);
        }

        var hashes = await Task.WhenAll(cluster.Configs.Keys.Select(id => Eventually.GetAsync($"server {id} caught up", () =>
        {
            var view = cluster.Server(id).Node.View;
            return Task.FromResult(view.Revision == cluster.Configs.Keys.Max(i => cluster.Server(i).Node.View.Revision) && view.Count == 7
                ? (object)view.StateHash
                : null);
        })));

        Assert.Single(hashes.Distinct());
    }

    [Fact]
    public async Task ReadLog_ShowsEntriesWithTheirCommands()
    {
        await using var cluster = await TestCluster.StartAsync(1);
        await cluster.PutAsync("seen", [9, 9]);

        var page = await cluster.Admin(1).ReadLogAsync(new ReadLogRequest { Header = cluster.Header, FirstIndex = 1, MaxCount = 10 });

        Assert.Equal(nameof(EntryKind.NoOp), page.Records[0].Kind);
        var put = page.Records.Single(r => r.Kind == "Put");
        Assert.Equal(("seen", true), (put.Key.ToStringUtf8(), put.Committed));
        Assert.Equal([9, 9], put.Value.ToByteArray());
        Assert.Equal(page.Records[^1].Index, page.LastIndex);
    }

    [Fact]
    public async Task Health_SaysServing()
    {
        await using var cluster = await TestCluster.StartAsync(1);

        var reply = await new Health.HealthClient(cluster.Channel(1)).CheckAsync(new HealthCheckRequest());

        Assert.Equal(HealthCheckResponse.Types.ServingStatus.Serving, reply.Status);
    }

    [Fact]
    public async Task SetLogLevel_UnknownLevel_ListsThem()
    {
        await using var cluster = await TestCluster.StartAsync(1);
        await cluster.Admin(1).SetLogLevelAsync(new SetLogLevelRequest { Header = cluster.Header, Category = "RaftKv", Level = "Debug" });

        var error = await Errors.OfAsync(
            cluster.Admin(1).SetLogLevelAsync(new SetLogLevelRequest { Header = cluster.Header, Level = "Loud" }));

        Assert.Equal(ErrorCode.InvalidArgument, error.Code);
        Assert.Contains("Warning", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Range_PagesThroughAPrefixInOrder()
    {
        await using var cluster = await TestCluster.StartAsync(1);
        for (var i = 0; i < 7; i++)
        {
            await cluster.PutAsync($"a/{i}", [(byte)i]);
        }

        await cluster.PutAsync("b", [99]);
        var keys = new List<string>();
        var request = new RangeRequest { Header = cluster.Header, Prefix = ByteString.CopyFromUtf8("a/"), Limit = 3 };
        do
        {
            var page = await cluster.KeyValue(1).RangeAsync(request);
            keys.AddRange(page.Pairs.Select(p => p.Key.ToStringUtf8()));
            request.From = page.Next;
        }
        while (!request.From.IsEmpty);

        Assert.Equal(Enumerable.Range(0, 7).Select(i => $"a/{i}"), keys);
    }

    [Fact]
    public async Task X1_SameSequenceTwice_IsAppliedOnce()
    {
        await using var cluster = await TestCluster.StartAsync(1);
        await cluster.LeaderAsync();
        var session = await cluster.KeyValue(1).OpenSessionAsync(new OpenSessionRequest { Header = cluster.Header });
        var put = new PutRequest
        {
            Header = cluster.Header,
            Key = ByteString.CopyFromUtf8("once"),
            Value = ByteString.CopyFromUtf8("v"),
            Session = new SessionStamp { SessionId = session.SessionId, Sequence = 1 },
        };

        var first = await cluster.KeyValue(1).PutAsync(put);
        var second = await cluster.KeyValue(1).PutAsync(put);

        Assert.Equal(first, second);
        Assert.Equal(1, second.Version);
    }
}
