using RaftKv.Core.Consensus;

namespace RaftKv.Tests.Core;

/// <summary>
/// What a server promises in one run and what it promised in those before it: row P7 of the table of edge cases, where
/// messages outlive a restart and the cluster goes on meanwhile.
/// </summary>
public sealed class RunTests
{
    private const long First = 11;
    private const long Second = 22;
    private const long Third = 33;

    private static TestServer Back(int of = 3) => TestServer.WithLog([1, 1], term: 1, of: of, isRestart: true);

    private static HelloRequest Hello(int from, long run, EntryId last, long term = 1) =>
        new(Say.N(from), Say.N(1), new Term(term), last, run);

    /// <summary>A leader of term 1 with two entries after its first one, all of which server 2 acknowledged in its first run, and server 3 not.</summary>
    private static TestServer Leader()
    {
        var leader = TestServer.Fresh(of: 5).MadeLeader();
        leader.Receive(Hello(2, First, EntryId.Zero));
        leader.Step(new Proposal(1, new byte[] { 1 }));
        leader.Step(new Proposal(2, new byte[] { 1 }));
        leader.Receive(Say.Accepted(2, 1, 3) with { Run = First });
        return leader;
    }

    [Fact]
    public void P7_RestartedServerConfirmsNoLeaderAndAcknowledgesNothingNewBeforeItIsSpokenFor()
    {
        // Server 2 was cut off and leads an older term than the one in which this server may have voted.
        var server = Back();
        server.Receive(Say.Hello(2, 1, 1, 2));
        Assert.Empty(server.Receive(Say.Beat(2, 1)).Of<HeartbeatResponse>());
        Assert.DoesNotContain(server.Receive(Say.Append(2, 1, Say.At(2, 1), [1])).Of<AppendAccepted>(), a => a.Match.Value > 0);
        server.Outbox.Clear();
        server.Receive(Say.Hello(3, 2, 0, 0));
        Assert.Equal(new Term(2), server.Raft.Term);
        Assert.Empty(server.Outbox.Of<AppendAccepted>());
        Assert.Equal(new Term(2), server.Receive(Say.Append(2, 1, Say.At(3, 1), [1])).Of<AppendRejected>()[0].Term);
    }

    [Fact]
    public void P7_WhatWasWithheldIsAcknowledgedOnceItIsSpokenFor()
    {
        var server = Back();
        server.Receive(Say.Append(2, 1, Say.At(2, 1), [1]));
        Assert.Empty(server.Outbox.Of<AppendAccepted>());
        server.Receive(Say.Hello(2, 1, 1, 2));
        server.Outbox.Clear();
        server.Receive(Say.Hello(3, 1, 0, 0));
        Assert.Equal(new LogIndex(3), Assert.Single(server.Outbox.Of<AppendAccepted>()).Match);
        Assert.Single(server.Receive(Say.Beat(2, 1)).Of<HeartbeatResponse>());
    }

    [Fact]
    public void P7_LeaderThatDidNotAnswerGetsNoAcknowledgementAndIsAskedUntilItAnswers()
    {
        var server = Back(of: 5);
        server.After(TestServer.OptionsOf(1, 5).ElectionTimeoutUpper);
        server.Receive(Say.Hello(3, 1, 0, 0));
        server.Receive(Say.Hello(4, 1, 0, 0));
        server.Receive(Say.Hello(5, 1, 0, 0));
        Assert.True(server.Raft.MayVote);
        for (var i = 0; i < 3; i++)
        {
            server.Now += TimeSpan.FromMilliseconds(100);
            Assert.Equal(Say.N(2), Assert.Single(server.Receive(Say.Beat(2, 2)).Of<HelloRequest>()).To);
            Assert.Empty(server.Receive(Say.Append(2, 2, Say.At(2, 1), [2])).Of<AppendAccepted>());
        }

        Assert.Equal(new LogIndex(3), Assert.Single(server.Receive(Say.Hello(2, 2, 1, 2)).Of<AppendAccepted>()).Match);
        server.Now += TimeSpan.FromMilliseconds(100);
        Assert.Empty(server.Receive(Say.Beat(2, 2)).Of<HelloRequest>());
    }

