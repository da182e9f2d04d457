using RaftKv.Core.Consensus;
using RaftKv.Engine.Driver;

namespace RaftKv.Tests.Engine;

/// <summary>When the pump takes snapshots, and how it sends the leader's to a peer: in parts, within a window, one read at a time.</summary>
public sealed class SnapshotDispatchTests
{
    private const int TotalBytes = 25;

    private static readonly NodeId Peer = new(3);

    private readonly Files _files = new();
    private readonly PumpHarness _pump;
    private long _last;

    public SnapshotDispatchTests()
    {
        _pump = new PumpHarness(
            options: new PumpOptions { SnapshotThresholdEntries = 3, SnapshotChunkBytes = 10, SnapshotWindowBytes = 20 },
            change: o => o with { SnapshotTrailingEntries = 0 },
            snapshots: _files).BecomeLeader();
        Apply(proposals: 0);
    }

    [Fact]
    public void Snapshot_IsTakenAfterEnoughEntries_AndOneAtATime()
    {
        Apply(proposals: 1);
        Assert.Empty(_files.Written);
        Apply(proposals: 1);
        Assert.Equal(3, Assert.Single(_files.Written).Last.Index.Value);
        Apply(proposals: 4);
        Assert.Single(_files.Written);
        Finish();
        Assert.Equal([3, 7], _files.Written.Select(m => m.Last.Index.Value));
    }

    [Fact]
    public void Checkpoint_IsAnsweredOnceASnapshotOfAllThatWasAppliedIsDurable()
    {
        Apply(proposals: 1);
        _pump.Give(new TakeCheckpoint(7)).Run();
        var meta = Assert.Single(_files.Written);
        Assert.Empty(_pump.EndedCheckpoints);
        Finish();
        Assert.Equal(new CheckpointEnded(7, meta.Last, IsOff: false), Assert.Single(_pump.EndedCheckpoints));

        _pump.Give(new TakeCheckpoint(8)).Run();
        Assert.Single(_files.Written);
        Assert.Equal(new CheckpointEnded(8, meta.Last, IsOff: false), _pump.EndedCheckpoints[^1]);
    }

    [Fact]
    public void Transfer_AsksFirstAndThenFillsItsWindow_OneReadAtATime()
    {
        var meta = StartTransfer();
        Assert.Equal([meta.Last], _files.Kept);
        Assert.Equal((meta.Last, 0L, 10), Asked(Assert.Single(_files.Reads)));
        AnswerRead();
        Assert.Equal((0L, 10), Sent());
        Assert.Single(_files.Reads);

        Answer(10);
        AnswerRead();
        Assert.Equal((10L, 10), Sent());
        AnswerRead();
        Assert.Equal((20L, 5), Sent());
        Assert.Equal([0, 10, 20], _files.Reads.Select(r => r.Offset));
    }

    [Fact]
    public void Transfer_WaitsWhileItsWindowIsFull_AndGoesBackToWhatThePeerLacks_S4()
    {
        _files.TotalBytes = 1000;
        StartTransfer();
        AnswerRead();
        Answer(10);
        AnswerRead();
        AnswerRead();
        Assert.Equal([0, 10, 20], _files.Reads.Select(r => r.Offset));
        Answer(20);
        Assert.Equal([0, 10, 20, 30], _files.Reads.Select(r => r.Offset));
        AnswerRead();
        Answer(20);
        Assert.Equal(20, _files.Reads[^1].Offset);
    }

    [Fact]
    public void PartReadBeforeLeadershipEnded_IsNotSent_AndTheSnapshotMayGo_R10()
    {
        StartTransfer();
        _pump.Give(new Heartbeat(Peer, _pump.Core.Id, _pump.Core.Term.Next, LogIndex.Zero, 1)).Run();
        AnswerRead();
        Assert.Empty(_pump.TakeSent<SnapshotChunk>());
        Assert.Empty(_files.Kept);
    }

    [Fact]
    public void PartThatCannotLeave_IsReadAgainWhenTheCoreSaysGoOn()
    {
        StartTransfer();
        _pump.TransportIsOpen = false;
        AnswerRead();
        Assert.Single(_files.Reads);
        _pump.TransportIsOpen = true;
        _pump.Advance(250);
        _pump.Give(new HeartbeatResponse(Peer, _pump.Core.Id, _pump.Core.Term, 1, default)).Run().Advance(1);
        Assert.Equal([0, 0], _files.Reads.Select(r => r.Offset));
        AnswerRead();
        Assert.Equal((0L, 10), Sent());
    }

    /// <summary>What rotted is not sent but told of, and the state is written again at once; then the peer gets that.</summary>
    [Fact]
    public void SnapshotThatIsDamaged_IsNotSent_AndAnotherIsMadeInItsPlace_S4_H10()
    {
        var meta = StartTransfer();
        Assert.True(_files.Reads[^1].IsFirst);
        AnswerRead(fault: "The snapshot x is damaged.");
        Assert.Empty(_pump.TakeSent<SnapshotChunk>());
        Assert.Equal([(meta.Last, "The snapshot x is damaged.")], _pump.DamagedSnapshots);
        Assert.Equal([meta, meta], _files.Written);
        Assert.Empty(_files.Kept);
        Assert.Single(_files.Reads);
        Finish();
        Assert.True(_files.Reads[^1].IsFirst);
        AnswerRead();
        Assert.Equal((0L, 10), Sent());
    }

