using RaftKv.Api;
using RaftKv.Api.Protocol;

namespace RaftKv.Tests.Api;

/// <summary>Changing members through a leader that may be gone before it answers.</summary>
public sealed class MembershipCallTests
{
    [Fact]
    public async Task Remove_TheAnswerIsLostAndTheMembersSayThatItIsDone_IsDone()
    {
        var servers = await FakeServer.StartClusterAsync(3);
        servers[0].OnRemove = (_, context) =>
        {
            servers[0].Members = [1, 2];
            return FakeServer.LoseAnswerAsync<MembershipReply>(context);
        };
        await using var scope = new KvClientWriteTests.Scope(servers);

        await scope.Client.Admin.RemoveMemberAsync(3);

        Assert.Equal(1, servers[0].Removals);
    }

    [Fact]
    public async Task Remove_TheAnswerIsLostAndTheMembersSayThatItIsNotDone_IsAskedAgain()
    {
        var servers = await FakeServer.StartClusterAsync(3);
        servers[0].OnRemove = (_, context) => servers[0].Removals < 3
            ? FakeServer.LoseAnswerAsync<MembershipReply>(context)
            : Task.FromResult(new MembershipReply());
        await using var scope = new KvClientWriteTests.Scope(servers);

        await scope.Client.Admin.RemoveMemberAsync(3);

        Assert.Equal(3, servers[0].Removals);
    }

    [Fact]
    public async Task Remove_AnEarlierChangeIsUnderWay_IsAskedAgain()
    {
        var servers = await FakeServer.StartClusterAsync(3);
        servers[0].OnRemove = (_, _) => servers[0].Removals < 3 ? throw FakeServer.Refuse(ErrorCode.MembershipBusy) : Task.FromResult(new MembershipReply());
        await using var scope = new KvClientWriteTests.Scope(servers);

        await scope.Client.Admin.RemoveMemberAsync(3);

        Assert.Equal(3, servers[0].Removals);
    }

    [Fact]
    public async Task Remove_WhatCannotBe_IsSaidAtOnce()
    {
        var servers = await FakeServer.StartClusterAsync(1);
        servers[0].OnRemove = (_, _) => throw FakeServer.Refuse(ErrorCode.InvalidArgument);
        await using var scope = new KvClientWriteTests.Scope(servers);

        var error = await Assert.ThrowsAsync<RaftKvException>(() => scope.Client.Admin.RemoveMemberAsync(1));

        Assert.Equal((ErrorKind.InvalidArgument, 1), (error.Kind, servers[0].Removals));
    }

    [Fact]
    public async Task Use_MembersComeAndGo_ConnectionsFollow()
    {
        var servers = await FakeServer.StartClusterAsync(3);
        await using var scope = new KvClientWriteTests.Scope(servers, spec: FakeServer.SpecOf(servers[0], servers[1]));
        Assert.Equal([1, 2], (await scope.Client.Admin.GetAllStatusAsync()).Keys);

        scope.Client.Use(FakeServer.SpecOf(servers[1], servers[2]));

        var all = await Eventually.GetAsync(
            "both answer", async () => await scope.Client.Admin.GetAllStatusAsync() is var found && found.Values.All(s => s is not null) ? found : null);
        Assert.Equal([2, 3], all.Keys);
        Assert.Equal(ErrorKind.ServerNotFound, (await Assert.ThrowsAsync<RaftKvException>(() => scope.Client.Admin.GetStatusAsync(1))).Kind);
    }
}