    [Fact]
    public void P7_ServerThatNeverStoppedAsksItsLeaderToo()
    {
        var server = TestServer.Fresh();
        Assert.Equal(Say.N(2), Assert.Single(server.Receive(Say.Beat(2, 1)).Of<HelloRequest>()).To);
        server.Receive(Say.Hello(2, 1, 1, 7));
        Assert.Equal("AcknowledgedEntriesLost", server.Halt?.Code);
    }

    [Fact]
    public void P7_WhileNotSpokenForItAcknowledgesWhatIsCommittedWithoutIt()
    {
        // The membership has changed since: of those that this server knows, none is left to answer it.
        var cluster = new TestCluster(3);
        cluster.Propose(cluster.Elect());
        cluster.Settle();
        var back = cluster.Servers.First(s => s != cluster.Leader).Id.Value;
        cluster.Stop(back);
        for (var id = 4; id <= 6; id++)
        {
            cluster.Join(TestServer.Joining(id));
            cluster.Change(cluster.Leader!, new AddLearner($"http://{id}"));
            cluster.Run(TimeSpan.FromMilliseconds(300));
            Assert.Equal(MembershipOutcome.Done, cluster.Change(cluster.Leader!, new PromoteLearner(Say.N(id)))?.Outcome);
        }

        foreach (var id in Enumerable.Range(1, 3).Where(i => i != back))
        {
            cluster.RunUntil(() => cluster.Leader is { } l && l.Raft.CommitIndex == l.Raft.LastEntry.Index, "a leader that commits");
            Assert.Equal(MembershipOutcome.Done, cluster.Change(cluster.Leader!, new RemoveMember(Say.N(id)))?.Outcome);
            cluster.Run(TimeSpan.FromSeconds(1));
            cluster.Stop(id);
        }

        cluster.RunUntil(() => cluster.Leader is not null, "a leader of those who came");
        cluster.Start(back);
        cluster.RunUntil(() => cluster[back].Raft.MayVote, "the server is spoken for by those who came");
        cluster.RunUntil(() => cluster[back].Raft.LastEntry == cluster.Leader!.Raft.LastEntry, "it has caught up");
    }

    [Fact]
    public void P7_LeaderDoesNotCountWhatAnEarlierRunAcknowledged()
    {
        var leader = Leader();
        leader.Receive(Hello(2, Second, Say.At(1, 1)));
        leader.Receive(Say.Accepted(2, 1, 3) with { Run = First });
        leader.Receive(Say.Accepted(3, 1, 3) with { Run = First });
        Assert.Equal(new LogIndex(1), leader.Raft.CommitIndex);
        leader.Receive(Say.Accepted(2, 1, 3) with { Run = Second });
        Assert.Equal(new LogIndex(3), leader.Raft.CommitIndex);
    }

    [Fact]
    public void P7_LateHelloOfARunThatEndedDoesNotShutOutTheOneThatLives()
    {
        var leader = Leader();
        leader.Receive(Hello(2, Third, Say.At(3, 1)));
        leader.Receive(Hello(2, Second, Say.At(1, 1)));
        leader.Receive(Say.Accepted(2, 1, 3) with { Run = Third });
        leader.Receive(Say.Accepted(3, 1, 3) with { Run = First });
        Assert.Equal(new LogIndex(1), leader.Raft.CommitIndex);
        leader.After(TimeSpan.FromMilliseconds(100));
        var round = leader.Outbox.Of<Heartbeat>()[^1].Round;
        leader.Receive(Say.Beaten(2, 1, round) with { Run = Third });
        leader.Receive(Say.Accepted(2, 1, 3) with { Run = Third });
        Assert.Equal(new LogIndex(3), leader.Raft.CommitIndex);
    }