    /// <summary>Only once is a file read through, unless all of it was sent and the peer still lacks something.</summary>
    [Fact]
    public void SnapshotThatThePeerLacksAlthoughAllWasSent_IsLookedAtAgain_S4_H10()
    {
        StartTransfer();
        AnswerRead();
        Answer(10);
        AnswerRead();
        AnswerRead();
        Assert.Equal([true, false, false], _files.Reads.Select(r => r.IsFirst));
        _pump.Advance(250);
        _pump.Give(new HeartbeatResponse(Peer, _pump.Core.Id, _pump.Core.Term, 1, default)).Run().Advance(1);
        Assert.Equal((10L, true), (_files.Reads[^1].Offset, _files.Reads[^1].IsFirst));
    }

    [Fact]
    public void Checkpoint_WhileTheNewestIsDamaged_WaitsForTheOneThatIsMadeInItsPlace_H10()
    {
        var meta = StartTransfer();
        AnswerRead(fault: "The snapshot x is damaged.");
        _pump.Give(new TakeCheckpoint(7)).Run();
        Assert.Empty(_pump.EndedCheckpoints);
        Finish();
        Assert.Equal(new CheckpointEnded(7, meta.Last, IsOff: false), Assert.Single(_pump.EndedCheckpoints));
    }

    [Fact]
    public void PartOfALeadersSnapshot_IsPassedOn_AndItsPlaceIsReported()
    {
        var leader = _pump.Core.Term.Next;
        var meta = new SnapshotMeta(new EntryId(leader, new LogIndex(50)), LogIndex.Zero, _pump.Core.Configuration);
        _pump.Give(new SnapshotChunk(Peer, _pump.Core.Id, leader, meta, 0, new byte[] { 1 }, 2)).Run();
        Assert.Equal(0, Assert.Single(_files.Received).Offset);
        _pump.TakeSent<Message>();
        _files.Answers.Enqueue(new SnapshotChunkStored(Peer, leader, meta.Last, 1));
        _pump.Run();
        Assert.Equal(1, Assert.Single(_pump.TakeSent<SnapshotChunkAccepted>()).NextOffset);
    }

    /// <summary>So many proposals, and what came before them, are committed and applied.</summary>
    private void Apply(int proposals)
    {
        _pump.Propose([.. Enumerable.Range(0, proposals).Select(i => new byte[] { (byte)i })]).CompleteAllSaves();
        _last += proposals + (_last == 0 ? 1 : 0);
        _pump.Accept(2, _last);
        _files.Applied = new LogIndex(_last);
        _pump.CompleteApply(_last);
    }

    /// <summary>The snapshot that is being made is durable.</summary>
    private void Finish()
    {
        _files.Answers.Enqueue(new SnapshotTaken(_files.Written[^1]));
        _pump.Run();
    }

    /// <summary>The log is compacted, and server 3, of which nothing was heard, needs the snapshot.</summary>
    private SnapshotMeta StartTransfer()
    {
        Apply(proposals: 2);
        Finish();
        _pump.CompleteAllSaves();
        _pump.Give(new AppendLost(Peer, _pump.Core.Term)).Run();
        _pump.TakeSent<Message>();
        return _files.Written[^1];
    }

    private void AnswerRead(string? fault = null)
    {
        var read = _files.Reads[^1];
        var bytes = new byte[Math.Clamp(_files.TotalBytes - read.Offset, 0, read.MaxBytes)];
        _files.Parts.Enqueue(fault is null
            ? new SnapshotReadResult(read.ReadId, bytes, _files.TotalBytes)
            : new SnapshotReadResult(read.ReadId, default, 0, fault));
        _pump.Run();
    }

    private void Answer(long nextOffset)
    {
        _pump.Give(new SnapshotChunkAccepted(Peer, _pump.Core.Id, _pump.Core.Term, _files.Written[^1].Last, nextOffset)).Run();
    }

    private (long Offset, int Bytes) Sent()
    {
        var chunk = Assert.Single(_pump.TakeSent<SnapshotChunk>());
        Assert.Equal((Peer, TotalBytes), (chunk.To, (int)chunk.TotalBytes));
        return (chunk.Offset, chunk.Data.Length);
    }

    private static (EntryId Last, long Offset, int MaxBytes) Asked(SnapshotRead read) => (read.Last, read.Offset, read.MaxBytes);

    private sealed class Files : ISnapshots
    {
        public LogIndex Applied { get; set; }

        public long TotalBytes { get; set; } = SnapshotDispatchTests.TotalBytes;

        public List<SnapshotMeta> Written { get; } = [];

        public List<SnapshotRead> Reads { get; } = [];

        public List<SnapshotChunk> Received { get; } = [];

        public IReadOnlyCollection<EntryId> Kept { get; private set; } = [];

        public Queue<InputEvent> Answers { get; } = new();

        public Queue<SnapshotReadResult> Parts { get; } = new();

        public LogIndex Freeze() => Applied;

        public void Write(SnapshotMeta meta) => Written.Add(meta);

        public void Request(in SnapshotRead read) => Reads.Add(read);

        public void Keep(IReadOnlyCollection<EntryId> inUse) => Kept = inUse;

        public void Receive(SnapshotChunk chunk) => Received.Add(chunk);

        public bool TryTake(out InputEvent inputEvent) => Answers.TryDequeue(out inputEvent!);

        public bool TryTakeRead(out SnapshotReadResult result) => Parts.TryDequeue(out result);
    }
}
