using RaftKv.Core.Consensus;

namespace RaftKv.Tests.Core;

/// <summary>
/// What a lease rests on: a server that heard its leader lately takes no part in an election, whatever else it hears. Rows
/// L4 and E16 of the table of edge cases.
/// </summary>
public sealed class LoyaltyTests
{
    /// <summary>A late refusal of an old pre-vote says that there is a newer term: still no vote while the leader is heard.</summary>
    [Fact]
    public void L4_TermLearnedFromALatePreVoteReplyDoesNotLiftStickiness()
    {
        var voter = TestServer.WithLog([1], term: 1, of: 5);
        voter.Receive(Say.Beat(2, 1));
        while (voter.Raft.Role == Role.Follower)
        {
            voter.AtDeadline();
        }

        Assert.Equal(Role.PreCandidate, voter.Raft.Role);
        Assert.Equal(9, Assert.Single(voter.Receive(Say.Beat(2, 1, round: 9)).Of<HeartbeatResponse>()).Round);
        voter.Receive(Say.PreVoteRefused(4, campaign: 2, term: 2));
        Assert.False(voter.Receive(Say.Vote(3, 2, Say.At(1, 1))).Of<VoteResponse>()[0].Granted);
    }

    /// <summary>The same in a whole cluster, where a lease read would miss a write that another leader has committed.</summary>
    [Fact]
    public void L4_NoLeaseReadWhileANewerLeaderCommits()
    {
        var network = new DelayedNetwork();
        var leader = network.Elect();

        // The network stands still for the leader; two others time out.
        var others = network.Servers.Where(s => s != leader).OrderBy(s => s.Raft.ElectionDeadline).ToArray();
        var (voter, candidate, third, fourth) = (others[0], others[1], others[2], others[3]);
        network.At(voter.Raft.ElectionDeadline);
        network.Fate = m => m is PreVoteRequest && m.From == voter.Id && m.To == third.Id ? 'l' : 'x';
        voter.Step();
        network.Settle();
        network.At(candidate.Raft.ElectionDeadline);
        network.Fate = m => m.From == leader.Id || m.To == leader.Id || m.From == voter.Id ? 'x'
            : m is VoteRequest && m.To == voter.Id ? 'l'
            : m.To == voter.Id || (m is VoteRequest && m.To == fourth.Id) ? 'x' : 'd';
        candidate.Step();
        network.Settle();
        Assert.Equal((Role.Candidate, new Term(2)), (candidate.Raft.Role, candidate.Raft.Term));
        Assert.Equal(candidate.Id, third.Raft.VotedFor);

        // The third, in term 2 already, refuses the voter's pre-vote; the reply takes its time.
        network.Fate = m => m is PreVoteResponse && m.To == voter.Id ? 'l' : 'x';
        network.Arrive(m => m is PreVoteRequest && m.To == third.Id);
        network.Settle();

        // The leader's heartbeat comes through to a majority: it has its lease.
        network.Fate = m => m.From == candidate.Id || m.To == candidate.Id || m.From == third.Id || m.To == third.Id ? 'x' : 'd';
        leader.Step();
        network.Settle();
        Assert.Equal((Role.Leader, leader.Id), (leader.Raft.Role, voter.Raft.Leader));
        leader.Step(new ReadRequest(1, ReadConsistency.Lease));
        Assert.Contains(leader.ReadsReady, r => r.RequestId == 1);

        // Now what was late arrives.
        network.Fate = m => m.From == leader.Id || m.To == leader.Id || m.To == fourth.Id || m.From == fourth.Id ? 'x' : 'd';
        network.Arrive(m => m is PreVoteResponse && m.To == voter.Id);
        network.Arrive(m => m is VoteRequest && m.To == voter.Id);
        network.Settle();
        if (candidate.Raft.Role == Role.Leader)
        {
            candidate.Step(new Proposal(7, new byte[] { 1 }));
            network.Settle();
            Assert.True(candidate.Raft.CommitIndex > leader.Raft.CommitIndex, "a write was acknowledged in term 2");
            network.At(leader.Now + TimeSpan.FromMilliseconds(50));
            leader.Step(new ReadRequest(2, ReadConsistency.Lease));
            Assert.DoesNotContain(leader.ReadsReady, r => r.RequestId == 2);
        }
    }