    [Fact]
    public void P7_LateHelloOfARunThatEndedDoesNotLetItsLateAcknowledgementsCount()
    {
        var leader = Leader();
        leader.Receive(Hello(2, Second, Say.At(1, 1)));
        leader.Receive(Hello(2, First, EntryId.Zero));
        leader.Receive(Say.Accepted(2, 1, 3) with { Run = First });
        leader.Receive(Say.Accepted(3, 1, 3) with { Run = First });
        Assert.Equal(new LogIndex(1), leader.Raft.CommitIndex);
        leader.Receive(Say.Accepted(2, 1, 3) with { Run = Second });
        Assert.Equal(new LogIndex(3), leader.Raft.CommitIndex);
    }

    /// <summary>
    /// Others spoke for a server whose hello to the leader was late, so that the leader first heard of its new run by the
    /// answer to a heartbeat. It no longer counts the run before, and looks again where the logs part.
    /// </summary>
    [Fact]
    public void P7_RunThatItsLeaderFirstHeardOfByAHeartbeatsAnswerIsReplicatedTo()
    {
        var leader = Leader();
        leader.After(TimeSpan.FromMilliseconds(100));
        var round = leader.Outbox.Of<Heartbeat>()[^1].Round;
        leader.Receive(Say.Beaten(2, 1, round) with { Run = Second });
        leader.Receive(Hello(2, Second, Say.At(1, 1)));
        leader.Receive(Say.Accepted(3, 1, 3) with { Run = First });
        Assert.Equal(LogIndex.Zero, leader.Raft.CommitIndex);
        leader.Outbox.Clear();
        leader.Receive(Say.Rejected(2, 1, 3, Say.At(1, 1)));
        Assert.Contains(leader.Outbox.Of<AppendRequest>(), a => a.To == Say.N(2) && a.Previous == Say.At(1, 1));
    }

    [Fact]
    public void P7_AnswerNamesWhatEarlierRunsAcknowledgedAndNotThisOne()
    {
        var leader = Leader();
        EntryId Told(long run)
        {
            var answer = Assert.Single(leader.Receive(Hello(2, run, Say.At(1, 1))).Of<HelloResponse>());
            Assert.Equal(run, answer.Run);
            return new EntryId(answer.AcknowledgedTerm, answer.Acknowledged);
        }

        Assert.Equal(EntryId.Zero, Told(First));
        Assert.Equal(Say.At(3, 1), Told(Second));
        leader.Receive(Say.Accepted(2, 1, 1) with { Run = Second });
        Assert.Equal(Say.At(3, 1), Told(Second));
        Assert.Equal(Say.At(3, 1), Told(Third));
    }

    [Fact]
    public void P7_AnswerToAnotherRunSaysNothing()
    {
        var server = Back();
        server.Receive(Say.Hello(2, 1, 1, 9) with { Run = First });
        server.Receive(Say.Hello(3, 1, 0, 0) with { Run = First });
        Assert.Null(server.Halt);
        Assert.False(server.Raft.IsSpokenFor);
    }

    /// <summary>A late hello made the leader take this run for another; what it says then is what this run acknowledged.</summary>
    [Fact]
    public void P7_AnswerThatComesAgainOnceItIsSpokenForIsNoLoss()
    {
        var server = Back(of: 5);
        server.After(TestServer.OptionsOf(1, 5).ElectionTimeoutUpper);
        server.Receive(Say.Hello(2, 1, 0, 0, isSpokenFor: false));
        server.Receive(Say.Hello(3, 1, 0, 0));
        server.Receive(Say.Hello(4, 1, 0, 0));
        server.Receive(Say.Hello(5, 1, 0, 0));
        server.Receive(Say.Append(2, 2, Say.At(2, 1), [2]));
        Assert.Equal(new LogIndex(3), server.Outbox.Of<AppendAccepted>()[^1].Match);
        server.Receive(Say.Hello(2, 2, 2, 3));
        Assert.Null(server.Halt);
    }
}
