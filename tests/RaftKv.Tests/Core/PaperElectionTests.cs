using RaftKv.Core.Consensus;

namespace RaftKv.Tests.Core;

/// <summary>
/// One test per sentence of the Raft paper (extended version) on terms and elections. The rules are tried without
/// pre-vote, as the paper has them, unless a test says otherwise.
/// </summary>
public sealed class PaperElectionTests
{
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(1);

    private static RaftOptions Plain(RaftOptions options) => options with { PreVote = false, VoteStickiness = false, Deference = false };

    private static TestServer Server(int of = 3, bool autoSave = true) => TestServer.Fresh(1, of, autoSave, Plain);

    /// <summary>"If one server's current term is smaller than the other's, then it updates its current term to the larger value." (5.1)</summary>
    [Fact]
    public void SmallerTerm_IsUpdatedToTheLarger()
    {
        var server = Server();
        server.Receive(Say.Append(2, term: 7, EntryId.Zero));
        Assert.Equal(new Term(7), server.Raft.Term);
        Assert.Equal(new Term(7), server.DurableHardState.Term);
    }

    /// <summary>"If a candidate or leader discovers that its term is out of date, it immediately reverts to follower state." (5.1)</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void OutdatedCandidateOrLeader_RevertsToFollower(bool leads)
    {
        var server = Server();
        server.AtDeadline();
        if (leads)
        {
            server.MadeLeader();
        }

        Assert.Equal(leads ? Role.Leader : Role.Candidate, server.Raft.Role);
        server.Receive(Say.Voted(2, term: 9, granted: false));
        Assert.Equal(Role.Follower, server.Raft.Role);
        Assert.Equal(new Term(9), server.Raft.Term);
    }

    /// <summary>"If a server receives a request with a stale term number, it rejects the request." (5.1)</summary>
    [Fact]
    public void StaleRequest_IsRejected()
    {
        var server = TestServer.WithLog([1], term: 5, change: Plain);
        var vote = Assert.Single(server.Receive(Say.Vote(2, term: 4, Say.At(9, 4))).Of<VoteResponse>());
        Assert.False(vote.Granted);
        var append = Assert.Single(server.Receive(Say.Append(2, term: 4, Say.At(1, 1), [4])).Of<AppendRejected>());
        Assert.Equal(new Term(5), append.Term);
        Assert.Equal([1], server.Terms);
    }

    /// <summary>"When servers start up, they begin as followers." (5.2)</summary>
    [Fact]
    public void Server_BeginsAsFollower() => Assert.Equal(Role.Follower, Server().Raft.Role);

    /// <summary>"A server remains in follower state as long as it receives valid RPCs from a leader or candidate." (5.2)</summary>
    [Fact]
    public void Follower_StaysWhileTheLeaderIsHeard()
    {
        var server = Server();
        for (var i = 0; i < 50; i++)
        {
            server.After(TimeSpan.FromMilliseconds(400));
            server.Receive(Say.Beat(2, term: 1));
        }

        Assert.Equal(Role.Follower, server.Raft.Role);
        Assert.Equal(new Term(1), server.Raft.Term);
    }

    /// <summary>"Leaders send periodic heartbeats … to all followers in order to maintain their authority." (5.2)</summary>
    [Fact]
    public void Leader_SendsHeartbeatsToAllAtAFixedRate()
    {
        var server = Server(5).MadeLeader().AcceptedByAll();
        var rounds = new List<Instant>();
        while (rounds.Count < 4)
        {
            var beats = server.AtDeadline().Of<Heartbeat>();
            if (beats.Count > 0)
            {
                Assert.Equal([2, 3, 4, 5], beats.Select(b => b.To.Value));
                rounds.Add(server.Now);
            }
        }

        Assert.All(rounds.Zip(rounds.Skip(1)), pair => Assert.Equal(TimeSpan.FromMilliseconds(100), pair.Second - pair.First));
    }

    /// <summary>
    /// "To begin an election, a follower increments its current term and transitions to candidate state. It then votes
    /// for itself and issues RequestVote RPCs in parallel to each of the other servers." (5.2)
    /// </summary>
    [Fact]
    public void Timeout_BeginsAnElection()
    {
        var server = TestServer.WithLog([1, 2], term: 2, of: 5, change: Plain);
        var requests = server.AtDeadline().Of<VoteRequest>();
        Assert.Equal(Role.Candidate, server.Raft.Role);
        Assert.Equal(new HardState(new Term(3), server.Id), server.DurableHardState);
        Assert.Equal([2, 3, 4, 5], requests.Select(r => r.To.Value));
        Assert.All(requests, r => Assert.Equal((new Term(3), Say.At(2, 2)), (r.Term, r.Last)));
    }

    /// <summary>
    /// "A candidate wins an election if it receives votes from a majority of the servers in the full cluster for the
    /// same term." (5.2). The numbers count the votes of others (C5: even sizes need more than half).
    /// </summary>
    [Theory]
    [InlineData(1, 0, true)]
    [InlineData(2, 0, false)]
    [InlineData(2, 1, true)]
    [InlineData(3, 1, true)]
    [InlineData(4, 1, false)]
    [InlineData(4, 2, true)]
    [InlineData(5, 1, false)]
    [InlineData(5, 2, true)]
    [InlineData(6, 2, false)]
    [InlineData(6, 3, true)]
    public void Candidate_WinsWithAMajority(int size, int votes, bool wins)
    {
        var server = Server(size);
        server.AtDeadline();
        for (var voter = 2; voter < 2 + votes; voter++)
        {
            server.Receive(Say.Voted(voter, term: 1));
        }

        for (var voter = 2 + votes; voter <= size && !wins; voter++)
        {
            server.Receive(Say.Voted(voter, term: 1, granted: false));
        }

        Assert.Equal(wins ? Role.Leader : Role.Candidate, server.Raft.Role);
    }

