using RaftKv.Core.Consensus;
using RaftKv.Engine.Driver;
using RaftKv.Engine.Storage;
using static RaftKv.Tests.Storage.LogSamples;

namespace RaftKv.Tests.Engine;

public sealed class GroupCommitTests
{
    [Fact]
    public void Write_IsBoundedByBytesButNeverEmptyWhenSomethingWaits()
    {
        var commit = new GroupCommit(maxBatchBytes: 100);
        for (var i = 1; i <= 5; i++)
        {
            commit.Add(Save(i, null, null, Entries(i, i, 1, payloadBytes: i == 3 ? 500 : 10)));
        }

        using var storage = new GatedStorage();
        Assert.Equal([1L, 2], commit.Write(storage).Select(s => s.SaveId));
        Assert.Equal([3L], commit.Write(storage).Select(s => s.SaveId));
        Assert.Equal([4L, 5], commit.Write(storage).Select(s => s.SaveId));
        Assert.Empty(commit.Write(storage));
    }

    [Fact]
    public void Write_WithGroupCommitOff_GivesEachSaveABatchOfItsOwn()
    {
        var commit = new GroupCommit(maxBatchBytes: 1);
        for (var i = 1; i <= 3; i++)
        {
            commit.Add(new Save(i, null, null, [Entry(i, 1)]));
        }

        using var storage = new GatedStorage();
        Assert.Equal([1L], commit.Write(storage).Select(s => s.SaveId));
        Assert.Equal([2L], commit.Write(storage).Select(s => s.SaveId));
        Assert.Equal([3L], commit.Write(storage).Select(s => s.SaveId));
    }

    [Fact]
    public void Add_TheCallersListMayBeReused()
    {
        var commit = new GroupCommit();
        var entries = new List<LogEntry> { Entry(1, 1) };
        commit.Add(new Save(1, null, null, entries));
        entries.Clear();
        using var storage = new GatedStorage();
        Assert.Single(commit.Write(storage).Single().Entries);
    }

    [Fact]
    public async Task Writer_SavesThatComeDuringAFlush_ShareTheNextOne()
    {
        using var storage = new GatedStorage();
        using var completed = new SemaphoreSlim(0);
        var writer = new LogWriterThread(storage, GroupCommit.DefaultBatchBytes, "writer", () => completed.Release(), _ => { });
        writer.Thread.Start();
        writer.Write(Save(1, State(1)));
        await storage.FlushBegan.WaitAsync(Patience.Limit);
        for (var i = 2; i <= 100; i++)
        {
            writer.Write(Save(i, State(i)));
        }

        Assert.False(writer.TryTakeCompletion(out _));
        storage.LetFlush.Release(2);
        await completed.WaitAsync(Patience.Limit);
        await completed.WaitAsync(Patience.Limit);
        Assert.True(writer.TryTakeCompletion(out var saveId));
        Assert.Equal(100, saveId);
        Assert.Equal([1, 99], storage.BatchSizes);
        writer.Thread.RequestStop();
        writer.Thread.Join();
    }

    private sealed class GatedStorage : ILogStorage
    {
        public SemaphoreSlim FlushBegan { get; } = new(0);

        public SemaphoreSlim LetFlush { get; } = new(0);

        public List<int> BatchSizes { get; } = [];

        public RecoveredState Recovered => RecoveredState.Empty;

        public LogIndex First => new(1);

        public EntryId Last => EntryId.Zero;

        public void Append(IReadOnlyList<Save> saves) => BatchSizes.Add(saves.Count);

        public void Flush()
        {
            FlushBegan.Release();
            LetFlush.Wait();
        }

        public IReadOnlyList<LogEntry> Read(IndexRange range, int maxBytes) => [];

        public void Dispose()
        {
            FlushBegan.Dispose();
            LetFlush.Dispose();
        }
    }
}
