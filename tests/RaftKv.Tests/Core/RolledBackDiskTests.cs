using RaftKv.Core.Consensus;

namespace RaftKv.Tests.Core;

/// <summary>
/// A disk that comes back older than it was, where the network or the leadership hides it: row P7 of the table of edge
/// cases.
/// </summary>
public sealed class RolledBackDiskTests
{
    /// <summary>The leader is asked until it answers, also when enough others have: only it knows of the loss, and it would ignore every rejection.</summary>
    [Fact]
    public void P7_RolledBackServerThatOnlyTheLeaderDidNotAnswerIsNoticedOrCaughtUp()
    {
        var cluster = new TestCluster(5);
        var leader = cluster.Elect();
        var victim = cluster.Servers.First(s => s != leader).Id.Value;
        for (var i = 0; i < 5; i++)
        {
            cluster.Propose(leader);
            cluster.Settle();
        }

        cluster.Stop(victim);
        cluster[victim].Durable.RemoveRange(3, cluster[victim].Durable.Count - 3);
        cluster.Cut.Add((victim, leader.Id.Value));
        cluster.Start(victim);
        cluster.Run(TimeSpan.FromMilliseconds(100));
        cluster.Heal();
        cluster.Run(TimeSpan.FromSeconds(20));
        for (var i = 0; i < 5; i++)
        {
            cluster.Propose(leader);
            cluster.Run(TimeSpan.FromMilliseconds(100));
        }

        Assert.True(
            cluster[victim].Halt?.Code == "AcknowledgedEntriesLost" || cluster[victim].Raft.LastEntry == leader.Raft.LastEntry,
            $"after 20 s on a whole network: halted {cluster[victim].Halt?.Code ?? "no"}, may vote {cluster[victim].Raft.MayVote}, "
            + $"log to {cluster[victim].Raft.LastEntry} where the leader's goes to {leader.Raft.LastEntry}");
    }

    /// <summary>The leader's answer is overtaken by its first append.</summary>
    [Fact]
    public void P7_LossIsNoticedAlsoWhenTheFirstAppendOvertakesTheAnswer()
    {
        var cluster = new TestCluster(3);
        var leader = cluster.Elect();
        var victim = cluster.Servers.First(s => s != leader).Id.Value;
        for (var i = 0; i < 5; i++)
        {
            cluster.Propose(leader);
            cluster.Settle();
        }

        cluster.Stop(victim);
        cluster[victim].Durable.RemoveRange(3, cluster[victim].Durable.Count - 3);
        var lost = 0;
        cluster.Lose = m => m is HelloResponse && m.From == leader.Id && lost++ == 0;
        cluster.Start(victim);
        cluster.Run(TimeSpan.FromSeconds(1));
        Assert.Equal("AcknowledgedEntriesLost", cluster[victim].Halt?.Code);
    }

    /// <summary>
    /// A leader that was elected again may not overwrite what it remembers with the little that was acknowledged since: the
    /// loss would be hidden, and an acknowledged write go with the leader when it is silent for long.
    /// </summary>
    [Fact]
    public void P7_ReelectedLeaderStillKnowsWhatWasAcknowledgedBefore()
    {
        var cluster = new TestCluster(3, change: o => o with { MaxAppendBytes = 1024 });
        var leader = cluster.Elect();
        var (back, behind) = (cluster.Servers.First(s => s != leader).Id.Value, cluster.Servers.Last(s => s != leader).Id.Value);
        cluster.Lose = m => m is AppendRequest { Entries.Count: > 0 } && m.To.Value == behind;
        for (var i = 0; i < 10; i++)
        {
            leader.Step(new Proposal(100 + i, new byte[500]));
            cluster.Settle();
        }

        var acknowledged = leader.Raft.CommitIndex;
        Assert.Equal(leader.Raft.LastEntry.Index, acknowledged);

        // The server goes down and its disk comes back older; the leader is elected again meanwhile.
        cluster.Stop(back);
        cluster[back].Durable.RemoveRange(2, cluster[back].Durable.Count - 2);
        cluster.Partition(leader.Id.Value);
        cluster.Run(TimeSpan.FromSeconds(2));
        cluster.Heal();
        cluster.RunUntil(() => cluster.Leader == leader && leader.Raft.Leader == leader.Id, "the same leader in a later term");

        // Its hello is lost for a moment; one small append arrives and is acknowledged.
        var appends = 0;
        cluster.Lose = m => (m is AppendRequest { Entries.Count: > 0 } && m.To.Value == behind)
            || (m is HelloRequest && m.To == leader.Id && appends == 0)
            || (m is AppendRequest { Entries.Count: > 0 } && m.To.Value == back && appends++ > 0);
        HelloResponse? told = null;
        cluster.Observer = (m, isLost) => told = m is HelloResponse h && h.From == leader.Id && h.To.Value == back && !isLost ? h : told;
        cluster.Start(back);
        cluster.RunUntil(() => appends > 0, "an append");
        cluster.Run(TimeSpan.FromMilliseconds(400));
        cluster.Observer = null;
        var halted = cluster[back].Halt?.Code;
        Assert.True(halted == "AcknowledgedEntriesLost" || told is null,
            $"the leader answered that it saw {told?.Acknowledged}@{told?.AcknowledgedTerm} acknowledged, where it had seen {acknowledged}; halted: {halted ?? "no"}, may vote: {cluster[back].Raft.MayVote}");

        // The leader is silent for a while: only now the rest would be lost.
        cluster.Stop(leader.Id.Value);
        cluster.Lose = _ => false;
        cluster.Run(TimeSpan.FromSeconds(15));
        Assert.True(
            halted == "AcknowledgedEntriesLost",
            $"halted: {halted ?? "no"}; now {cluster.Leader?.Id.ToString() ?? "no one"} leads with a log to {cluster.Leader?.Raft.LastEntry}, "
            + $"where {acknowledged} entries were committed and acknowledged");
    }

