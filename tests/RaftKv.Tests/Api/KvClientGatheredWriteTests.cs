using Grpc.Core;
using RaftKv.Api;
using RaftKv.Api.Clients;
using RaftKv.Api.Connections;
using RaftKv.Api.Protocol;

namespace RaftKv.Tests.Api;

/// <summary>Writes that wait together in one message.</summary>
public sealed class KvClientGatheredWriteTests() : KvClientWriteTests(gatherWrites: true)
{
    [Fact]
    public async Task Put_ManyAtOnce_TravelInFewMessagesAndEachGetsItsOwnAnswer()
    {
        const int count = 3000;
        var servers = await FakeServer.StartClusterAsync(1);
        servers[0].OnPut = (put, _, _) => put.Session.Sequence == 100
            ? throw FakeServer.Refuse(ErrorCode.VersionMismatch, actualVersion: 9)
            : Task.FromResult(new WriteReply { Revision = put.Session.Sequence });
        await using var scope = new Scope(servers, gatherWrites: true);

        var writes = Enumerable.Range(0, count).Select(i => scope.Kv.PutAsync(BitConverter.GetBytes(i), new byte[1])).ToArray();
        var ended = await Task.WhenAll(writes.Select(async write =>
        {
            try
            {
                return (await write).Revision;
            }
            catch (RaftKvException e) when (e.Kind == ErrorKind.VersionMismatch)
            {
                return -e.ActualVersion;
            }
        }));

        Assert.Equal([-9, .. Enumerable.Range(1, count).Select(i => (long)i).Where(i => i != 100)], ended.Order());
        Assert.Equal(count, servers[0].Puts.Count);
        Assert.InRange(servers[0].WriteManyCalls, 1, count / 10);
    }

    [Fact]
    public async Task Put_LargeValues_TravelInMessagesOfTheirOwn()
    {
        var servers = await FakeServer.StartClusterAsync(1);
        await using var scope = new Scope(servers, gatherWrites: true);

        await Task.WhenAll(Enumerable.Range(0, 8).Select(i => scope.Kv.PutAsync(new[] { (byte)i }, new byte[900_000])));

        Assert.Equal(8, servers[0].Puts.Count);
        Assert.Equal(8, servers[0].WriteManyCalls);
    }

    [Fact]
    public async Task X4_Put_BehindWritesThatAreNeverAnswered_IsUnknownOnlyWhenItWasSent()
    {
        var servers = await FakeServer.StartClusterAsync(1);
        var waiting = 0;
        var arrived = new TaskCompletionSource();
        servers[0].OnPut = async (_, _, context) =>
        {
            if (Interlocked.Increment(ref waiting) == WriteGatherer.MaxCalls)
            {
                arrived.TrySetResult();
            }

            try
            {
                return await FakeServer.HangAsync<WriteReply>(context);
            }
            finally
            {
                Interlocked.Decrement(ref waiting);
            }
        };

        var behind = await GivingUp.OfAsync(servers, WriteBehindAsync, _ => arrived.Task.IsCompleted, gatherWrites: true);

        var wasSent = servers[0].Puts.Any(p => p.Key[0] == 100);
        Assert.True(!wasSent || behind.Kind == ErrorKind.OutcomeUnknown, $"It was sent, and is reported as {behind.Kind}.");

        async Task WriteBehindAsync(KvClient kv)
        {
            // Each fills a call, so that what follows has none left until they are given up.
            var stuck = Enumerable.Range(0, WriteGatherer.MaxCalls).Select(i => kv.PutAsync(new[] { (byte)i }, new byte[1_100_000])).ToArray();
            await Task.WhenAny(arrived.Task, Task.WhenAll(stuck));
            try
            {
                await kv.PutAsync(new byte[] { 100 }, new byte[1]);
            }
            finally
            {
                foreach (var write in stuck)
                {
                    var error = await Assert.ThrowsAsync<RaftKvException>(() => write);
                    Assert.True(!arrived.Task.IsCompleted || error.Kind == ErrorKind.OutcomeUnknown, $"It is reported as {error.Kind}.");
                }
            }
        }
    }

    [Fact]
    public async Task Send_GivenUpBehindCallsThatAreOut_SaysThatItWasNotSent_AndACallEndsWhenAllItsWritesAreGivenUp()
    {
        var servers = await FakeServer.StartClusterAsync(1);
        using var arrived = new SemaphoreSlim(0);
        servers[0].OnPut = (put, _, context) =>
        {
            arrived.Release();
            return put.Key[0] < WriteGatherer.MaxCalls ? FakeServer.HangAsync<WriteReply>(context) : Task.FromResult(new WriteReply { Revision = 7 });
        };
        await using var scope = new Scope(servers, gatherWrites: true);
        var spec = FakeServer.SpecOf(servers);
        using var connection = new ServerConnection(spec.Servers[0], new RequestHeader { ClusterId = spec.ClusterId });
        var gatherer = new WriteGatherer(connection);
        using var patience = new CancellationTokenSource();
        using var impatience = new CancellationTokenSource();
        var stuck = new List<Task<WriteReply>>();
        for (var i = 0; i < WriteGatherer.MaxCalls; i++)
        {
            stuck.Add(gatherer.SendAsync(Write(i), patience.Token));
            await arrived.WaitAsync();
        }

        var behind = gatherer.SendAsync(Write(100), impatience.Token);
        await impatience.CancelAsync();
        Assert.Equal(ErrorCode.NotReady, new RpcFailure(await Assert.ThrowsAsync<RpcException>(() => behind)).Code);

        var waiting = gatherer.SendAsync(Write(101), CancellationToken.None);
        await patience.CancelAsync();
        Assert.Equal(7, (await waiting).Revision);
        Assert.DoesNotContain(servers[0].Puts, p => p.Key[0] == 100);
        foreach (var write in stuck)
        {
            await Assert.ThrowsAsync<RpcException>(() => write);
        }
    }

    private static OneWrite Write(int key) => new()
    {
        Put = new PutRequest { Key = Google.Protobuf.ByteString.CopyFrom((byte)key), Value = Google.Protobuf.ByteString.Empty },
    };
}
