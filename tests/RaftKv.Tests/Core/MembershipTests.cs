using RaftKv.Core.Consensus;

namespace RaftKv.Tests.Core;

/// <summary>Learners and changes of one server at a time: rows M1 to M5, M7, C3, C5, R9 of the table of edge cases.</summary>
public sealed class MembershipTests
{
    private static TestServer Leader(int of = 3) => TestServer.Fresh(of: of).MadeLeader().AcceptedByAll();

    private static void Ask(TestServer server, MembershipChange change) =>
        server.Step(new ChangeMembership(server.Memberships.Count + 100, change));

    private static MembershipOutcome Refused(TestServer server, MembershipChange change)
    {
        var before = server.Raft.LastEntry;
        Ask(server, change);
        Assert.Equal(before, server.Raft.LastEntry);
        return server.Memberships[^1].Outcome;
    }

    private static void Accept(TestServer leader, params int[] peers)
    {
        foreach (var peer in peers)
        {
            leader.Receive(Say.Accepted(peer, leader.Raft.Term.Value, leader.Raft.LastEntry.Index.Value, leader.Id.Value));
        }
    }

    [Fact]
    public void M1_FreshLeaderChangesNothingBeforeItCommittedInItsTerm()
    {
        var leader = TestServer.WithLog([1, 1], term: 1).MadeLeader();
        Assert.Equal(MembershipOutcome.NotReady, Refused(leader, new AddLearner("four:1")));
        Assert.Equal(MembershipOutcome.NotReady, Refused(leader, new RemoveMember(Say.N(3))));
        Accept(leader, 2);
        Ask(leader, new AddLearner("four:1"));
        Assert.Equal("n1 n2 n3 (n4)", leader.Raft.Configuration.ToString());
    }

    [Fact]
    public void M2_SecondChangeIsRefusedWhileOneIsUncommitted()
    {
        var leader = Leader();
        Ask(leader, new AddLearner("four:1"));
        Assert.Empty(leader.Memberships);
        Assert.Equal(MembershipOutcome.InProgress, Refused(leader, new RemoveMember(Say.N(2))));
        Accept(leader, 2);
        Assert.Equal(new MembershipEnded(100, MembershipOutcome.Done, new LogIndex(2), Say.N(4), Say.N(1)), leader.Memberships[^1]);
        Ask(leader, new RemoveMember(Say.N(2)));
        Assert.Equal("n1 n3 (n4)", leader.Raft.Configuration.ToString());
    }

    [Fact]
    public void M2_OfTwoChangesInOneTurnOneIsMade()
    {
        var leader = Leader();
        leader.Turn([new ChangeMembership(1, new RemoveMember(Say.N(2))), new ChangeMembership(2, new RemoveMember(Say.N(3)))]);
        Assert.Equal((2L, MembershipOutcome.InProgress), (leader.Memberships.Single().RequestId, leader.Memberships[0].Outcome));
        Assert.Equal("n1 n3", leader.Raft.Configuration.ToString());
    }

    [Fact]
    public void M2_ChangeIsTakenBackWhenItsEntryIsDeleted()
    {
        var server = TestServer.Fresh();
        var change = new LogEntry(Say.At(1, 1), EntryKind.Configuration, ConfigurationCodec.Encode(Configuration.Of([Say.N(2), Say.N(3)])));
        server.Receive(new AppendRequest(Say.N(2), Say.N(1), new Term(1), EntryId.Zero, [change], LogIndex.Zero));
        Assert.Equal("n2 n3", server.Raft.Configuration.ToString());
        Assert.False(server.Raft.IsVoter);
        var back = server.Restart();
        foreach (var taken in new[] { server, back })
        {
            Assert.Equal("n2 n3", taken.Raft.Configuration.ToString());
            taken.Receive(Say.Append(3, 2, EntryId.Zero, [2]));
            Assert.Equal("n1 n2 n3", taken.Raft.Configuration.ToString());
            Assert.True(taken.Raft.IsVoter);
            Assert.Equal(LogIndex.Zero, taken.Configurations[^1].Index);
        }
    }

    [Fact]
    public void M2_LeaderThatLosesItsTermAnswersUnknown()
    {
        var leader = Leader();
        Ask(leader, new AddLearner("four:1"));
        leader.Receive(Say.Beat(2, 2));
        Assert.Equal(MembershipOutcome.Unknown, Assert.Single(leader.Memberships).Outcome);
    }

