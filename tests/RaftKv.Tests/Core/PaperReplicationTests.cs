using RaftKv.Core.Consensus;

namespace RaftKv.Tests.Core;

/// <summary>One test per sentence of the Raft paper (extended version) on replication, commitment and clients.</summary>
public sealed class PaperReplicationTests
{
    /// <summary>
    /// "The leader appends the command to its log as a new entry, then issues AppendEntries RPCs in parallel to each of
    /// the other servers." (5.3)
    /// </summary>
    [Fact]
    public void Leader_AppendsAndSendsToAllInParallel()
    {
        var leader = TestServer.Fresh(of: 5, autoSave: false).MadeLeader().AcceptedByAll();
        var sent = leader.Step(new Proposal(1, new byte[] { 42 })).Of<AppendRequest>();
        Assert.Equal([2, 3, 4, 5], sent.Select(a => a.To.Value));
        Assert.All(sent, a => Assert.Equal((Say.At(1, 1), 42), (a.Previous, a.Entries.Single().Payload.Span[0])));
        Assert.Equal(new ProposalAppended(1, Say.At(2, 1)), Assert.Single(leader.Appended));
    }

    /// <summary>
    /// "When the entry has been safely replicated …, the leader applies the entry to its state machine." "A log entry is
    /// committed once the leader … has replicated it on a majority of the servers." (5.3)
    /// </summary>
    [Fact]
    public void Leader_AppliesOnceAMajorityHasTheEntry()
    {
        var leader = TestServer.Fresh(of: 5).MadeLeader().AcceptedByAll();
        leader.Step(new Proposal(1, new byte[] { 42 }));
        leader.Receive(Say.Accepted(2, 1, 2));
        Assert.Equal(new LogIndex(1), leader.Raft.CommitIndex);
        leader.Receive(Say.Accepted(3, 1, 2));
        Assert.Equal(new LogIndex(2), leader.Raft.CommitIndex);
        Assert.Equal(Say.At(2, 1), leader.Applied[^1].Id);
    }

    /// <summary>"The leader retries AppendEntries RPCs indefinitely … until all followers eventually store all log entries." (5.3)</summary>
    [Fact]
    public void Leader_RetriesUntilTheFollowerHasEverything()
    {
        var cluster = new TestCluster(3);
        var leader = cluster.Elect();
        var random = new Random(5);
        cluster.Lose = m => m is AppendRequest or AppendAccepted && random.Next(100) < 70;
        for (var i = 0; i < 30; i++)
        {
            cluster.Propose(cluster.Leader!);
            cluster.Run(TimeSpan.FromMilliseconds(20));
        }

        cluster.Run(TimeSpan.FromSeconds(60));
        Assert.All(cluster.Servers, s => Assert.Equal(leader.Raft.LastEntry, s.Raft.LastEntry));
        Assert.All(cluster.Servers, s => Assert.Equal(31, s.Applied.Count));
    }

    /// <summary>"This also commits all preceding entries in the leader's log, including entries created by previous leaders." (5.3)</summary>
    [Fact]
    public void Commit_CoversEntriesOfPreviousLeaders()
    {
        var leader = TestServer.WithLog([1, 1, 2], term: 2).MadeLeader();
        Assert.Equal(LogIndex.Zero, leader.Raft.CommitIndex);
        leader.Receive(Say.Accepted(2, 3, 4));
        Assert.Equal([1, 2, 3, 4], leader.Applied.Select(e => e.Id.Index.Value));
    }

    /// <summary>
    /// "The leader keeps track of the highest index it knows to be committed, and it includes that index in future
    /// AppendEntries RPCs (including heartbeats)." (5.3)
    /// </summary>
    [Fact]
    public void CommitIndex_TravelsWithAppendsAndHeartbeats()
    {
        var leader = TestServer.Fresh().MadeLeader().AcceptedByAll();
        Assert.All(leader.Step(new Proposal(1, new byte[] { 1 })).Of<AppendRequest>(), a => Assert.Equal(new LogIndex(1), a.Commit));
        leader.AcceptedByAll();
        Assert.All(leader.AtDeadline().Of<Heartbeat>(), h => Assert.Equal(new LogIndex(2), h.Commit));
    }

    /// <summary>"Once a follower learns that a log entry is committed, it applies the entry … (in log order)." (5.3)</summary>
    [Fact]
    public void Follower_AppliesInOrderWhatIsCommitted()
    {
        var follower = TestServer.Fresh();
        follower.Receive(Say.Append(2, 1, EntryId.Zero, [1, 1, 1], commit: 1));
        Assert.Equal([1], follower.Applied.Select(e => e.Id.Index.Value));
        follower.Receive(Say.Append(2, 1, Say.At(3, 1), [], commit: 3));
        Assert.Equal([1, 2, 3], follower.Applied.Select(e => e.Id.Index.Value));
    }

    /// <summary>
    /// "If the follower does not find an entry in its log with the same index and term, then it refuses the new
    /// entries." (5.3)
    /// </summary>
    [Theory]
    [InlineData(0, 0, true)]
    [InlineData(1, 1, true)]
    [InlineData(2, 2, true)]
    [InlineData(2, 1, false)]
    [InlineData(3, 3, false)]
    public void Append_IsRefusedWithoutThePreviousEntry(long index, long term, bool accepted)
    {
        var follower = TestServer.WithLog([1, 2], term: 3);
        var answers = follower.Receive(Say.Append(2, 3, Say.At(index, term), [3]));
        Assert.Equal(accepted ? 1 : 0, answers.Of<AppendAccepted>().Count);
        Assert.Equal(accepted ? 0 : 1, answers.Of<AppendRejected>().Count);
    }