    /// <summary>"Each server will vote for at most one candidate in a given term, on a first-come-first-served basis." (5.2)</summary>
    [Fact]
    public void Vote_GoesToTheFirstWhoAsks()
    {
        var server = Server();
        Assert.True(Assert.Single(server.Receive(Say.Vote(2, term: 1, EntryId.Zero)).Of<VoteResponse>()).Granted);
        Assert.False(Assert.Single(server.Receive(Say.Vote(3, term: 1, EntryId.Zero)).Of<VoteResponse>()).Granted);
        Assert.True(Assert.Single(server.Receive(Say.Vote(2, term: 1, EntryId.Zero)).Of<VoteResponse>()).Granted);
        Assert.True(Assert.Single(server.Receive(Say.Vote(3, term: 2, EntryId.Zero)).Of<VoteResponse>()).Granted);
    }

    /// <summary>
    /// "If the leader's term … is at least as large as the candidate's current term, then the candidate recognizes the
    /// leader as legitimate and returns to follower state." (5.2; R11)
    /// </summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void R11_CandidateFollowsALegitimateLeader(long term)
    {
        var server = Server();
        server.AtDeadline();
        server.Receive(Say.Append(2, term, EntryId.Zero));
        Assert.Equal((Role.Follower, new NodeId(2)), (server.Raft.Role, server.Raft.Leader));
    }

    /// <summary>"If the term in the RPC is smaller …, then the candidate rejects the RPC and continues in candidate state." (5.2)</summary>
    [Fact]
    public void Candidate_IgnoresALeaderOfThePast()
    {
        var server = TestServer.WithLog([], term: 4, change: Plain);
        server.AtDeadline();
        Assert.Single(server.Receive(Say.Append(2, term: 4, EntryId.Zero)).Of<AppendRejected>());
        Assert.Equal(Role.Candidate, server.Raft.Role);
    }

    /// <summary>"Each candidate … will time out and start a new election by incrementing its term." (5.2)</summary>
    [Fact]
    public void CandidateWithoutMajority_StartsAnew()
    {
        var server = Server();
        server.AtDeadline();
        server.AtDeadline();
        Assert.Equal((Role.Candidate, new Term(2)), (server.Raft.Role, server.Raft.Term));
    }

    /// <summary>"Election timeouts are chosen randomly from a fixed interval", again for each round (5.2, E13).</summary>
    [Fact]
    public void E13_TimeoutsAreRandomisedAnewEachRoundWithMicrosecondResolution()
    {
        var server = Server();
        var timeouts = new List<TimeSpan>();
        for (var i = 0; i < 200; i++)
        {
            var before = server.Now;
            server.AtDeadline();
            timeouts.Add(server.Now - before);
        }

        Assert.All(timeouts, t => Assert.InRange(t, TimeSpan.FromMilliseconds(500), TimeSpan.FromMilliseconds(1000)));
        Assert.True(timeouts.Distinct().Count() > 190, "Timeouts repeat.");
        Assert.Contains(timeouts, t => t.Ticks % TimeSpan.TicksPerMillisecond != 0);
        Assert.InRange(timeouts.Average(t => t.TotalMilliseconds), 720, 780);
    }

    /// <summary>
    /// "The voter denies its vote if its own log is more up-to-date … If the logs have last entries with different
    /// terms, then the log with the later term is more up-to-date. If the logs end with the same term, then whichever
    /// log is longer is more up-to-date." (5.4.1; E4)
    /// </summary>
    [Theory]
    [InlineData(new long[] { 1 }, 1, 1, true)]
    [InlineData(new long[] { 1 }, 2, 1, true)]
    [InlineData(new long[] { 1, 1 }, 1, 1, false)]
    [InlineData(new long[] { 1, 1, 1 }, 1, 2, true)]
    [InlineData(new long[] { 2 }, 9, 1, false)]
    [InlineData(new long[] { }, 0, 0, true)]
    public void E4_VoteIsDeniedToAnOlderLog(long[] own, long index, long term, bool granted)
    {
        var server = TestServer.WithLog(own, term: 2, change: Plain);
        var answer = Assert.Single(server.Receive(Say.Vote(2, term: 3, Say.At(index, term))).Of<VoteResponse>());
        Assert.Equal(granted, answer.Granted);
    }

    /// <summary>"Raft uses randomized election timeouts to ensure that split votes are rare and that they are resolved quickly." (5.2; E13)</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void E13_ServersThatStartTogether_Converge(bool modern)
    {
        for (var seed = 0UL; seed < 20; seed++)
        {
            var start = seed;
            var cluster = new TestCluster(7, change: o => (modern ? o : Plain(o)) with { Seed = start });
            cluster.RunUntil(() => cluster.Leader is not null, "a leader", seconds: 10);
        }
    }

    /// <summary>A cluster of one elects itself and commits its no-op, but only after both are durable (E14).</summary>
    [Fact]
    public void E14_SingleServer_LeadsAfterItsVoteIsDurable()
    {
        var server = Server(1, autoSave: false);
        server.After(Long);
        Assert.Equal(Role.Candidate, server.Raft.Role);
        server.CompleteSave();
        Assert.Equal(Role.Leader, server.Raft.Role);
        Assert.Equal(LogIndex.Zero, server.Raft.CommitIndex);
        server.CompleteSave();
        Assert.Equal(new LogIndex(1), server.Raft.CommitIndex);
    }
}
