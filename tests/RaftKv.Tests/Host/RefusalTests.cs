using Google.Protobuf;
using Grpc.Core;
using RaftKv.Api.Protocol;
using RaftKv.Engine.Storage;
using RaftKv.Node;
using RaftKv.Node.Options;
using RaftKv.Node.Serving;
using Wire = RaftKv.Api.Protocol.Peers;

namespace RaftKv.Tests.Host;

/// <summary>What servers refuse, and in which words.</summary>
[Collection(ServersCollection.Name)]
public sealed class RefusalTests
{
    private const string Stranger = "ffffffffffffffffffffffffffffffff";

    [Fact]
    public async Task M7_ClientOfAnotherCluster_IsRefusedByName()
    {
        await using var cluster = await TestCluster.StartAsync(1);

        var error = await Errors.OfAsync(cluster.KeyValue(1).PutAsync(new PutRequest
        {
            Header = new RequestHeader { ClusterId = Stranger },
            Key = ByteString.CopyFromUtf8("k"),
        }));

        Assert.Equal((ErrorCode.WrongCluster, cluster.ClusterId), (error.Code, error.ClusterId));
        Assert.Contains(Stranger, error.Message, StringComparison.Ordinal);
        Assert.Contains(cluster.ClusterId, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("cluster", nameof(ErrorCode.WrongCluster))]
    [InlineData("to", nameof(ErrorCode.ServerNotFound))]
    [InlineData("from", nameof(ErrorCode.ServerNotFound))]
    [InlineData("incarnation", nameof(ErrorCode.Denied))]
    [InlineData("nothing", nameof(ErrorCode.InvalidArgument))]
    public async Task P7_PeerThatIsNotWhatItSays_IsRefused(string wrong, string expected)
    {
        await using var cluster = await TestCluster.StartAsync(2);
        await cluster.LeaderAsync();
        var incarnation = cluster.Server(2).Node.Identity.Incarnation;
        var hello = new Wire.Hello { ClusterId = cluster.ClusterId, From = 2, To = 1, Incarnation = incarnation };
        switch (wrong)
        {
            case "cluster":
                hello.ClusterId = Stranger;
                break;
            case "to":
                hello.To = 2;
                break;
            case "from":
                hello.From = 9;
                break;
            case "incarnation":
                hello.Incarnation++;
                break;
        }

        using var call = new Wire.Raft.RaftClient(cluster.Channel(1)).Control();
        await call.RequestStream.WriteAsync(wrong == "nothing" ? new Wire.Frame() : new Wire.Frame { Hello = hello });
        var refusal = await Assert.ThrowsAsync<RpcException>(() => call.ResponseStream.MoveNext(CancellationToken.None));

        Assert.Equal((StatusCode.FailedPrecondition, expected), (refusal.StatusCode, Errors.Of(refusal).Code.ToString()));
        if (wrong == "incarnation")
        {
            Assert.Contains($"{incarnation:x16}", refusal.Status.Detail, StringComparison.Ordinal);
            Assert.Contains($"{incarnation + 1:x16}", refusal.Status.Detail, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task KeysAndValues_BeyondTheirLimits_AreRefusedWithTheLimit()
    {
        await using var cluster = await TestCluster.StartAsync(1, c => c with { Options = c.Options with { MaxValueBytes = 1000 } });
        var client = cluster.KeyValue(1);

        var empty = await Errors.OfAsync(client.PutAsync(new PutRequest { Header = cluster.Header }));
        var longKey = await Errors.OfAsync(client.PutAsync(new PutRequest { Header = cluster.Header, Key = Bytes(4097) }));
        var large = await Errors.OfAsync(client.PutAsync(new PutRequest { Header = cluster.Header, Key = Bytes(1), Value = Bytes(1000) }));
        await cluster.LeaderAsync();
        await client.PutAsync(new PutRequest { Header = cluster.Header, Key = Bytes(1), Value = Bytes(999) });

        Assert.Equal(ErrorCode.InvalidArgument, empty.Code);
        Assert.Equal((ErrorCode.KeyTooLarge, 4096L), (longKey.Code, longKey.Limit));
        Assert.Equal((ErrorCode.ValueTooLarge, 1000L), (large.Code, large.Limit));
    }

    [Fact]
    public async Task Conditions_ThatDoNotHold_TellTheVersion()
    {
        await using var cluster = await TestCluster.StartAsync(1);
        await cluster.PutAsync("k", [1]);
        await cluster.PutAsync("k", [2]);

        var error = await Errors.OfAsync(cluster.KeyValue(1).PutAsync(new PutRequest
        {
            Header = cluster.Header,
            Key = ByteString.CopyFromUtf8("k"),
            Condition = new Condition { Version = 1 },
        }));
        var absent = await Errors.OfAsync(cluster.KeyValue(1).DeleteAsync(
            new DeleteRequest { Header = cluster.Header, Key = ByteString.CopyFromUtf8("absent") }));

        Assert.Equal((ErrorCode.VersionMismatch, 2L), (error.Code, error.ActualVersion));
        Assert.Equal(ErrorCode.KeyNotFound, absent.Code);
    }

    [Fact]
    public async Task WriteMany_SomeRefused_AnswersEachAsIfItHadComeAlone()
    {
        await using var cluster = await TestCluster.StartAsync(1);
        await cluster.PutAsync("k", [1]);
        var key = ByteString.CopyFromUtf8("k");

        var reply = await cluster.KeyValue(1).WriteManyAsync(new WriteManyRequest
        {
            Header = cluster.Header,
            Writes =
            {
                new OneWrite { Put = new PutRequest { Key = ByteString.CopyFromUtf8("other"), Value = Bytes(3) } },
                new OneWrite { Put = new PutRequest { Key = key, Condition = new Condition { Version = 7 } } },
                new OneWrite { Put = new PutRequest { Key = Bytes(4097) } },
                new OneWrite { Delete = new DeleteRequest { Key = ByteString.CopyFromUtf8("absent") } },
                new OneWrite(),
                new OneWrite { Delete = new DeleteRequest { Key = key } },
            },
        });

        Assert.Equal(1, reply.Outcomes[0].Done.Version);
        Assert.Equal(
            [ErrorCode.VersionMismatch, ErrorCode.KeyTooLarge, ErrorCode.KeyNotFound, ErrorCode.InvalidArgument],
            reply.Outcomes.Skip(1).Take(4).Select(outcome => outcome.Refusal.Detail.Code));
        Assert.Equal((1L, (int)StatusCode.FailedPrecondition), (reply.Outcomes[1].Refusal.Detail.ActualVersion, reply.Outcomes[1].Refusal.Status));
        Assert.NotNull(reply.Outcomes[5].Done);
    }

    [Fact]
    public async Task Follower_AnswersAWriteWithTheLeader()
    {
        await using var cluster = await TestCluster.StartAsync(3);
        var leader = await cluster.LeaderAsync();
        var follower = cluster.Configs.Keys.First(id => id != leader && cluster.Server(id).Node.Status.Leader.Value == leader);

        var error = await Errors.OfAsync(cluster.KeyValue(follower).PutAsync(
            new PutRequest { Header = cluster.Header, Key = ByteString.CopyFromUtf8("k") }));

        Assert.Equal((ErrorCode.NotLeader, leader), (error.Code, error.LeaderId));
    }

    [Fact]
    public async Task X4_WriteWithoutAMajority_IsUnknown()
    {
        await using var cluster = await TestCluster.StartAsync(3);
        var leader = await cluster.LeaderAsync();
        foreach (var id in cluster.Configs.Keys)
        {
            await cluster.Chaos(id).PartitionAsync(
                new PartitionRequest { Header = cluster.Header, Groups = { new Group { Servers = { leader } } } }, TestCluster.Token());
        }

        var error = await Assert.ThrowsAsync<RpcException>(async () => await cluster.KeyValue(leader).PutAsync(
            new PutRequest { Header = cluster.Header, Key = ByteString.CopyFromUtf8("k") }, deadline: DateTime.UtcNow.AddSeconds(5)));

        Assert.Contains(error.StatusCode, new[] { StatusCode.Aborted, StatusCode.DeadlineExceeded });
    }

    [Fact]
    public async Task Chaos_WithoutTheToken_IsDenied()
    {
        await using var cluster = await TestCluster.StartAsync(1);
        var request = new MuteRequest { Header = cluster.Header, Muted = true };

        var missing = await Errors.OfAsync(cluster.Chaos(1).MuteAsync(request));
        var wrong = await Errors.OfAsync(cluster.Chaos(1).MuteAsync(request, TestCluster.Token("wrong")));

        Assert.Equal((ErrorCode.Denied, ErrorCode.Denied), (missing.Code, wrong.Code));
    }

    [Fact]
    public async Task Chaos_WhenOff_SaysSo()
    {
        await using var cluster = await TestCluster.StartAsync(1, c => c with { ChaosToken = null });

        var error = await Errors.OfAsync(cluster.Chaos(1).ResetAsync(new ResetRequest { Header = cluster.Header }, TestCluster.Token()));

        Assert.Equal(ErrorCode.ChaosDisabled, error.Code);
    }

    [Fact]
    public async Task Chaos_PartitionWithWhatIsNoServer_ChangesNothing()
    {
        await using var cluster = await TestCluster.StartAsync(1);

        var error = await Errors.OfAsync(cluster.Chaos(1).PartitionAsync(
            new PartitionRequest { Header = cluster.Header, Groups = { new Group { Servers = { 1, 0 } } } }, TestCluster.Token()));
        var matrix = await cluster.Chaos(1).ReadAsync(new ReadMatrixRequest { Header = cluster.Header }, TestCluster.Token());

        Assert.Equal(ErrorCode.PartitionInvalid, error.Code);
        Assert.DoesNotContain("Parameter", error.Message, StringComparison.Ordinal);
        Assert.Equal(0, matrix.Epoch);
    }

    [Fact]
    public async Task Muted_ServerAnswersNoClientButAdminAndChaos()
    {
        await using var cluster = await TestCluster.StartAsync(1);
        await cluster.PutAsync("k", [1]);
        await cluster.Chaos(1).MuteAsync(new MuteRequest { Header = cluster.Header, Muted = true }, TestCluster.Token());

        var read = await Assert.ThrowsAsync<RpcException>(async () => await cluster.KeyValue(1).GetAsync(
            new GetRequest { Header = cluster.Header, Key = ByteString.CopyFromUtf8("k") }, deadline: DateTime.UtcNow.AddMilliseconds(300)));
        var status = await cluster.Admin(1).StatusAsync(new StatusRequest { Header = cluster.Header });
        await cluster.Chaos(1).MuteAsync(new MuteRequest { Header = cluster.Header, Muted = false }, TestCluster.Token());

        Assert.Equal(StatusCode.DeadlineExceeded, read.StatusCode);
        Assert.True(status.Muted);
        Assert.Equal([1], await cluster.GetAsync(1, "k"));
    }

    [Fact]
    public async Task MatrixFile_LeftByAnAgent_IsInForceFromTheStartAndGone()
    {
        await using var cluster = TestCluster.Prepare(2);
        var matrix = new MatrixReply { Seed = 5, Links = { new LinkFault { From = 2, To = 1, Blocked = true } } };
        var path = Path.Combine(cluster.Configs[1].DataPath, ServerFiles.FaultMatrix);
        await File.WriteAllTextAsync(path, JsonFormatter.Default.Format(matrix));

        await cluster.StartServerAsync(1);
        var read = await cluster.Chaos(1).ReadAsync(new ReadMatrixRequest { Header = cluster.Header }, TestCluster.Token());

        Assert.Equal((5ul, matrix.Links[0]), (read.Seed, Assert.Single(read.Links)));
        Assert.False(File.Exists(path));
    }

    [Fact]
    public async Task Start_WithoutIdentity_SaysHowToMakeOne()
    {
        await using var cluster = TestCluster.Prepare(1);
        File.Delete(Path.Combine(cluster.Configs[1].DataPath, DataDirectory.IdentityFile));

        var error = await Assert.ThrowsAsync<StartException>(() => cluster.StartServerAsync(1));

        Assert.Equal(ExitCode.DataUnusable, error.ExitCode);
        Assert.Contains("raftkv-node init", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task M7_StartOnAnotherServersDirectory_NamesBoth()
    {
        await using var cluster = TestCluster.Prepare(2);
        cluster.Configs[1] = cluster.Configs[1] with { DataPath = cluster.Configs[2].DataPath };

        var error = await Assert.ThrowsAsync<StartException>(() => cluster.StartServerAsync(1));

        Assert.Equal(ExitCode.DataUnusable, error.ExitCode);
        Assert.Contains("server 2", error.Message, StringComparison.Ordinal);
        Assert.Contains("server 1", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Start_OnAPortInUse_NamesThePort()
    {
        await using var cluster = TestCluster.Prepare(2);
        cluster.Configs[2] = cluster.Configs[2] with { Port = cluster.Configs[1].Port };
        await cluster.StartServerAsync(1);

        var error = await Assert.ThrowsAsync<StartException>(() => cluster.StartServerAsync(2));

        Assert.Equal(ExitCode.PortInUse, error.ExitCode);
        Assert.Contains($"{cluster.Configs[1].Port}", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Start_OnADirectoryInUse_NamesTheProcess()
    {
        await using var cluster = TestCluster.Prepare(1);
        await cluster.StartServerAsync(1);

        var error = await Assert.ThrowsAsync<StartException>(() => NodeServer.StartAsync(cluster.Configs[1]));

        Assert.Equal(ExitCode.DataDirectoryInUse, error.ExitCode);
        Assert.Contains($"{Environment.ProcessId}", error.Message, StringComparison.Ordinal);
    }

    private static ByteString Bytes(int count) => ByteString.CopyFrom(new byte[count]);
}
