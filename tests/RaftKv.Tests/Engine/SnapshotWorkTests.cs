using RaftKv.Core.Consensus;
using RaftKv.Engine.Driver;
using RaftKv.Engine.Storage;
using RaftKv.Tests.Storage;

namespace RaftKv.Tests.Engine;

/// <summary>The work on snapshot files, piece by piece.</summary>
public sealed class SnapshotWorkTests
{
    [Fact]
    public void Work_WhileItsOwnSnapshotRests_ServesOthersAndForgetsNothing()
    {
        var store = SnapshotStore.Open(new CrashDisk(), SnapshotSamples.Directory);
        using var work = new SnapshotWork(store, () => SnapshotSamples.StateAt(100), () => { });
        work.Freeze();
        work.Write(SnapshotSamples.Meta(100, 1));
        Assert.True(work.IsWriting);
        Assert.False(work.Work(mayWrite: false));
        Assert.True(work.Work());

        work.Request(new SnapshotRead(7, SnapshotSamples.At(100, 1), 0, 1024));
        Assert.True(work.Work(mayWrite: false));
        Assert.True(work.TryTakeRead(out var read));
        Assert.Equal(7, read.ReadId);
        Assert.True(work.IsWriting);
        Assert.Null(store.Newest);

        while (work.IsWriting)
        {
            work.Work();
        }

        Assert.True(work.TryTake(out var taken));
        Assert.Equal(new SnapshotTaken(SnapshotSamples.Meta(100, 1)), taken);
        Assert.Equal(SnapshotSamples.At(100, 1), store.Newest);
    }
}
