using RaftKv.Api;
using RaftKv.Api.Clients;
using RaftKv.Api.Clusters;
using RaftKv.Api.Protocol;

namespace RaftKv.Tests.Api;

/// <summary>
/// What a client promises of writes: found leader, one name for all attempts, and an honest word when it gives up. The
/// promises are the same whether writes that wait together travel together or each in a call of its own.
/// </summary>
public abstract class KvClientWriteTests(bool gatherWrites)
{
    private static readonly byte[] Key = "key"u8.ToArray();
    private static readonly byte[] Value = "value"u8.ToArray();

    [Fact]
    public async Task Put_LeaderKnownOnlyToOthers_IsFound()
    {
        var servers = await FakeServer.StartClusterAsync(3, leader: 3);
        await using var scope = new Scope(servers, gatherWrites: gatherWrites);

        var result = await scope.Kv.PutAsync(Key, Value);

        Assert.Equal(1, result.Revision);
        var put = Assert.Single(servers[2].Puts);
        Assert.Equal(7, put.Session.SessionId);
        Assert.Equal(1, put.Session.Sequence);
        Assert.Empty(servers[0].Puts);
    }

    [Fact]
    public async Task Put_RefusedWithAHint_FollowsIt()
    {
        var servers = await FakeServer.StartClusterAsync(3);
        servers[0].OnPut = (_, _, _) => throw FakeServer.Refuse(ErrorCode.NotLeader, leaderId: 2);
        await using var scope = new Scope(servers, gatherWrites: gatherWrites);

        await scope.Kv.PutAsync(Key, Value);

        Assert.Single(servers[0].Puts);
        Assert.Single(servers[1].Puts);
    }

    [Fact]
    public async Task X1_Put_AnswerLost_IsSentAgainUnderTheSameName()
    {
        var servers = await FakeServer.StartClusterAsync(1);
        servers[0].OnPut = (_, number, context) =>
            number == 1 ? FakeServer.LoseAnswerAsync<WriteReply>(context) : Task.FromResult(new WriteReply { Revision = 5 });
        await using var scope = new Scope(servers, gatherWrites: gatherWrites);

        var result = await scope.Kv.PutAsync(Key, Value);

        Assert.Equal(5, result.Revision);
        Assert.Equal(2, servers[0].Puts.Count);
        Assert.All(servers[0].Puts, put => Assert.Equal((7L, 1L), (put.Session.SessionId, put.Session.Sequence)));
    }

    /// <summary>What resets a stream on the way says nothing of what the server did: only the server's own word does.</summary>
    [Theory]
    [InlineData(0xB)] // ENHANCE_YOUR_CALM
    [InlineData(0xC)] // INADEQUATE_SECURITY
    [InlineData(0x7)] // REFUSED_STREAM
    [InlineData(0x1)]
    public async Task X1_Put_StreamReset_IsSentAgainUnderTheSameName(int code)
    {
        var servers = await FakeServer.StartClusterAsync(1);
        servers[0].OnPut = (_, number, context) =>
            number == 1 ? FakeServer.ResetAsync<WriteReply>(context, code) : Task.FromResult(new WriteReply { Revision = 5 });
        await using var scope = new Scope(servers, gatherWrites: gatherWrites);

        var result = await scope.Kv.PutAsync(Key, Value);

        Assert.Equal(5, result.Revision);
        Assert.All(servers[0].Puts, put => Assert.Equal((7L, 1L), (put.Session.SessionId, put.Session.Sequence)));
    }

    [Fact]
    public async Task Put_LargerThanAMessage_IsRefusedBeforeAnythingIsSent()
    {
        var servers = await FakeServer.StartClusterAsync(1);
        await using var scope = new Scope(servers, gatherWrites: gatherWrites);

        var e = await Assert.ThrowsAsync<RaftKvException>(() => scope.Kv.PutAsync(Key, new byte[34 * 1024 * 1024]));

        Assert.Equal(ErrorKind.ValueTooLarge, e.Kind);
        Assert.InRange(e.Limit, 33 * 1024 * 1024, 34 * 1024 * 1024);
        Assert.Empty(servers[0].Puts);
    }

    [Fact]
    public async Task X2_Put_SessionExpiredBeforeAnythingWasSent_OpensAnother()
    {
        var servers = await FakeServer.StartClusterAsync(1);
        var sessions = 0;
        servers[0].OnOpen = _ => Task.FromResult(new OpenSessionReply { SessionId = ++sessions });
        servers[0].OnPut = (put, _, _) => put.Session.SessionId == 1 ? throw FakeServer.Refuse(ErrorCode.SessionUnknown) : Task.FromResult(new WriteReply());
        await using var scope = new Scope(servers, gatherWrites: gatherWrites);

        await scope.Kv.PutAsync(Key, Value);

        Assert.Equal([1L, 2L], servers[0].Puts.Select(p => p.Session.SessionId));
    }

