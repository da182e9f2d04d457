using RaftKv.Core.Consensus;
using RaftKv.Engine.Driver;

namespace RaftKv.Tests.Engine;

public sealed class PumpTests
{
    private static readonly NodeId Self = new(1);
    private static readonly NodeId Other = new(2);

    [Fact]
    public void Vote_LeavesOnlyAfterItsSaveCompleted_E1()
    {
        var pump = new PumpHarness();
        pump.Give(new VoteRequest(Other, Self, new Term(3), EntryId.Zero, false)).Run();
        Assert.Equal(new HardState(new Term(3), Other), pump.Saves.Single().HardState);
        Assert.Empty(pump.TakeSent<VoteResponse>());
        pump.Advance(1);
        Assert.Empty(pump.TakeSent<VoteResponse>());
        pump.CompleteSaves(1);
        Assert.True(pump.TakeSent<VoteResponse>().Single().Granted);
    }

    [Fact]
    public void Acknowledgement_LeavesOnlyAfterItsSaveCompleted_P1()
    {
        var pump = new PumpHarness();
        pump.Give(Append(1, EntryId.Zero, 0, Entry(1, 1), Entry(2, 1))).Run();
        Assert.Equal(2, pump.Saves.Sum(s => s.Entries.Count));
        Assert.Empty(pump.TakeSent<AppendAccepted>());
        pump.CompleteAllSaves();
        Assert.Equal(2, pump.TakeSent<AppendAccepted>().Single().Match.Value);
    }

    [Fact]
    public void Acknowledgements_OfSeveralSaves_LeaveInOrderAsFarAsDurable()
    {
        var pump = new PumpHarness();
        for (var i = 1; i <= 3; i++)
        {
            pump.Give(Append(1, i == 1 ? EntryId.Zero : Id(i - 1, 1), 0, Entry(i, 1))).Run();
        }

        Assert.Equal(3, pump.Saves.Count);
        pump.CompleteSaves(2);
        Assert.Equal([1L, 2L], pump.TakeSent<AppendAccepted>().Select(a => a.Match.Value));
        pump.CompleteSaves(3);
        Assert.Equal([3L], pump.TakeSent<AppendAccepted>().Select(a => a.Match.Value));
    }

    [Fact]
    public void Proposals_OfOneTurn_AreOneSaveAndOneAppendPerPeer()
    {
        var pump = new PumpHarness().BecomeLeader().Accept(2, 1).Accept(3, 1);
        pump.TakeSent<Message>();
        var saves = pump.Saves.Count;
        var payloads = Enumerable.Range(0, 100).Select(i => new[] { (byte)i }).ToArray();
        pump.Propose(payloads);
        Assert.Equal(saves + 1, pump.Saves.Count);
        var sent = pump.TakeSent<AppendRequest>();
        Assert.Equal([2, 3], sent.Select(s => s.To.Value).Order());
        Assert.All(sent, s => Assert.Equal(100, s.Entries.Count));
        Assert.True(sent[0].Entries[7].Payload.Equals((ReadOnlyMemory<byte>)payloads[7]), "the payload was copied on the way");
    }

    [Fact]
    public void Commit_ByFollowersAlone_IsAppliedBeforeTheOwnSaveCompletes_C4()
    {
        var pump = new PumpHarness().BecomeLeader().Accept(2, 1).Accept(3, 1);
        pump.Propose([1]).Accept(2, 2);
        Assert.Equal([1L], Applied(pump));
        pump.Accept(3, 2);
        Assert.Equal([1L, 2L], Applied(pump));
    }

    [Fact]
    public void LaggingPeer_IsFilledFromTheLogAndInOrder()
    {
        var pump = Restarted(entries: 10).BecomeLeader();
        pump.TakeSent<Message>();
        pump.Give(new AppendRejected(Other, Self, pump.Core.Term, new LogIndex(10), Id(4, 1))).Run();
        var read = pump.Reads.Single();
        Assert.Equal(new IndexRange(new LogIndex(5), new LogIndex(10)), read.Range);
        Assert.DoesNotContain(pump.TakeSent<AppendRequest>(), a => a.To == Other);
        pump.AnswerRead(read, [.. Enumerable.Range(5, 6).Select(i => Entry(i, 1))]);
        var sent = pump.TakeSent<AppendRequest>().Single(a => a.To == Other);
        Assert.Equal(Id(4, 1), sent.Previous);
        Assert.Equal([5L, 6, 7, 8, 9, 10, 11], sent.Entries.Select(e => e.Id.Index.Value));
        Assert.Equal(EntryKind.NoOp, sent.Entries[^1].Kind);
    }