    /// <summary>
    /// "In Raft, the leader handles inconsistencies by forcing the followers' logs to duplicate its own." (5.3; the logs
    /// are those of figure 7)
    /// </summary>
    [Theory]
    [InlineData(new long[] { 1, 1, 1, 4, 4, 5, 5, 6, 6 }, 6)]
    [InlineData(new long[] { 1, 1, 1, 4 }, 4)]
    [InlineData(new long[] { 1, 1, 1, 4, 4, 5, 5, 6, 6, 6, 6 }, 6)]
    [InlineData(new long[] { 1, 1, 1, 4, 4, 5, 5, 6, 6, 6, 7, 7 }, 7)]
    [InlineData(new long[] { 1, 1, 1, 4, 4, 4, 4 }, 4)]
    [InlineData(new long[] { 1, 1, 1, 2, 2, 2, 3, 3, 3, 3, 3 }, 3)]
    public void Leader_ForcesFollowersToDuplicateItsLog(long[] log, long term)
    {
        long[] figure7 = [1, 1, 1, 4, 4, 5, 5, 6, 6, 6];
        var cluster = new TestCluster([
            TestServer.WithLog(figure7, term: 7, id: 1, change: o => o with { ElectionTimeoutLower = TimeSpan.FromMilliseconds(200), ElectionTimeoutUpper = TimeSpan.FromMilliseconds(200) }),
            TestServer.WithLog(figure7, term: 7, id: 2),
            TestServer.WithLog(log, term, id: 3)]);
        cluster.RunUntil(() => cluster.Leader?.Id.Value == 1, "server 1 leads");
        cluster.Run(TimeSpan.FromSeconds(1));
        Assert.Equal([.. figure7, cluster[1].Raft.Term.Value], cluster[3].Terms);
    }

    /// <summary>"A leader never overwrites or deletes entries in its own log." (5.3, leader append-only)</summary>
    [Fact]
    public void Leader_NeverDeletesItsOwnEntries()
    {
        var leader = TestServer.WithLog([1, 2, 2], term: 2, of: 5).MadeLeader();
        leader.Receive(Say.Rejected(2, 3, 3, EntryId.Zero));
        leader.Receive(Say.Accepted(3, 3, 1));
        leader.Receive(Say.Rejected(4, 3, 3, Say.At(1, 1)));
        Assert.Equal([1, 2, 2, 3], leader.Terms);
    }

    /// <summary>
    /// "Raft never commits log entries from previous terms by counting replicas. Only log entries from the leader's
    /// current term are committed by counting replicas." (5.4.2, figure 8; C1)
    /// </summary>
    [Fact]
    public void C1_EntriesOfOlderTermsAreNeverCommittedByCounting()
    {
        var leader = TestServer.WithLog([1, 2], term: 3, of: 5).MadeLeader();
        leader.Receive(Say.Accepted(2, 4, 2));
        leader.Receive(Say.Accepted(3, 4, 2));
        leader.Receive(Say.Accepted(4, 4, 2));
        leader.Receive(Say.Accepted(5, 4, 2));
        Assert.Equal(LogIndex.Zero, leader.Raft.CommitIndex);
        leader.Receive(Say.Accepted(2, 4, 3));
        leader.Receive(Say.Accepted(3, 4, 3));
        Assert.Equal(new LogIndex(3), leader.Raft.CommitIndex);
    }

    /// <summary>"Raft RPCs are idempotent": an append that comes twice changes nothing the second time. (5.5)</summary>
    [Fact]
    public void Append_IsIdempotent()
    {
        var follower = TestServer.Fresh();
        var append = Say.Append(2, 1, EntryId.Zero, [1, 1]);
        follower.Receive(append);
        var saves = 0;
        follower.Observer = (_, effects) => saves += effects.SaveId != 0 ? 1 : 0;
        Assert.Equal(new LogIndex(2), Assert.Single(follower.Receive(append).Of<AppendAccepted>()).Match);
        Assert.Equal(0, saves);
    }

    /// <summary>"Each leader commits a blank no-op entry into the log at the start of its term." (8; C2)</summary>
    [Fact]
    public void C2_NewLeaderAppendsANoOpAtOnce()
    {
        var leader = TestServer.Fresh();
        leader.AtDeadline();
        leader.Receive(Say.PreVoteGranted(2, campaign: 1));
        var sent = leader.Receive(Say.Voted(2, 1));
        Assert.All(sent.Of<AppendRequest>(), a => Assert.Equal(EntryKind.NoOp, a.Entries.Single().Kind));
        Assert.Equal(2, sent.Of<AppendRequest>().Count);
        Assert.Equal(2, sent.Of<Heartbeat>().Count);
    }

    /// <summary>
    /// "Raft handles this by having the leader exchange heartbeat messages with a majority of the cluster before
    /// responding to read-only requests." (8)
    /// </summary>
    [Fact]
    public void Read_WaitsForARoundOfHeartbeats()
    {
        var leader = TestServer.Fresh(of: 5).MadeLeader().AcceptedByAll();
        var round = leader.Step(new ReadRequest(1, ReadConsistency.Linearizable)).Of<Heartbeat>();
        Assert.Equal(4, round.Count);
        leader.Receive(Say.Beaten(2, 1, round[0].Round));
        Assert.Empty(leader.ReadsReady);
        leader.Receive(Say.Beaten(3, 1, round[0].Round));
        Assert.Equal(new ReadReady(1, new LogIndex(1)), Assert.Single(leader.ReadsReady));
    }
}
