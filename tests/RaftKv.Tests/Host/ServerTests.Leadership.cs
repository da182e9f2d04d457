using Grpc.Core;
using RaftKv.Api.Protocol;

namespace RaftKv.Tests.Host;

/// <summary>Who leads, and what a change of it costs.</summary>
public sealed partial class ServerTests
{
    [Fact]
    public async Task LeaderStopped_AnotherTakesOver()
    {
        await using var cluster = await TestCluster.StartAsync(3);
        await cluster.PutAsync("k", [1]);
        await cluster.StopServerAsync(await cluster.LeaderAsync());

        await cluster.PutAsync("k", [2]);

        Assert.Equal([2], await cluster.GetAsync(await cluster.LeaderAsync(), "k"));
    }

    [Fact]
    public async Task E11_Transfer_TheServerThatWasAskedForLeads()
    {
        await using var cluster = await TestCluster.StartAsync(3);
        await cluster.PutAsync("k", [1]);
        var target = cluster.Configs.Keys.First(id => id != cluster.LeaderAsync().Result);

        var reply = await Eventually.GetAsync("a handover", async () =>
        {
            try
            {
                return await cluster.Admin(await cluster.LeaderAsync()).TransferAsync(new TransferRequest { Header = cluster.Header, TargetId = target });
            }
            catch (RpcException e) when (e.StatusCode is StatusCode.Aborted or StatusCode.Unavailable)
            {
                // A busy machine can cost a leader its office meanwhile.
                return null;
            }
        });

        Assert.Equal(target, reply.LeaderId);
        await cluster.PutAsync("k", [2]);
    }

    [Fact]
    public async Task Transfer_AtAFollowerOrToAStranger_IsRefused()
    {
        await using var cluster = await TestCluster.StartAsync(3);
        await cluster.PutAsync("k", [1]);
        var leader = await cluster.LeaderAsync();
        var follower = cluster.Configs.Keys.First(id => id != leader);

        var refused = await Errors.OfAsync(cluster.Admin(follower).TransferAsync(new TransferRequest { Header = cluster.Header, TargetId = follower }));
        var unknown = await Errors.OfAsync(cluster.Admin(leader).TransferAsync(new TransferRequest { Header = cluster.Header, TargetId = 9 }));

        Assert.Equal((ErrorCode.NotLeader, leader), (refused.Code, refused.LeaderId));
        Assert.Equal(ErrorCode.ServerNotFound, unknown.Code);
    }

    [Fact]
    public async Task E11_Transfer_ToAServerThatIsDown_FailsAndTheLeaderGoesOn()
    {
        await using var cluster = await TestCluster.StartAsync(3);
        await cluster.PutAsync("k", [1]);
        var leader = await cluster.LeaderAsync();
        var down = cluster.Configs.Keys.First(id => id != leader);
        await cluster.StopServerAsync(down);
        await cluster.PutAsync("missed", [1]);

        var error = await Errors.OfAsync(cluster.Admin(leader).TransferAsync(new TransferRequest { Header = cluster.Header, TargetId = down }));

        Assert.Equal((ErrorCode.TransferFailed, leader), (error.Code, error.LeaderId));
        await cluster.PutAsync("k", [2]);
    }

    [Fact]
    public async Task BrokenConnections_AreMadeAgainAndNothingIsLost()
    {
        var doors = TestCluster.FreePorts(3);
        await using var cluster = TestCluster.Prepare(3, c => c with
        {
            // Everyone reaches the others through their relays; each listens on its own port.
            Members = [.. c.Members.Select((m, i) => m.Id == c.Id ? m : m with { Endpoint = new Uri($"http://127.0.0.1:{doors[i]}") })],
        });
        await using var relays = new Relays(cluster.Configs.Values.Select((c, i) => new Relay(doors[i], c.Port)));
        await Task.WhenAll(cluster.Configs.Keys.Select(cluster.StartServerAsync));
        await cluster.PutAsync("before", [1]);
        var connections = relays.Accepted;

        for (byte round = 0; round < 5; round++)
        {
            relays.Break();
            await cluster.PutAsync($"round {round}", [round]);
        }

        Assert.True(relays.Accepted > connections);
        foreach (var id in cluster.Configs.Keys)
        {
            Assert.Equal([4], await cluster.GetAsync(id, "round 4"));
            Assert.Equal([1], await cluster.GetAsync(id, "before"));
        }
    }


    private sealed class Relays(IEnumerable<Relay> relays) : IAsyncDisposable
    {
        private readonly Relay[] _relays = [.. relays];

        public int Accepted => _relays.Sum(r => r.Accepted);

        public void Break() => Array.ForEach(_relays, r => r.Break());

        public async ValueTask DisposeAsync()
        {
            foreach (var relay in _relays)
            {
                await relay.DisposeAsync();
            }
        }
    }
}
