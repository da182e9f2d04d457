using RaftKv.Core.Consensus;

namespace RaftKv.Tests.Core;

/// <summary>
/// Who must answer a server that comes back with the membership of before: row P7 of the table of edge cases, where
/// servers joined and left while it was away.
/// </summary>
public sealed class SpokenForTests
{
    private static readonly TimeSpan Grace = TestServer.OptionsOf(1, 3).ElectionTimeoutUpper;

    private static TestServer Back(int of) => TestServer.WithLog([1, 1], term: 1, of: of, isRestart: true);

    private static HelloResponse Hello(int from, EntryId last, Configuration membership, bool isSpokenFor = true) =>
        Say.Hello(from, 1, 0, 0, last: last, isSpokenFor: isSpokenFor) with { Membership = membership };

    private static Configuration Of(params int[] voters) => Configuration.Of(voters.Select(Say.N));

    /// <summary>Of four servers 4 was removed and is gone; then another is lost while one that missed the removal comes back.</summary>
    [Fact]
    public void P7_ServerThatMissedARemovalIsSpokenForByThoseWhoStayed()
    {
        var cluster = new TestCluster(4);
        cluster.Campaign(1);
        cluster.Settle();
        cluster.RunUntil(() => cluster.Leader?.Raft.CommitIndex == cluster.Leader?.Raft.LastEntry.Index, "a leader that commits");
        Assert.Equal(Say.N(1), cluster.Leader!.Id);
        cluster.Stop(2);
        Assert.Equal(MembershipOutcome.Done, cluster.Change(cluster[1], new RemoveMember(Say.N(4)))?.Outcome);
        cluster.Run(TimeSpan.FromSeconds(1));
        cluster.Stop(4);
        cluster.Stop(3);
        cluster.Run(TimeSpan.FromSeconds(3));
        Assert.Null(cluster.Leader);
        cluster.Start(2);
        Assert.Equal(4, cluster[2].Raft.Configuration.VoterCount);
        cluster.RunUntil(() => cluster[2].Raft.MayVote, "the server takes part again", seconds: 10);
        cluster.RunUntil(() => cluster.Leader is { } leader && leader.Raft.CommitIndex == leader.Raft.LastEntry.Index, "a leader that commits", seconds: 10);
        Assert.Equal("FewAnswered", cluster[2].Raft.WentOn?.Code);
    }

    /// <summary>All whom it knows are gone. Anyone who came since counts on it, and campaigns at it.</summary>
    [Fact]
    public void P7_CandidateThatItDoesNotKnowIsAskedAndThoseWhomThatOneKnows()
    {
        var server = Back(of: 3);
        server.Step();
        server.Outbox.Clear();
        Assert.Equal([9], server.Receive(Say.PreVote(9, 8, Say.At(7, 7))).Of<HelloRequest>().Select(h => h.To.Value));
        server.Receive(Hello(9, Say.At(7, 7), Of(1, 8, 9)));
        server.After(Grace);
        Assert.Equal([2, 3, 8, 9], server.Outbox.Of<HelloRequest>().TakeLast(4).Select(h => h.To.Value).Order());
        server.Receive(Hello(9, Say.At(7, 7), Of(1, 8, 9)));
        Assert.False(server.Raft.MayVote);
        server.Receive(Hello(8, Say.At(7, 7), Of(1, 8, 9)));
        Assert.True(server.Raft.MayVote);
        Assert.Null(server.Raft.WentOn);
        Assert.Empty(server.Receive(Say.PreVote(5, 9, Say.At(7, 7))).Of<HelloRequest>());
    }

    /// <summary>
    /// A leader that was deposed appended the removal of 3 and could not commit it. Its successor is 3, and this server had
    /// acknowledged to that one alone.
    /// </summary>
    [Fact]
    public void P7_MembershipThatOnlyOneWasToldOfDoesNotShutOutWhoKnowsMore()
    {
        var server = Back(of: 3);
        server.Receive(Hello(2, Say.At(3, 1), Of(1, 2)));
        Assert.False(server.Raft.IsSpokenFor);
        server.After(Grace);
        server.Receive(Hello(2, Say.At(3, 1), Of(1, 2)));
        Assert.False(server.Raft.IsSpokenFor);
        server.Receive(Say.Hello(3, 2, 2, 4));
        Assert.Equal("AcknowledgedEntriesLost", server.Halt?.Code);
    }

    [Fact]
    public void P7_MembershipOfAnOlderLogThanItsOwnCountsForNothing()
    {
        var server = Back(of: 5);
        server.After(Grace);
        server.Receive(Hello(2, Say.At(1, 1), Of(1, 2)));
        server.Receive(Hello(3, Say.At(2, 1), Of(1, 2, 3)));
        Assert.False(server.Raft.MayVote);
        server.Receive(Hello(4, Say.At(2, 1), Of(1, 2, 3)));
        Assert.True(server.Raft.MayVote);
    }

    /// <summary>
    /// Half of the others is enough among the same four voters, but not when a fourth of them was removed meanwhile and
    /// this server helped to commit without it.
    /// </summary>
    [Fact]
    public void P7_HalfOfAnEvenNumberIsNotEnough()
    {
        var server = Back(of: 4);
        server.After(Grace);
        server.Receive(Hello(3, Say.At(2, 1), Of(1, 2, 3, 4)));
        server.Receive(Hello(4, Say.At(2, 1), Of(1, 2, 3, 4)));
        Assert.False(server.Raft.IsSpokenFor);
        server.Receive(Hello(2, Say.At(5, 3), Of(1, 2, 3)));
        Assert.True(server.Raft.IsSpokenFor);
        server.Now += Grace;
        Assert.False(server.Receive(Say.Vote(4, 4, Say.At(2, 1))).Of<VoteResponse>()[0].Granted);
    }
}
