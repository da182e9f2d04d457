using RaftKv.Core.Consensus;

namespace RaftKv.Tests.Core;

/// <summary>What each of the options that guard an election does.</summary>
public sealed partial class ElectionEdgeCaseTests
{
    [Fact]
    public void Stickiness_RefusesAVoteWhileTheLeaderIsHeardUnlessLeadershipIsHandedOver()
    {
        var server = TestServer.WithLog([1], term: 1);
        server.Receive(Say.Beat(2, term: 1));
        Assert.False(server.Receive(Say.Vote(3, term: 2, Say.At(1, 1))).Of<VoteResponse>()[0].Granted);
        Assert.Equal(new Term(1), server.Raft.Term);
        Assert.True(server.Receive(Say.Vote(3, term: 2, Say.At(1, 1), isTransfer: true)).Of<VoteResponse>()[0].Granted);
    }

    [Fact]
    public void Stickiness_CanBeOff()
    {
        var server = TestServer.WithLog([1], term: 1, change: o => o with { VoteStickiness = false });
        server.Receive(Say.Beat(2, term: 1));
        Assert.True(server.Receive(Say.Vote(3, term: 2, Say.At(1, 1))).Of<VoteResponse>()[0].Granted);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void CheckQuorum_DecidesWhetherALeaderAloneStepsDown(bool on)
    {
        var leader = TestServer.Fresh(change: o => o with { CheckQuorum = on }).MadeLeader();
        for (var i = 0; i < 50; i++)
        {
            leader.AtDeadline();
        }

        Assert.Equal(on, leader.RoleChanges.Any(c => c.Role == Role.Follower));
    }

    [Fact]
    public void Deference_TheLesserPreCandidateGivesWayOncePerServerAndTerm()
    {
        var server = TestServer.WithLog([1], term: 1, of: 5);
        server.AtDeadline();
        Assert.Equal(Role.PreCandidate, server.Raft.Role);
        Assert.True(server.Receive(Say.PreVote(2, term: 2, Say.At(2, 1))).Of<PreVoteResponse>()[0].Granted);
        Assert.Equal(Role.Follower, server.Raft.Role);
        server.AtDeadline();
        Assert.Equal(Role.PreCandidate, server.Raft.Role);
        Assert.True(server.Receive(Say.PreVote(2, term: 2, Say.At(2, 1))).Of<PreVoteResponse>()[0].Granted);
        Assert.Equal(Role.PreCandidate, server.Raft.Role);
    }

    [Fact]
    public void Deference_OfTwoEqualLogsExactlyOneGivesWay()
    {
        var roles = new List<(Role, bool)>();
        foreach (var (id, other) in new[] { (1, 2), (2, 1) })
        {
            var server = TestServer.WithLog([1], term: 1, id: id, of: 5);
            server.AtDeadline();
            var answer = server.Receive(Say.PreVote(other, term: 2, Say.At(1, 1), to: id)).Of<PreVoteResponse>()[0];
            roles.Add((server.Raft.Role, answer.Granted));
        }

        Assert.Contains((Role.PreCandidate, false), roles);
        Assert.Contains((Role.Follower, true), roles);
    }
}
