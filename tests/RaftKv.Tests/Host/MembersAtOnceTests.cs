using RaftKv.Api;
using RaftKv.Api.Clients;
using RaftKv.Api.Clusters;
using RaftKv.Api.Launch;

namespace RaftKv.Tests.Host;

/// <summary>Sessions that change the members of one cluster at the same moment: none undoes what another did.</summary>
[Collection(AgentsCollection.Name)]
public sealed class MembersAtOnceTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Add_ByThreeSessionsAtOnce_AddsThreeServersThatAllRunAndAreKnown(bool shareAClient)
    {
        await using var scope = new AgentScope();
        var spec = await LocalCluster.StartAsync(new LaunchOptions { ServerCount = 1 });
        var options = new ClientOptions { Deadline = TimeSpan.FromSeconds(30) };
        await using var first = new ClusterClient(spec, options);
        await using var second = new ClusterClient(spec, options);
        await using var third = new ClusterClient(spec, options);
        ClusterClient[] sessions = shareAClient ? [first, first, first] : [first, second, third];

        var added = await Task.WhenAll(sessions.Select(async session =>
        {
            var server = await ClusterMembership.AddLearnerAsync(session, Patience.Limit);
            await session.Admin.PromoteMemberAsync(server.Id, Patience.Limit);
            return server;
        }));

        // Ids that one session tried in vain are not given again.
        int[] expected = [1, .. added.Select(s => s.Id).Order()];
        Assert.Equal(4, expected.Distinct().Count());
        Assert.Equal(expected, ClusterSpec.Load(spec.Path!).Servers.Select(s => s.Id));
        await using var observer = new ClusterClient(ClusterSpec.Load(spec.Path!), options);
        var leader = await Eventually.GetAsync("a leader", async () => await observer.Admin.GetLeadersAsync() is [var found, ..] ? found : null);
        Assert.Equal(expected, leader.Members.Where(m => m.IsVoter).Select(m => m.ServerId).Order());
        await Eventually.GetAsync(
            "all answer", async () => await observer.Admin.GetAllStatusAsync() is var all && all.Values.All(s => s is not null) ? all : null);
        if (shareAClient)
        {
            Assert.Equal(expected, first.Spec.Servers.Select(s => s.Id));
        }
    }

    /// <summary>While one session adds a server another removes one: both changes are in the cluster file.</summary>
    [Fact]
    public async Task AddAndRemove_AtOnce_LoseNeitherChange()
    {
        await using var scope = new AgentScope();
        var spec = await LocalCluster.StartAsync(new LaunchOptions { ServerCount = 3 });
        var options = new ClientOptions { Deadline = TimeSpan.FromSeconds(30) };
        await using var adding = new ClusterClient(spec, options);
        await using var removing = new ClusterClient(spec, options);
        await Eventually.GetAsync("a leader", async () => await adding.Admin.GetLeadersAsync() is [var found, ..] ? found : null);

        await Task.WhenAll(ClusterMembership.AddLearnerAsync(adding, Patience.Limit), ClusterMembership.RemoveAsync(removing, 3));

        Assert.Equal([1, 2, 4], ClusterSpec.Load(spec.Path!).Servers.Select(s => s.Id));
    }
}
