using RaftKv.Core.Consensus;

namespace RaftKv.Tests.Core;

/// <summary>What the core starts from, and what it keeps of servers whose ids are given again (M7).</summary>
public sealed class FirstMembershipTests
{
    private static TestServer Restarted(RaftOptions options, Configuration? first) =>
        new(options, new RecoveredState { FirstMembership = first, IsRestart = true }, [], new Instant(0));

    /// <summary>A start-up list that has shrunk to the server alone must not make it lead alone.</summary>
    [Fact]
    public void M7_H5_DiskWinsOverTheStartUpList()
    {
        var options = TestServer.OptionsOf(3, 3);
        var server = Restarted(options with { Voters = [Say.N(3)] }, options.FirstMembership);
        server.After(options.ElectionTimeoutUpper * 3);
        Assert.Equal("n1 n2 n3", server.Raft.Configuration.ToString());
        Assert.NotEqual(Role.Leader, server.Raft.Role);
    }

    /// <summary>Where servers are reached is no part of who they are: a cluster may start again on other ports.</summary>
    [Fact]
    public void M7_AddressesComeFromTheStartUpList()
    {
        var options = TestServer.OptionsOf(1, 2) with { Addresses = new Dictionary<NodeId, string> { [Say.N(2)] = "new:2" } };
        var first = Configuration.Of(
            [Say.N(1), Say.N(2)], new Dictionary<NodeId, string> { [Say.N(1)] = "old:1", [Say.N(2)] = "old:2" }, new Dictionary<NodeId, ulong> { [Say.N(2)] = 7 });
        Assert.Equal(
            [new Member(Say.N(1), "old:1", IsVoter: true), new Member(Say.N(2), "new:2", IsVoter: true, 7)],
            Restarted(options, first).Raft.Configuration.Members);
    }

    [Fact]
    public void P7_H1_LearnerIsAddedWithItsIncarnationAndKeepsIt()
    {
        var leader = TestServer.Fresh().MadeLeader().AcceptedByAll();
        leader.Step(new ChangeMembership(1, new AddLearner("four:1", Say.N(4), 0xA1)));
        leader.Receive(Say.Accepted(2, 1, 2));
        leader.Receive(Say.Accepted(4, 1, 2));
        leader.Step(new ChangeMembership(2, new PromoteLearner(Say.N(4))));
        Assert.Equal(new Member(Say.N(4), "four:1", IsVoter: true, 0xA1), leader.Raft.Configuration.Find(Say.N(4)));
        Assert.Equal(0xA1ul, ConfigurationCodec.Decode(leader.Log[^1].Payload.Span).Find(Say.N(4))!.Incarnation);
    }

    /// <summary>What one server acknowledged is no other's word, though an addition that was lost let both have one id.</summary>
    [Fact]
    public void P7_H1_AnswersOfALostAdditionDoNotCountForTheServerThatGotItsId()
    {
        var server = TestServer.WithLog([1], term: 1, isRestart: true);
        Configuration With(ulong incarnation, bool votes) => new(
            [.. server.Options.FirstMembership.Members, new Member(Say.N(4), "", votes, incarnation)], Say.N(4));
        void Take(int from, long term, params Configuration[] changes) => server.Receive(new AppendRequest(
            Say.N(from), Say.N(1), new Term(term), Say.At(1, 1),
            [.. changes.Select((c, i) => new LogEntry(Say.At(2 + i, term), EntryKind.Configuration, ConfigurationCodec.Encode(c)))], LogIndex.Zero));

        Take(2, 2, With(0xA1, votes: false));
        server.Receive(Say.Hello(4, 2, 0, 0));
        server.Receive(Say.Hello(3, 2, 0, 0));
        Take(3, 3, With(0xB2, votes: false), With(0xB2, votes: true));

        // Of four voters all others speak for it: two answered, and the third answer was that of somebody else.
        server.Receive(Say.Hello(2, 3, 0, 0));
        Assert.False(server.Raft.MayVote);
        server.Receive(Say.Hello(4, 3, 0, 0));
        Assert.True(server.Raft.MayVote);
    }
}