    [Fact]
    public void M2_AnotherEntryCommittedAtTheSameIndexIsNotTheChange()
    {
        var leader = Leader();
        Ask(leader, new AddLearner("four:1"));
        leader.Receive(Say.Append(2, 2, Say.At(1, 1), [2], commit: 2));
        Assert.Equal(2, leader.Raft.CommitIndex.Value);
        Assert.Equal(MembershipOutcome.Unknown, Assert.Single(leader.Memberships).Outcome);
    }

    [Fact]
    public void M5_LearnerGetsEntriesButNeitherCountsNorIsAskedForVotes()
    {
        var leader = Leader();
        Ask(leader, new AddLearner("four:1"));
        Accept(leader, 2, 3);
        leader.Outbox.Clear();
        Accept(leader, 4);
        Assert.Contains(leader.Step(new Proposal(1, new byte[1])), m => m is AppendRequest { Entries.Count: 1 } a && a.To == Say.N(4));
        Accept(leader, 4);
        Assert.Equal(2, leader.Raft.CommitIndex.Value);
        Accept(leader, 2);
        Assert.Equal(3, leader.Raft.CommitIndex.Value);
        leader.Receive(Say.Beat(2, 2));
        leader.Outbox.Clear();
        leader.AtDeadlineUntil(() => leader.Raft.Role == Role.PreCandidate);
        Assert.Equal([2, 3], leader.Outbox.Of<PreVoteRequest>().Select(m => m.To.Value));
    }

    [Fact]
    public void M5_LearnerIsPromotedOnlyWhenItHasCaughtUp()
    {
        var leader = Leader();
        Ask(leader, new AddLearner("four:1"));
        Accept(leader, 2, 3);
        Assert.Equal(MembershipOutcome.NotCaughtUp, Refused(leader, new PromoteLearner(Say.N(4))));
        Accept(leader, 4);
        Ask(leader, new PromoteLearner(Say.N(4)));
        Assert.Equal("n1 n2 n3 n4", leader.Raft.Configuration.ToString());
        Accept(leader, 2);
        Assert.Equal(2, leader.Raft.CommitIndex.Value);
        Accept(leader, 4);
        Assert.Equal(3, leader.Raft.CommitIndex.Value);
    }

    [Fact]
    public void M5_LearnerThatKeepsUpWithSteadyWritesIsPromoted()
    {
        var leader = Leader();
        Ask(leader, new AddLearner("four:1"));
        for (var i = 0; i < 4; i++)
        {
            Accept(leader, 2, 3, 4);
            leader.After(TimeSpan.FromMilliseconds(20));
            leader.Step(new Proposal(i, new byte[1]));
        }

        Assert.Null(RefusalOfPromotion(leader));
    }

    [Fact]
    public void M5_LearnerThatIsSilentIsNotPromoted()
    {
        var leader = Leader();
        Ask(leader, new AddLearner("four:1"));
        Accept(leader, 2, 3, 4);
        for (var i = 0; i < 15; i++)
        {
            leader.After(TimeSpan.FromMilliseconds(100));
            Accept(leader, 2, 3);
        }

        Assert.Equal(MembershipOutcome.NotCaughtUp, RefusalOfPromotion(leader));
    }

    private static MembershipOutcome? RefusalOfPromotion(TestServer leader)
    {
        var before = leader.Memberships.Count;
        Ask(leader, new PromoteLearner(Say.N(4)));
        return leader.Memberships.Count == before ? null : leader.Memberships[^1].Outcome;
    }

    [Fact]
    public void M7_IdsAreNeverReused()
    {
        var leader = Leader();
        Ask(leader, new RemoveMember(Say.N(3)));
        Accept(leader, 2);
        Assert.Equal(MembershipOutcome.IdUsed, Refused(leader, new AddLearner("three:1", Say.N(3))));
        Assert.Equal(MembershipOutcome.IdUsed, Refused(leader, new AddLearner("two:1", Say.N(2))));
        Ask(leader, new AddLearner("seven:1", Say.N(7)));
        Accept(leader, 2);
        Ask(leader, new RemoveMember(Say.N(7)));
        Accept(leader, 2);
        Ask(leader, new AddLearner("eight:1"));
        Assert.Equal("n1 n2 (n8)", leader.Raft.Configuration.ToString());
    }