    /// <summary>
    /// The leader, cut off from a server that came back with an older disk, heard nothing of that. It may not commit with
    /// what that server acknowledged before: the others, who spoke for it, held less at that time.
    /// </summary>
    [Fact]
    public void P7_LeaderThatHeardNothingOfARestartDoesNotCommitWithTheRunBefore()
    {
        var cluster = new TestCluster(5);
        var leader = cluster.Elect();
        var others = cluster.Servers.Where(s => s != leader).Select(s => s.Id.Value).ToList();
        var (back, holder, candidate) = (others[0], others[1], others[2]);
        cluster.Propose(leader);
        cluster.Run(TimeSpan.FromMilliseconds(200));
        cluster.Lose = m => m is AppendRequest { Entries.Count: > 0 } && m.To.Value != back;
        cluster.Propose(leader);
        cluster.Settle();
        var entry = leader.Raft.LastEntry;
        Assert.Equal(entry.Index.Previous, leader.Raft.CommitIndex);

        cluster.Stop(back);
        cluster[back].Durable.RemoveAt(cluster[back].Durable.Count - 1);
        cluster.Cut.UnionWith([(back, leader.Id.Value), (leader.Id.Value, back)]);
        cluster.Start(back);
        cluster.RunUntil(() => cluster[back].Raft.MayVote, "the others speak for it");
        cluster.Lose = m => m is AppendRequest { Entries.Count: > 0 } && m.To.Value != holder;
        cluster.RunUntil(() => cluster[holder].Raft.LastEntry == entry, "another one holds the entry");
        cluster.Run(TimeSpan.FromMilliseconds(300));
        var isCommitted = leader.Raft.CommitIndex >= entry.Index;

        cluster.Stop(leader.Id.Value);
        cluster.Run(TimeSpan.FromMilliseconds(600));
        cluster.Lose = _ => false;
        cluster.Campaign(candidate);
        cluster.RunUntil(() => cluster.Leader is not null, "a leader");
        Assert.True(!isCommitted || cluster.Leader!.Raft.Log.Contains(entry), $"{entry} was committed, and {cluster.Leader!.Id} leads without it");
    }

    /// <summary>A leader took it to a term in which it may have voted, and it stopped again before its peers had answered.</summary>
    [Fact]
    public void P7_TermThatItCameToBeforeItsPeersAnsweredIsOneInWhichItMayHaveVoted()
    {
        var server = TestServer.WithLog([1, 1], term: 1, of: 3, isRestart: true);
        server.Receive(Say.Beat(2, 4));
        Assert.Equal(new Term(4), server.Raft.Term);
        var again = server.Restart();
        again.Receive(Say.Hello(2, 4, 0, 0));
        again.Receive(Say.Hello(3, 1, 0, 0));
        Assert.True(again.Raft.MayVote);
        again.Now += TimeSpan.FromMilliseconds(500);
        Assert.False(again.Receive(Say.Vote(3, 4, Say.At(9, 1))).Of<VoteResponse>()[0].Granted);
        Assert.True(again.Receive(Say.Vote(3, 5, Say.At(9, 1))).Of<VoteResponse>()[0].Granted);
    }

    /// <summary>What the first start learned about votes that may be lost, the second must know.</summary>
    [Fact]
    public void P7_TermInWhichItMayHaveVotedStaysForbiddenAfterASecondRestart()
    {
        var server = TestServer.WithLog([1, 1], term: 1, of: 3, isRestart: true);
        server.Receive(Say.Hello(2, 4, 0, 0));
        server.Receive(Say.Hello(3, 1, 0, 0));
        Assert.Equal(new Term(4), server.Raft.Term);
        var again = server.Restart();
        again.Receive(Say.Hello(2, 4, 0, 0));
        again.Receive(Say.Hello(3, 4, 0, 0));
        again.Now += TimeSpan.FromMilliseconds(500);
        Assert.False(again.Receive(Say.Vote(3, 4, Say.At(9, 1))).Of<VoteResponse>()[0].Granted);
    }
}