    [Theory]
    [InlineData(499, false)]
    [InlineData(500, true)]
    public void L4_LoyalServerVotesInNoTermHoweverItLearnedOfIt(int milliseconds, bool votes)
    {
        var voter = TestServer.WithLog([1], term: 1, of: 5);
        voter.Receive(Say.Beat(2, 1));
        voter.Receive(Say.Voted(4, 2, granted: false));
        Assert.Equal(new Term(2), voter.Raft.Term);
        voter.Now += TimeSpan.FromMilliseconds(milliseconds);
        Assert.Equal(votes, voter.Receive(Say.Vote(3, 2, Say.At(1, 1))).Of<VoteResponse>()[0].Granted);
    }

    [Fact]
    public void E6_LateRefusalOfAPreVoteChangesNothing()
    {
        var server = TestServer.WithLog([1], term: 1, of: 5);
        while (server.Raft.Role == Role.Follower)
        {
            server.AtDeadline();
        }

        server.Receive(Say.PreVoteRefused(4, campaign: 1, term: 3));
        Assert.Equal((Role.PreCandidate, new Term(1)), (server.Raft.Role, server.Raft.Term));
        server.Receive(Say.Beat(2, 1));
        server.Receive(Say.PreVoteRefused(4, campaign: 2, term: 3));
        Assert.Equal((Role.Follower, new Term(1), Say.N(2)), (server.Raft.Role, server.Raft.Term, server.Raft.Leader));
    }

    [Fact]
    public void P7_CandidateCountsNoVoteAfterItsTimeout()
    {
        // Anyone who gave it may have started again since, without its memory.
        var candidate = TestServer.WithLog([1], term: 1, of: 3, change: o => o with { PreVote = false });
        candidate.AtDeadlineUntil(() => candidate.Raft.Role == Role.Candidate);
        candidate.Now = candidate.Raft.ElectionDeadline;
        candidate.Receive(Say.Voted(2, 2));
        Assert.Equal((Role.Candidate, new Term(3)), (candidate.Raft.Role, candidate.Raft.Term));
        candidate.Receive(Say.Voted(2, 3));
        Assert.Equal(Role.Leader, candidate.Raft.Role);
    }

    /// <summary>Five servers, and a network that delivers ('d'), keeps back for later ('l') or loses each message as a test says.</summary>
    private sealed class DelayedNetwork
    {
        private readonly List<Message> _late = [];

        public TestServer[] Servers { get; } = [.. Enumerable.Range(1, 5).Select(i => TestServer.Fresh(i, 5))];

        public Func<Message, char> Fate { get; set; } = _ => 'd';

        /// <summary>The first leader, with the entry of its term committed everywhere.</summary>
        public TestServer Elect()
        {
            var leader = Servers.MinBy(s => s.Raft.ElectionDeadline)!;
            At(leader.Raft.ElectionDeadline);
            leader.Step();
            Settle();
            At(leader.Now + TimeSpan.FromMilliseconds(100));
            leader.Step();
            Settle();
            Assert.Equal(Role.Leader, leader.Raft.Role);
            Assert.All(Servers, s => Assert.Equal(1, s.Raft.CommitIndex.Value));
            return leader;
        }

        public void At(Instant now)
        {
            foreach (var server in Servers)
            {
                server.Now = now;
            }
        }

        public void Settle()
        {
            while (Servers.Any(s => s.Outbox.Count > 0))
            {
                foreach (var server in Servers)
                {
                    var outbox = server.Outbox.ToList();
                    server.Outbox.Clear();
                    outbox.ForEach(Carry);
                }
            }
        }

        public void Arrive(Func<Message, bool> which)
        {
            foreach (var message in _late.Where(which).ToList())
            {
                _late.Remove(message);
                Servers[message.To.Value - 1].Receive(message);
            }
        }

        private void Carry(Message message)
        {
            switch (Fate(message))
            {
                case 'd':
                    Servers[message.To.Value - 1].Receive(message);
                    break;
                case 'l':
                    _late.Add(message);
                    break;
            }
        }
    }
}
