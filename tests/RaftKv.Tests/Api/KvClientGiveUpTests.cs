using Grpc.Core;
using RaftKv.Api;
using RaftKv.Api.Clusters;
using RaftKv.Api.Protocol;

namespace RaftKv.Tests.Api;

/// <summary>
/// What a client says of a write when its deadline has passed: certainly not done, or outcome unknown, whether writes that
/// wait together travel together or each in a call of its own.
/// </summary>
public abstract class KvClientGiveUpTests(bool gatherWrites)
{
    [Theory]
    [InlineData(StatusCode.ResourceExhausted)]
    [InlineData(StatusCode.Unimplemented)]
    [InlineData(StatusCode.PermissionDenied)]
    [InlineData(StatusCode.InvalidArgument)]
    public async Task X4_Put_StatusWithoutTheServersWord_OutcomeIsUnknown(StatusCode status)
    {
        var servers = await FakeServer.StartClusterAsync(1);
        servers[0].OnPut = (_, _, _) => throw new RpcException(new Status(status, "from something on the way"));

        Assert.Equal(ErrorKind.OutcomeUnknown, (await GivenUpAsync(servers, sendings: 1)).Kind);
    }

    [Fact]
    public async Task X4_Put_NeverAnswered_OutcomeIsUnknown()
    {
        var servers = await FakeServer.StartClusterAsync(1);
        var isFrozen = false;
        var leads = servers[0].Leads;
        servers[0].Leads = () => Volatile.Read(ref isFrozen) ? throw FakeServer.Refuse(ErrorCode.NotReady) : leads();
        servers[0].OnPut = async (_, _, context) =>
        {
            Volatile.Write(ref isFrozen, true);
            try
            {
                return await FakeServer.HangAsync<WriteReply>(context);
            }
            finally
            {
                Volatile.Write(ref isFrozen, false);
            }
        };

        var error = await GivenUpAsync(servers, sendings: 2);

        Assert.Equal(ErrorKind.OutcomeUnknown, error.Kind);
        Assert.True(servers[0].Puts.Count > 1, "It was not tried again.");
    }

    [Fact]
    public async Task X4_Put_NeverAnsweredByALeaderThatStillLeads_IsSentOnceAndItsOutcomeUnknown()
    {
        var servers = await FakeServer.StartClusterAsync(1);
        servers[0].OnPut = (_, _, context) => FakeServer.HangAsync<WriteReply>(context);
        var (sent, before) = (0, 0);

        // A server that is too slow to say in time that it leads is taken for a frozen one: then with more time.
        var error = await GivenUpAsync(servers, _ =>
        {
            (sent, before) = (servers[0].Puts.Count - before, servers[0].Puts.Count);
            return sent == 1;
        });

        Assert.Equal(ErrorKind.OutcomeUnknown, error.Kind);
        Assert.Equal(1, sent);
    }

    [Fact]
    public async Task X4_Put_ServerSaysOutcomeUnknown_IsNeverReportedAsNotDone()
    {
        var servers = await FakeServer.StartClusterAsync(1);
        servers[0].OnPut = (_, number, _) => throw FakeServer.Refuse(number == 1 ? ErrorCode.OutcomeUnknown : ErrorCode.NotLeader);

        var error = await GivenUpAsync(servers, sendings: 1);

        Assert.Equal(ErrorKind.OutcomeUnknown, error.Kind);
    }

    [Fact]
    public async Task Put_Overloaded_IsTriedAgainAndThenReportedAsThat()
    {
        var servers = await FakeServer.StartClusterAsync(1);
        servers[0].OnPut = (_, _, _) => throw FakeServer.Refuse(ErrorCode.Overloaded);

        var error = await GivenUpAsync(servers, sendings: 2);

        Assert.Equal(ErrorKind.Overloaded, error.Kind);
        Assert.Contains("nothing was done", error.Message, StringComparison.Ordinal);
        Assert.EndsWith("It says: refused with Overloaded", error.Message, StringComparison.Ordinal);
        Assert.True(servers[0].Puts.Count > 1, "It was not tried again.");
    }

    [Fact]
    public async Task Put_OnlyRefused_ReportsNoLeaderAndEveryServersWord()
    {
        var servers = await FakeServer.StartClusterAsync(2);
        servers[0].OnPut = (_, _, _) => throw FakeServer.Refuse(ErrorCode.NotLeader);
        var spec = FakeServer.SpecOf(servers);
        var dead = await FakeServer.StartAsync(3);
        spec = spec with { Servers = [.. spec.Servers, new ServerSpec(3, "n3", dead.Endpoint)] };
        await dead.DisposeAsync();

        // The deadline may cut an attempt off before its refusal is back: then with more time.
        var error = await GivenUpAsync(servers, e => e.Kind != ErrorKind.OutcomeUnknown, spec);

        Assert.Equal(ErrorKind.NoLeader, error.Kind);
        Assert.Equal(3, error.Asked.Count);
        Assert.Contains(error.Asked, line => line.StartsWith("n2 ", StringComparison.Ordinal) && line.Contains("points to server 1", StringComparison.Ordinal));
        Assert.Contains(error.Asked, line => line.StartsWith("n3 ", StringComparison.Ordinal) && line.Contains("refused", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Put_WhileDisksAreFull_NamesThem_P11()
    {
        const string Waiting = "waits for room on the disk of /data/n1";
        var servers = await FakeServer.StartClusterAsync(2, leader: 0);
        servers[0].Leads = () => new IsLeaderReply { Term = 5, Waiting = Waiting };

        var error = await GivenUpAsync(servers, e => e.Message.Contains(Waiting, StringComparison.Ordinal));

        Assert.Equal(ErrorKind.NoLeader, error.Kind);
        Assert.Contains(error.Asked, line => line.StartsWith("n1 ", StringComparison.Ordinal) && line.EndsWith($"term 5, {Waiting}", StringComparison.Ordinal));
        Assert.Contains(error.Asked, line => line.StartsWith("n2 ", StringComparison.Ordinal) && !line.Contains("room", StringComparison.Ordinal));
    }

    private Task<RaftKvException> GivenUpAsync(FakeServer[] servers, int sendings, ClusterSpec? spec = null) =>
        GivenUpAsync(servers, _ => servers[0].Puts.Count >= sendings, spec);

    private Task<RaftKvException> GivenUpAsync(FakeServer[] servers, Func<RaftKvException, bool> isFarEnough, ClusterSpec? spec = null) => GivingUp.OfAsync(
        servers, kv => kv.PutAsync("key"u8.ToArray(), "value"u8.ToArray()), isFarEnough, spec, gatherWrites);
}

/// <summary>Each write in a call of its own.</summary>
public sealed class KvClientSingleGiveUpTests() : KvClientGiveUpTests(gatherWrites: false);

/// <summary>Writes that wait together in one message.</summary>
public sealed class KvClientGatheredGiveUpTests() : KvClientGiveUpTests(gatherWrites: true);