    [Fact]
    public void LeadershipLostWhileTheLogIsRead_TheAppendIsDropped_R10()
    {
        var pump = Restarted(entries: 10).BecomeLeader();
        pump.Give(new AppendRejected(Other, Self, pump.Core.Term, new LogIndex(10), Id(4, 1))).Run();
        var read = pump.Reads.Single();
        pump.Give(new Heartbeat(new NodeId(3), Self, pump.Core.Term.Next, LogIndex.Zero, 1)).Run();
        pump.TakeSent<Message>();
        pump.AnswerRead(read, [.. Enumerable.Range(5, 6).Select(i => Entry(i, 1))]);
        Assert.Empty(pump.TakeSent<AppendRequest>());
    }

    [Fact]
    public void Restart_CommittedEntriesAreAppliedFromTheLogInOrder()
    {
        var pump = Restarted(entries: 10);
        pump.Give(Append(1, Id(10, 1), commit: 12, Entry(11, 1), Entry(12, 1))).Run();
        Assert.Empty(pump.AppliedChunks);
        var read = pump.Reads.Single();
        Assert.Equal(new IndexRange(new LogIndex(1), new LogIndex(10)), read.Range);
        pump.AnswerRead(read, [.. Enumerable.Range(1, 4).Select(i => Entry(i, 1))]);
        Assert.Equal([1L, 2, 3, 4], Applied(pump));
        pump.AnswerRead(pump.Reads[1], [.. Enumerable.Range(5, 6).Select(i => Entry(i, 1))]);
        Assert.Equal(Enumerable.Range(1, 12).Select(i => (long)i), Applied(pump));
    }

    [Fact]
    public void Apply_NeverReadsFromTheLogWhatASaveUnderWayReplaces_P3()
    {
        // Entries 8 to 10 of term 1 are still on disk when those of term 2 are committed.
        var pump = Restarted(entries: 10);
        pump.Give(Append(2, Id(7, 1), commit: 10, Entry(8, 2), Entry(9, 2), Entry(10, 2))).Run();
        Assert.Equal(8, pump.Saves[^1].TruncateFrom!.Value.Value);
        var read = pump.Reads.Single();
        Assert.Equal(new IndexRange(new LogIndex(1), new LogIndex(7)), read.Range);
        pump.AnswerRead(read, [.. Enumerable.Range(1, 7).Select(i => Entry(i, 1))]);
        Assert.Equal([2L, 2, 2], pump.AppliedEntries.Skip(7).Select(e => e.Id.Term.Value));
    }

    [Fact]
    public void Apply_RunsAheadOnlyAsFarAsAllowed()
    {
        var pump = new PumpHarness(options: new PumpOptions { MaxApplyAheadBytes = 1, MaxApplyChunkBytes = 100 });
        pump.Give(Append(1, EntryId.Zero, commit: 6, [.. Enumerable.Range(1, 6).Select(i => Entry(i, 1))])).Run();
        Assert.Equal([1L, 2, 3], Applied(pump));
        pump.CompleteApply(2);
        Assert.Equal(3, pump.AppliedEntries.Count());
        pump.CompleteApply(3);
        Assert.Equal(6, pump.AppliedEntries.Count());
    }

    [Fact]
    public void ClosedConnection_LostAppendsDoNotKeepTheLoopBusy()
    {
        var pump = new PumpHarness().BecomeLeader();
        pump.TransportIsOpen = false;
        var before = pump.TrySendCount;
        for (var i = 0; i < 100; i++)
        {
            pump.Advance(1);
        }

        Assert.InRange(pump.TrySendCount - before, 1, 40);
    }

