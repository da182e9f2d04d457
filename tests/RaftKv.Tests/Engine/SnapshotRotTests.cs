using RaftKv.Core.Consensus;
using RaftKv.Engine.Driver;
using RaftKv.Engine.Storage;
using RaftKv.Tests.Storage;
using static RaftKv.Tests.Engine.NodeCluster;

namespace RaftKv.Tests.Engine;

/// <summary>A snapshot that changes on the disk of a server that is about to send it.</summary>
public sealed class SnapshotRotTests
{
    private static readonly SnapshotMeta Meta = SnapshotSamples.Meta(100, 1);

    private readonly CrashDisk _disk = new();

    [Fact]
    public void FirstPart_OfASnapshotOfWhichAnyByteChanged_IsAFaultThatNamesTheFile_S4_H10()
    {
        using var store = StoreWith(out var path);
        var length = _disk.Bytes(path).Length;
        for (var at = 0; at < length; at += 37)
        {
            using var work = new SnapshotWork(store, () => SnapshotSamples.StateAt(100), () => { });
            _disk.Bytes(path)[at] ^= 4;
            var part = FirstPart(work);
            Assert.Equal(0, part.TotalBytes);
            Assert.Contains(path, part.Fault);

            // The same state makes the same file, which takes the damaged one's place.
            work.Freeze();
            work.Write(Meta);
            DoAll(work);
            part = FirstPart(work);
            Assert.Equal((null, length), (part.Fault, part.TotalBytes));
        }
    }

    [Fact]
    public void FirstPart_OfASnapshotWhoseFileIsShorterOrGone_IsAFault_S4_H10()
    {
        using var store = StoreWith(out var path);
        using var work = new SnapshotWork(store, () => SnapshotSamples.StateAt(100), () => { });
        var bytes = _disk.Bytes(path);
        foreach (var length in new[] { 0, 3, 43, bytes.Length - 1 })
        {
            _disk.Put(path, bytes[..length]);
            using var opened = SnapshotStore.Open(_disk, SnapshotSamples.Directory);
            using var check = new SnapshotWork(opened, () => SnapshotSamples.StateAt(100), () => { });
            Assert.NotNull(FirstPart(check).Fault);
        }

        _disk.Take(path);
        Assert.Contains("gone", FirstPart(work).Fault);
    }

    /// <summary>While a large file is read through, parts of another go out, and the core hears that it goes on.</summary>
    [Fact]
    public void Check_GoesOnInPieces_BesideOtherWork_H10()
    {
        using var store = SnapshotStore.Open(_disk, SnapshotSamples.Directory, pieceBytes: 64);
        store.Take(50, 1);
        store.Take(100, 1);
        using var work = new SnapshotWork(store, () => SnapshotSamples.StateAt(100), () => { });
        work.Request(new SnapshotRead(1, Meta.Last, 0, 10, IsFirst: true));
        work.Work();
        work.Request(new SnapshotRead(2, SnapshotSamples.At(50, 1), 0, 10));
        work.Work();
        Assert.True(work.TryTakeRead(out var other));
        Assert.Equal(2, other.ReadId);
        DoAll(work);
        Assert.True(work.TryTakeRead(out var first));
        Assert.Equal((1L, null), (first.ReadId, first.Fault));
        Assert.True(work.TryTake(out var sign));
        Assert.Equal(new SnapshotChecked(Meta.Last), sign);
    }

    [Fact]
    public async Task LeaderWhoseNewestSnapshotRotted_SaysSo_MakesAnother_AndThePeerCatchesUp_H10()
    {
        await using var cluster = new NodeCluster(3, (_, o) => o with
        {
            Raft = o.Raft with { SnapshotTrailingEntries = 0 },
            SegmentBytes = 16 * 1024,
            SnapshotThresholdEntries = 0,
        });
        var leader = await cluster.LeaderAsync();
        var said = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        foreach (var id in cluster.Ids)
        {
            cluster[id.Value].SnapshotDamaged += fault => said.TrySetResult(fault);
        }

        var behind = cluster.Ids.First(i => i.Value != leader.Identity.ServerId).Value;
        await cluster.StopAsync(behind);
        for (var i = 0; i < 50; i++)
        {
            await cluster.PutAsync($"k{i}", new string('x', 500));
        }

        foreach (var id in cluster.Ids.Where(i => i.Value != behind))
        {
            var taken = (await cluster[id.Value].CheckpointAsync(TestContext.Current.CancellationToken))!.Value;
            Rot(Path.Combine(cluster.DirectoryOf(id.Value), DataDirectory.SnapshotDirectory, SnapshotFormat.NameOf(taken.Last)));
        }

        var node = cluster.Start(behind);
        await Until(() => node.View.Count == 50, "the server to catch up");
        Assert.Contains(".snap is damaged", await said.Task);
        await Until(() => cluster.Ids.All(i => cluster[i.Value].Status.Halt is null), "no one to halt");
    }

    private static void Rot(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
        file.Position = file.Length / 2;
        var value = file.ReadByte();
        file.Position--;
        file.WriteByte((byte)(value ^ 1));
    }

    private SnapshotStore StoreWith(out string path)
    {
        var store = SnapshotStore.Open(_disk, SnapshotSamples.Directory);
        store.Take(Meta.Last.Index.Value, Meta.Last.Term.Value);
        path = Path.Combine(SnapshotSamples.Directory, SnapshotFormat.NameOf(Meta.Last));
        return store;
    }

    private static SnapshotReadResult FirstPart(SnapshotWork work)
    {
        work.Request(new SnapshotRead(1, Meta.Last, 0, 10, IsFirst: true));
        DoAll(work);
        Assert.True(work.TryTakeRead(out var part));
        return part;
    }

    private static void DoAll(SnapshotWork work)
    {
        while (work.Work())
        {
        }
    }
}