    [Fact]
    public async Task X2_Put_SessionExpiredAfterALostAnswer_OutcomeIsUnknown()
    {
        var servers = await FakeServer.StartClusterAsync(1);
        servers[0].OnPut = (_, number, context) =>
            number == 1 ? FakeServer.LoseAnswerAsync<WriteReply>(context) : throw FakeServer.Refuse(ErrorCode.SessionUnknown);
        await using var scope = new Scope(servers, gatherWrites: gatherWrites);

        var error = await Assert.ThrowsAsync<RaftKvException>(() => scope.Kv.PutAsync(Key, Value));

        Assert.Equal(ErrorKind.OutcomeUnknown, error.Kind);
        Assert.Equal(2, servers[0].Puts.Count);
    }

    [Fact]
    public async Task Put_VersionDiffers_CarriesTheActualVersion()
    {
        var servers = await FakeServer.StartClusterAsync(1);
        servers[0].OnPut = (_, _, _) => throw FakeServer.Refuse(ErrorCode.VersionMismatch, actualVersion: 12);
        await using var scope = new Scope(servers, gatherWrites: gatherWrites);

        var error = await Assert.ThrowsAsync<RaftKvException>(() => scope.Kv.PutAsync(Key, Value, new WriteCondition { Version = 3 }));

        Assert.Equal(ErrorKind.VersionMismatch, error.Kind);
        Assert.Equal(12, error.ActualVersion);
        Assert.Equal(3, Assert.Single(servers[0].Puts).Condition.Version);
    }

    [Fact]
    public async Task Put_LeaderIsSilentAndAnotherTakesOver_GoesThereWithoutWaitingForTheAttempt()
    {
        var servers = await FakeServer.StartClusterAsync(3);
        servers[0].OnPut = async (_, _, context) =>
        {
            servers[1].Leads = () => new IsLeaderReply { IsLeader = true, LeaderId = 2, Term = 2 };
            return await FakeServer.HangAsync<WriteReply>(context);
        };
        await using var scope = new Scope(servers, new ClientOptions { AttemptTimeout = TimeSpan.FromHours(1), Deadline = TimeSpan.FromHours(1) }, gatherWrites: gatherWrites);

        await scope.Kv.PutAsync(Key, Value).WaitAsync(Patience.Limit);

        Assert.Equal(Assert.Single(servers[0].Puts).Session.Sequence, Assert.Single(servers[1].Puts).Session.Sequence);
    }

    [Fact]
    public async Task Put_Cancelled_EndsAtOnce()
    {
        var servers = await FakeServer.StartClusterAsync(1);
        using var source = new CancellationTokenSource();
        servers[0].OnPut = async (_, _, context) =>
        {
            await source.CancelAsync();
            return await FakeServer.HangAsync<WriteReply>(context);
        };
        await using var scope = new Scope(servers, gatherWrites: gatherWrites);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => scope.Kv.PutAsync(Key, Value, cancellationToken: source.Token));
    }

    /// <summary>A client over the fake servers, and their end.</summary>
    internal sealed class Scope : IAsyncDisposable
    {
        private static readonly ClientOptions Patient = new() { Deadline = Patience.Limit, AttemptTimeout = Patience.Limit / 4 };

        private readonly FakeServer[] _servers;

        public Scope(FakeServer[] servers, ClientOptions? options = null, ClusterSpec? spec = null, bool gatherWrites = false)
        {
            _servers = servers;
            Client = new ClusterClient(spec ?? FakeServer.SpecOf(servers), options ?? Patient);
            Kv = Client.CreateKvClient(gatherWrites);
        }

        public ClusterClient Client { get; }

        public KvClient Kv { get; }

        public async ValueTask DisposeAsync()
        {
            await Kv.DisposeAsync();
            await Client.DisposeAsync();
            foreach (var server in _servers)
            {
                await server.DisposeAsync();
            }
        }
    }
}

/// <summary>Each write in a call of its own.</summary>
public sealed class KvClientSingleWriteTests() : KvClientWriteTests(gatherWrites: false)
{
    [Fact]
    public async Task X3_Put_ManyAtOnce_HaveNamesOfTheirOwnAndAcknowledgeOnlyWhatIsAnswered()
    {
        const int count = 50;
        var servers = await FakeServer.StartClusterAsync(1);
        var all = new TaskCompletionSource();
        servers[0].OnPut = async (put, number, _) =>
        {
            if (number == count)
            {
                all.SetResult();
            }

            await all.Task;
            return new WriteReply { Revision = put.Session.Sequence };
        };
        await using var scope = new Scope(servers);

        var results = await Task.WhenAll(Enumerable.Range(0, count).Select(_ => scope.Kv.PutAsync("key"u8.ToArray(), "value"u8.ToArray())));
        await scope.Kv.PutAsync("key"u8.ToArray(), "value"u8.ToArray());

        Assert.Equal(Enumerable.Range(1, count).Select(i => (long)i), results.Select(r => r.Revision).Order());
        Assert.All(servers[0].Puts.Take(count), put => Assert.Equal(1, put.Session.AcknowledgedBelow));
        Assert.Equal(count + 1, servers[0].Puts.Last().Session.AcknowledgedBelow);
    }
}
