using RaftKv.Api;
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
    public async Task X4_Put_BehindWritesThatAreNeverAnswered_IsKnownNotToBeDone()
    {
        var servers = await FakeServer.StartClusterAsync(1);
        var arrived = new TaskCompletionSource();
        servers[0].OnPut = (_, number, context) =>
        {
            if (number == WriteGatherer.MaxCalls)
            {
                arrived.SetResult();
            }

            return FakeServer.HangAsync<WriteReply>(context);
        };
        await using var scope = new Scope(servers, new ClientOptions { Deadline = TimeSpan.FromSeconds(1) }, gatherWrites: true);

        // Each fills a call, so that what follows has none left.
        var stuck = Enumerable.Range(0, WriteGatherer.MaxCalls).Select(i => scope.Kv.PutAsync(new[] { (byte)i }, new byte[1_100_000])).ToArray();
        await arrived.Task;
        var behind = scope.Kv.PutAsync(new byte[] { 100 }, new byte[1]);

        Assert.Equal(ErrorKind.NoLeader, (await Assert.ThrowsAsync<RaftKvException>(() => behind)).Kind);
        foreach (var write in stuck)
        {
            Assert.Equal(ErrorKind.OutcomeUnknown, (await Assert.ThrowsAsync<RaftKvException>(() => write)).Kind);
        }

        Assert.Equal(WriteGatherer.MaxCalls, servers[0].Puts.Count);
    }
}
