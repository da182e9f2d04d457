using System.Security.Cryptography;
using Grpc.Core;
using RaftKv.Api.Clusters;
using RaftKv.Api.Protocol;
using RaftKv.Core.Consensus;
using RaftKv.Engine.Storage;
using RaftKv.Node;
using RaftKv.Node.Options;
using Wire = RaftKv.Api.Protocol.Peers;

namespace RaftKv.Tests.Host;

/// <summary>Servers that come under an id with another directory than the cluster knows, and lists that change (P7, M7).</summary>
[Collection(ServersCollection.Name)]
public sealed class IdentityTests
{
    /// <summary>A server that lost its directory and was made again under its old id, as if somebody ran init again.</summary>
    private static void Replace(TestCluster cluster, int id)
    {
        var config = cluster.Configs[id];
        Directory.Delete(config.DataPath, recursive: true);
        NodeIdentity.Create(
            RealDisk.Instance, config.DataPath, cluster.ClusterId, id, BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(8)));
    }

    /// <summary>Lists that name the directory of each server, as agents write them.</summary>
    private static void ListIncarnations(TestCluster cluster)
    {
        PeerConfig[] members = [.. cluster.Configs.Values.First().Members.Select(m => m with
        {
            Incarnation = NodeIdentity.Read(RealDisk.Instance, cluster.Configs[m.Id].DataPath).Incarnation,
        })];
        foreach (var id in cluster.Configs.Keys.ToList())
        {
            cluster.Configs[id] = cluster.Configs[id] with { Members = members };
        }
    }

    private static Task<string> LoggedAsync(TestCluster cluster, int id, string text) => Eventually.GetAsync($"n{id} writes down '{text}'", async () =>
    {
        await using var stream = new FileStream(
            Path.Combine(cluster.Configs[id].DataPath, ServerFiles.TextLog), FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using var reader = new StreamReader(stream);
        return (await reader.ReadToEndAsync()).Contains(text, StringComparison.Ordinal) ? "found" : null;
    });

    /// <summary>
    /// Servers 1 and 3 acknowledge a write while 2 is down; then 3 loses its directory. A majority of intact disks is
    /// there, but 2 and the empty 3 must not answer for it, though all were restarted since they met.
    /// </summary>
    [Fact]
    public async Task P7_H1_ServerThatLostItsDirectory_ElectsNobodyUnderItsOldId()
    {
        await using var cluster = await TestCluster.StartAsync(3);
        await cluster.LeaderAsync();
        await cluster.PutAsync("before", [1]);
        await cluster.GetAsync(2, "before");
        await cluster.StopServerAsync(2);
        await cluster.PutAsync("acknowledged", [2]);
        await cluster.StopServerAsync(1);
        await cluster.StopServerAsync(3);
        Replace(cluster, 3);

        await cluster.StartServerAsync(2);
        await cluster.StartServerAsync(3);
        await LoggedAsync(cluster, 3, "its data directory was replaced");
        await LoggedAsync(cluster, 2, "Does not talk to what answers for n3");
        var read = await Assert.ThrowsAsync<RpcException>(async () => await cluster.KeyValue(2).GetAsync(
            new GetRequest { Header = cluster.Header, Key = Google.Protobuf.ByteString.CopyFromUtf8("acknowledged") },
            deadline: DateTime.UtcNow.AddSeconds(5)));
        Assert.Contains(read.StatusCode, new[] { StatusCode.Unavailable, StatusCode.DeadlineExceeded });

        await cluster.StartServerAsync(1);
        Assert.Equal([2], await cluster.GetAsync(2, "acknowledged"));
    }

    /// <summary>A directory that the list names is its server's, whenever it comes for the first time; another one is not.</summary>
    [Fact]
    public async Task P7_H1_ListedDirectoryThatWasNeverMet_StartsHoweverLateAndNoOther()
    {
        await using var cluster = TestCluster.Prepare(4);
        ListIncarnations(cluster);
        foreach (var id in new[] { 1, 2, 3 })
        {
            await cluster.StartServerAsync(id);
        }

        await cluster.PutAsync("k", [1]);
        var kept = cluster.Configs[4].DataPath + "-kept";
        Directory.Move(cluster.Configs[4].DataPath, kept);
        Directory.CreateDirectory(cluster.Configs[4].DataPath);
        Replace(cluster, 4);
        var itself = await Assert.ThrowsAsync<StartException>(() => cluster.StartServerAsync(4));
        Assert.Contains("is not the directory of this server", itself.Message, StringComparison.Ordinal);

        // Nor when its own list does not tell it.
        var listed = cluster.Configs[4];
        Replace(cluster, 4);
        cluster.Configs[4] = listed with { Members = [.. listed.Members.Select(m => m with { Incarnation = 0 })] };
        await cluster.StartServerAsync(4);
        await LoggedAsync(cluster, 4, "its data directory was replaced");
        await LoggedAsync(cluster, 1, "Does not talk to what answers for n4");
        await cluster.StopServerAsync(4);

        Directory.Delete(listed.DataPath, recursive: true);
        Directory.Move(kept, listed.DataPath);
        cluster.Configs[4] = listed;
        await cluster.StartServerAsync(4);
        Assert.Equal([1], await cluster.GetAsync(4, "k"));
    }

    /// <summary>
    /// A server that is let in because no list names it is looked at again once one does: a stream that an addition left behind
    /// says nothing more, and the id was not burnt for the server that got it.
    /// </summary>
    [Fact]
    public async Task M7_H1_FailedAddition_BurnsNoIdAndItsServerFallsSilent()
    {
        await using var cluster = await TestCluster.StartAsync(1);
        await cluster.LeaderAsync();
        using var patience = new CancellationTokenSource(Patience.Limit);
        Wire.Hello From4(ulong incarnation) => new()
        {
            ClusterId = cluster.ClusterId,
            From = 4,
            To = 1,
            Incarnation = incarnation,
            Endpoint = $"http://127.0.0.1:{TestCluster.FreePorts(1)[0]}",
        };
        async Task<AsyncDuplexStreamingCall<Wire.Frame, Wire.Welcome>> Greet(Wire.Hello hello)
        {
            var call = new Wire.Raft.RaftClient(cluster.Channel(1)).Control();
            await call.RequestStream.WriteAsync(new Wire.Frame { Hello = hello });
            Assert.True(await call.ResponseStream.MoveNext(patience.Token));
            return call;
        }

        var vote = new Wire.Frame
        {
            Messages = { new Wire.Envelope { Term = 1, PreVoteRequest = new Wire.PreVoteRequest { Last = new Wire.EntryId() } } },
        };
        using var failed = await Greet(From4(0xA1));
        await failed.RequestStream.WriteAsync(vote);
        using var later = await Greet(From4(0xB2));
        await cluster.Admin(1).AddMemberAsync(
            new AddMemberRequest { Header = cluster.Header, ServerId = 4, Endpoint = From4(0).Endpoint, Incarnation = 0xB2 });

        await failed.RequestStream.WriteAsync(vote);
        var refusal = await Assert.ThrowsAsync<RpcException>(() => failed.ResponseStream.MoveNext(patience.Token));
        Assert.Equal(ErrorCode.Denied, Errors.Of(refusal).Code);
        await later.RequestStream.WriteAsync(vote);
        await later.RequestStream.CompleteAsync();
        Assert.False(await later.ResponseStream.MoveNext(patience.Token));
        Assert.Equal(0xB2ul, (await cluster.Admin(1).StatusAsync(new StatusRequest { Header = cluster.Header })).Members[^1].Incarnation);
    }

    /// <summary>
    /// The list that an agent writes shrinks as servers join and leave: after four and five joined and one and two left it
    /// names three alone as a founder. What three began with lies on its disk, and it does not lead alone.
    /// </summary>
    [Fact]
    public async Task M7_H5_StartUpListOfARestartedServer_DoesNotReplaceItsMembership()
    {
        await using var cluster = await TestCluster.StartAsync(3);
        await cluster.LeaderAsync();
        await cluster.PutAsync("k", [1]);
        await cluster.GetAsync(3, "k");
        foreach (var id in new[] { 1, 2, 3 })
        {
            await cluster.StopServerAsync(id);
        }

        cluster.Configs[3] = cluster.Configs[3] with
        {
            Members = [.. cluster.Configs[3].Members.Select(m => m.Id == 3 ? m : m with { Joined = true })],
        };
        var begun = DateTime.UtcNow;
        await cluster.StartServerAsync(3);
        await Eventually.HoldsAsync(
            "server 3 has had the time of six elections",
            () => cluster.Server(3).Node.Status.Role == Role.Leader || DateTime.UtcNow > begun + TimeSpan.FromSeconds(3));
        Assert.NotEqual(Role.Leader, cluster.Server(3).Node.Status.Role);
        Assert.Equal("n1 n2 n3", cluster.Server(3).Node.Status.Configuration.ToString());

        await cluster.StartServerAsync(1);
        Assert.Equal([1], await cluster.GetAsync(3, "k"));
    }
}