    [Fact]
    public void Halt_NothingLeavesAnyMore()
    {
        var pump = new PumpHarness();
        pump.Give(Append(1, EntryId.Zero, commit: 2, Entry(1, 1), Entry(2, 1))).Run();
        pump.Give(Append(2, EntryId.Zero, commit: 2, Entry(1, 2))).Run();
        Assert.Equal("CommittedEntryConflict", pump.Halt!.Code);
        Assert.Equal(Instant.Never, pump.Pump.NextDeadline);
        pump.TakeSent<Message>();
        pump.CompleteAllSaves();
        pump.Give(new PreVoteRequest(Other, Self, new Term(9), Id(9, 9))).Advance(10_000);
        Assert.Empty(pump.Sent);
    }

    [Fact]
    public void Turn_NothingToDo_ReturnsFalseAndTheDeadlineLiesAhead()
    {
        var pump = new PumpHarness().Run();
        Assert.False(pump.Pump.Turn(() => pump.Now));
        Assert.True(pump.Pump.NextDeadline > pump.Now);
    }

    [Fact]
    public void Inbox_IsTakenInBoundedTurns()
    {
        var pump = new PumpHarness(options: new PumpOptions { MaxInputsPerTurn = 2 });
        for (var i = 1; i <= 5; i++)
        {
            pump.Give(new HelloRequest(Other, Self, Term.Zero, EntryId.Zero));
        }

        Assert.True(pump.Pump.Turn(() => pump.Now));
        Assert.Equal(2, pump.TakeSent<HelloResponse>().Count);
        pump.Run();
        Assert.Equal(3, pump.TakeSent<HelloResponse>().Count);
    }

    [Fact]
    public void LeaseRead_IsJudgedByAClockReadAfterItCame_L4()
    {
        var pump = new PumpHarness().BecomeLeader().Accept(2, 1).CompleteApply(1);
        pump.Give(new HeartbeatResponse(Other, Self, pump.Core.Term, pump.TakeSent<Heartbeat>()[^1].Round, TimeSpan.FromMilliseconds(500))).Run();
        pump.Give(new ReadRequest(1, ReadConsistency.Lease)).Run();
        Assert.Equal([1], pump.ReadyReads.Select(r => r.RequestId));

        // The loop is about to look into its inbox, and sleeps for longer than the lease; only then the read comes.
        pump.PauseBeforeEvents = TimeSpan.FromMilliseconds(600);
        pump.Give(new ReadRequest(2, ReadConsistency.Lease)).Run();
        Assert.Single(pump.ReadyReads);
    }

    [Fact]
    public void Loyalty_CountsFromAClockReadAfterTheLeaderWasHeard_L4()
    {
        var pump = new PumpHarness { PauseBeforeEvents = TimeSpan.FromMilliseconds(400) };
        pump.Give(new Heartbeat(Other, Self, new Term(1), LogIndex.Zero, 1)).Run();
        pump.CompleteAllSaves();
        Assert.Single(pump.TakeSent<HeartbeatResponse>());
        pump.Now += TimeSpan.FromMilliseconds(499);
        pump.Give(new VoteRequest(new NodeId(3), Self, new Term(2), Id(9, 1), IsTransfer: false)).Run();
        Assert.False(Assert.Single(pump.TakeSent<VoteResponse>()).Granted);
    }

    private static PumpHarness Restarted(int entries) => new(recovered: new RecoveredState
    {
        HardState = new HardState(new Term(1), NodeId.None),
        Entries = [.. Enumerable.Range(1, entries).Select(i => new EntryMeta(new Term(1), Entry(i, 1).SizeBytes))],
    });

    private static long[] Applied(PumpHarness pump) => [.. pump.AppliedEntries.Select(e => e.Id.Index.Value)];

    private static EntryId Id(long index, long term) => new(new Term(term), new LogIndex(index));

    private static LogEntry Entry(long index, long term) => new(Id(index, term), EntryKind.Command, new[] { (byte)index });

    private static AppendRequest Append(long term, EntryId previous, long commit, params LogEntry[] entries) =>
        new(Other, Self, new Term(term), previous, entries, new LogIndex(commit));
}