    [Fact]
    public void M7_WhatTheLogSaysBeatsTheStartUpList()
    {
        var leader = Leader();
        Ask(leader, new RemoveMember(Say.N(3)));
        var back = leader.Restart();
        Assert.Equal([Say.N(1), Say.N(2), Say.N(3)], back.Options.Voters);
        Assert.Equal("n1 n2", back.Raft.Configuration.ToString());
        Assert.Equal(2, back.Raft.ConfigurationIndex.Value);
    }

    [Fact]
    public void M7_AddressesOfTheStartUpListAreInTheFirstChange()
    {
        var leader = TestServer.Fresh(change: o => o with { Addresses = new Dictionary<NodeId, string> { [Say.N(2)] = "two:1" } })
            .MadeLeader().AcceptedByAll();
        Ask(leader, new AddLearner("four:1"));
        Assert.Equal(["", "two:1", "", "four:1"], leader.Raft.Configuration.Members.Select(m => m.Address));
        Assert.Equal(leader.Raft.Configuration, ConfigurationCodec.Decode(leader.Log[^1].Payload.Span));
    }

    [Fact]
    public void R9_ReplyOfARemovedServerCountsForNothing()
    {
        var leader = Leader();
        Ask(leader, new RemoveMember(Say.N(3)));
        Accept(leader, 3);
        Assert.Equal(1, leader.Raft.CommitIndex.Value);
        Accept(leader, 2);
        Assert.Equal(2, leader.Raft.CommitIndex.Value);
        leader.Step(new Proposal(1, new byte[1]));
        Accept(leader, 3);
        Assert.Equal(2, leader.Raft.CommitIndex.Value);
    }

    [Fact]
    public void R9_PeerThatComesBackWithARevertedRemovalStartsANewSession()
    {
        var server = Leader();
        Ask(server, new RemoveMember(Say.N(3)));
        server.Receive(Say.Append(2, 2, Say.At(1, 1), [2], commit: 2));
        server.MadeLeader();
        server.Receive(Say.Accepted(3, 1, 2));
        Assert.Equal(0, server.Raft.Peers.Single(p => p.Id == Say.N(3)).Match.Value);
    }

    [Theory]
    [InlineData(2, 1)]
    [InlineData(3, 1)]
    [InlineData(4, 2)]
    [InlineData(5, 2)]
    [InlineData(6, 3)]
    [InlineData(7, 3)]
    public void C3_C5_CommitNeedsAMajorityOfTheVotersInForce(int voters, int needed)
    {
        var leader = Leader(voters + 1);
        Ask(leader, new RemoveMember(Say.N(2)));
        for (var i = 0; i < needed; i++)
        {
            Assert.Equal(1, leader.Raft.CommitIndex.Value);
            Accept(leader, 3 + i);
        }

        Assert.Equal(2, leader.Raft.CommitIndex.Value);
    }

    [Fact]
    public void RefusalsNameWhatIsWrong()
    {
        var leader = Leader();
        Assert.Equal(MembershipOutcome.UnknownServer, Refused(leader, new PromoteLearner(Say.N(9))));
        Assert.Equal(MembershipOutcome.UnknownServer, Refused(leader, new RemoveMember(Say.N(9))));
        Assert.Equal(MembershipOutcome.AlreadyVoter, Refused(leader, new PromoteLearner(Say.N(2))));
        Assert.Equal(MembershipOutcome.TooLarge, Refused(leader, new AddLearner(new string('a', 2000))));
        Assert.Equal(MembershipOutcome.LastVoter, Refused(Leader(of: 1), new RemoveMember(Say.N(1))));
        Assert.Equal(MembershipOutcome.NotLeader, Refused(TestServer.Fresh(), new RemoveMember(Say.N(1))));
        leader.Step(new TransferLeadership(1, Say.N(2)));
        Assert.Equal(MembershipOutcome.Transferring, Refused(leader, new RemoveMember(Say.N(2))));
    }

    [Fact]
    public void LearnerIsNoTargetOfAHandover()
    {
        var leader = Leader();
        Ask(leader, new AddLearner("four:1"));
        Accept(leader, 2, 3, 4);
        leader.Step(new TransferLeadership(1, Say.N(4)));
        Assert.Equal(TransferOutcome.UnknownTarget, Assert.Single(leader.Transfers).Outcome);
    }
}
