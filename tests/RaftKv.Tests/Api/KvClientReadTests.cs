using System.Text;
using Google.Protobuf;
using RaftKv.Api;
using RaftKv.Api.Protocol;
using Consistency = RaftKv.Api.Consistency;

namespace RaftKv.Tests.Api;

/// <summary>What a client promises of reads: retried freely, and one server only where one was named.</summary>
public sealed class KvClientReadTests
{
    private static readonly byte[] Key = "key"u8.ToArray();

    [Fact]
    public async Task Get_AnswerLost_IsAskedAgain()
    {
        var servers = await FakeServer.StartClusterAsync(1);
        var asked = 0;
        servers[0].OnGet = (get, context) => Interlocked.Increment(ref asked) == 1
            ? FakeServer.LoseAnswerAsync<GetReply>(context)
            : Task.FromResult(new GetReply { Pair = new Pair { Key = get.Key, Value = ByteString.CopyFromUtf8("v"), Version = 3 } });
        await using var scope = new KvClientWriteTests.Scope(servers);

        var pair = await scope.Kv.GetAsync(Key);

        Assert.Equal("v", Encoding.UTF8.GetString(pair!.Value));
        Assert.Equal(3, pair.Version);
    }

    [Fact]
    public async Task Get_ServersOfAnotherCluster_AreNamedAsSuchAtOnce()
    {
        var servers = await FakeServer.StartClusterAsync(3);
        foreach (var server in servers)
        {
            server.Leads = () => throw FakeServer.Refuse(ErrorCode.WrongCluster);
        }

        await using var scope = new KvClientWriteTests.Scope(servers);

        Assert.Equal(ErrorKind.WrongCluster, (await Assert.ThrowsAsync<RaftKvException>(() => scope.Kv.GetAsync(Key))).Kind);
    }

    [Fact]
    public async Task Get_Absent_IsNull()
    {
        var servers = await FakeServer.StartClusterAsync(1);
        await using var scope = new KvClientWriteTests.Scope(servers);

        Assert.Null(await scope.Kv.GetAsync(Key));
    }

    [Fact]
    public async Task Get_NeverAnswered_IsAReadTimeout()
    {
        var servers = await FakeServer.StartClusterAsync(1);
        var asked = 0;
        servers[0].OnGet = (_, context) =>
        {
            Interlocked.Increment(ref asked);
            return FakeServer.HangAsync<GetReply>(context);
        };

        var error = await GivingUp.OfAsync(servers, kv => kv.GetAsync(Key), _ => asked > 0);

        Assert.Equal(ErrorKind.ReadTimeout, error.Kind);
    }

    [Fact]
    public async Task Get_FromANamedServer_AsksOnlyThatOne()
    {
        var servers = await FakeServer.StartClusterAsync(3);
        servers[0].OnGet = (_, _) => throw new InvalidOperationException("The leader was asked.");
        servers[1].OnGet = (get, _) => Task.FromResult(new GetReply { Pair = new Pair { Key = get.Key } });
        await using var scope = new KvClientWriteTests.Scope(servers);

        Assert.NotNull(await scope.Kv.GetAsync(Key, Consistency.Stale, serverId: 2));
    }

    [Fact]
    public async Task Get_FromANamedServerThatIsDown_IsServerUnreachable()
    {
        var servers = await FakeServer.StartClusterAsync(2);
        await using var scope = new KvClientWriteTests.Scope(servers);
        await servers[1].DisposeAsync();

        var error = await Assert.ThrowsAsync<RaftKvException>(() => scope.Kv.GetAsync(Key, serverId: 2));

        Assert.Equal(ErrorKind.ServerUnreachable, error.Kind);
    }

    [Fact]
    public async Task Get_FromANamedServerWithoutALeader_IsNoLeader()
    {
        var servers = await FakeServer.StartClusterAsync(2);
        var asked = 0;
        servers[1].OnGet = (_, _) =>
        {
            Interlocked.Increment(ref asked);
            throw FakeServer.Refuse(ErrorCode.NotLeader);
        };

        var error = await GivingUp.OfAsync(servers, kv => kv.GetAsync(Key, serverId: 2), _ => asked > 0);

        Assert.Equal(ErrorKind.NoLeader, error.Kind);
    }

    [Fact]
    public async Task Get_RefusedAndThenCutOffByTheDeadline_IsNoLeader()
    {
        var servers = await FakeServer.StartClusterAsync(2);
        var asked = 0;
        servers[1].OnGet = (_, context) => Interlocked.Increment(ref asked) == 1
            ? throw FakeServer.Refuse(ErrorCode.NotLeader)
            : FakeServer.HangAsync<GetReply>(context);

        var error = await GivingUp.OfAsync(servers, kv => kv.GetAsync(Key, serverId: 2), _ => asked > 1);

        Assert.Equal(ErrorKind.NoLeader, error.Kind);
    }

    [Fact]
    public async Task Get_FromAnUnknownServer_IsServerNotFound()
    {
        var servers = await FakeServer.StartClusterAsync(1);
        await using var scope = new KvClientWriteTests.Scope(servers);

        var error = await Assert.ThrowsAsync<RaftKvException>(() => scope.Kv.GetAsync(Key, serverId: 9));

        Assert.Equal(ErrorKind.ServerNotFound, error.Kind);
    }

    [Fact]
    public async Task Get_StaleWithOneServerLeft_IsAnsweredByIt()
    {
        var servers = await FakeServer.StartClusterAsync(3);
        servers[2].OnGet = (get, _) => Task.FromResult(new GetReply { Pair = new Pair { Key = get.Key } });
        await using var scope = new KvClientWriteTests.Scope(servers);
        await servers[0].DisposeAsync();
        await servers[1].DisposeAsync();

        Assert.NotNull(await scope.Kv.GetAsync(Key, Consistency.Stale));
    }

    [Fact]
    public async Task Scan_SeveralPages_StreamsThemInOrder()
    {
        var servers = await FakeServer.StartClusterAsync(1);
        servers[0].OnRange = range =>
        {
            var first = range.From.IsEmpty ? 0 : int.Parse(range.From.ToStringUtf8());
            var reply = new RangeReply { Next = first + 2 < 5 ? ByteString.CopyFromUtf8($"{first + 2}") : ByteString.Empty };
            reply.Pairs.AddRange(Enumerable.Range(first, Math.Min(2, 5 - first)).Select(i => new Pair { Key = ByteString.CopyFromUtf8($"{i}") }));
            return reply;
        };
        await using var scope = new KvClientWriteTests.Scope(servers);

        var keys = new List<string>();
        await foreach (var pair in scope.Kv.ScanAsync(Array.Empty<byte>(), pageSize: 2))
        {
            keys.Add(Encoding.UTF8.GetString(pair.Key));
        }

        Assert.Equal(["0", "1", "2", "3", "4"], keys);
    }
}
