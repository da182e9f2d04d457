using RaftKv.Core.Consensus;
using RaftKv.Engine.Storage;
using static RaftKv.Tests.Storage.SnapshotSamples;

namespace RaftKv.Tests.Storage;

/// <summary>Snapshot files: their bytes, what is kept of them, and how one is put together from parts.</summary>
public sealed class SnapshotStoreTests
{
    [Fact]
    public void File_Version1_HasTheseBytes()
    {
        using var store = SnapshotStore.Open(new CrashDisk(), SnapshotSamples.Directory);
        store.Take(2, 7, valueBytes: 3);
        var bytes = store.Bytes(At(2, 7));
        Assert.Equal(
            "52414654" + "4B56534E" + "01000000" + "3F000000" + "0700000000000000" + "0200000000000000" + "0100000000000000"
            + "02" + "05000000" + "03000000"
            + "01000000" + "01" + "0300" + "0000000000000000" + "613A31"
            + "02000000" + "01" + "0300" + "0000000000000000" + "623A32"
            + "04000000" + "00" + "0300" + "0000000000000000" + "643A34"
            + "524B5653" + "01",
            Convert.ToHexString(bytes, 0, 108));
        Assert.Equal("B975FF91", Convert.ToHexString(bytes, bytes.Length - 4, 4));
        Assert.Equal("0000000000000002-0000000000000007.snap", SnapshotFormat.NameOf(At(2, 7)));
        Assert.Equal("snapshots", DataDirectory.SnapshotDirectory);
    }

    [Fact]
    public void Load_GivesBackStateSessionsAndConfiguration_S3_S8()
    {
        var disk = new CrashDisk();
        using (var store = SnapshotStore.Open(disk, SnapshotSamples.Directory))
        {
            store.Take(500, 3, valueBytes: 2000);
        }

        using var again = SnapshotStore.Open(disk, SnapshotSamples.Directory);
        var (meta, view) = again.LoadNewest()!.Value;
        Assert.Equal(Meta(500, 3), meta);
        Assert.Equal(StateAt(500, 2000), view);
        Assert.Equal((1, 499), (view.SessionCount, view.Count));
    }

    [Fact]
    public void Load_AnyByteChangedOrCutOff_IsRefusedWithTheFileAndTheWayOut_P4()
    {
        var disk = new CrashDisk();
        using (var store = SnapshotStore.Open(disk, SnapshotSamples.Directory))
        {
            store.Take(3, 1);
        }

        var path = Path.Combine(SnapshotSamples.Directory, SnapshotFormat.NameOf(At(3, 1)));
        var bytes = disk.Bytes(path);
        for (var i = 0; i < bytes.Length; i++)
        {
            var damaged = new CrashDisk();
            var changed = (byte[])bytes.Clone();
            changed[i] ^= 0x10;
            damaged.Put(path, i % 2 == 0 ? changed : bytes[..i]);
            using var store = SnapshotStore.Open(damaged, SnapshotSamples.Directory);
            var fault = Assert.Throws<InvalidDataException>(() => store.LoadNewest());
            Assert.Contains(path, fault.Message, StringComparison.Ordinal);
            Assert.Contains("Restore the file", fault.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Store_KeepsTheTwoNewestAndWhatIsBeingSent_S5()
    {
        var disk = new CrashDisk();
        using var store = SnapshotStore.Open(disk, SnapshotSamples.Directory);
        store.Take(2, 1);
        store.Keep([At(2, 1)]);
        foreach (var index in new[] { 3, 4, 5 })
        {
            store.Take(index, 1);
        }

        Assert.Equal([2, 4, 5], disk.List(SnapshotSamples.Directory).Select(n => SnapshotFormat.IdIn(n)!.Value.Index.Value));
        Assert.NotEmpty(store.Bytes(At(2, 1)));
        store.Keep([]);
        Assert.Equal([4, 5], disk.List(SnapshotSamples.Directory).Select(n => SnapshotFormat.IdIn(n)!.Value.Index.Value));
        Assert.Empty(store.ReadPart(At(2, 1), 0, 100, out var total).ToArray());
        Assert.Equal(0, total);
    }

    [Fact]
    public void Receiver_PartsInAnyOrderAndRepeated_MakeTheSameFile_S4()
    {
        var bytes = Foreign(200, 4);
        var parts = Chunks(Meta(200, 4), bytes, 512);
        for (var seed = 0; seed < 30; seed++)
        {
            var random = new Random(seed);
            using var store = SnapshotStore.Open(new CrashDisk(), SnapshotSamples.Directory);
            using var receiver = new SnapshotReceiver(store);
            var next = 0L;
            var isWhole = false;
            while (!isWhole)
            {
                var part = random.Next(3) == 0 ? parts[random.Next(parts.Length)] : parts[next / 512];
                (next, isWhole) = receiver.Take(part);
            }

            Assert.Null(store.Newest);
            receiver.Finish(Meta(200, 4));
            Assert.Equal(bytes, store.Bytes(At(200, 4)));
            Assert.Equal((bytes.Length, true), receiver.Take(parts[random.Next(parts.Length)]));
        }
    }

    [Fact]
    public void Receiver_GoesOnFromAnotherLeaderAndStartsAnewForAnotherSnapshot_S4()
    {
        using var store = SnapshotStore.Open(new CrashDisk(), SnapshotSamples.Directory);
        using var receiver = new SnapshotReceiver(store);
        var parts = Chunks(Meta(200, 4), Foreign(200, 4), 512);
        receiver.Take(parts[0]);
        Assert.Equal((1024L, false), receiver.Take(parts[1] with { From = new NodeId(3), Term = new Term(9) }));
        var newer = Chunks(Meta(300, 4), Foreign(300, 4), 512);
        Assert.Equal((0L, false), receiver.Take(newer[3]));
        Assert.Equal((1536L, false), receiver.Take(parts[2]));
        Assert.Equal((512L, false), receiver.Take(newer[0]));
        Assert.Equal((0L, false), receiver.Take(parts[3]));
    }

    [Fact]
    public void Receiver_BytesThatChangedOnTheWay_AreThrownAwayAndAskedForAgain_S4()
    {
        var disk = new CrashDisk();
        using var store = SnapshotStore.Open(disk, SnapshotSamples.Directory);
        using var receiver = new SnapshotReceiver(store);
        var bytes = Foreign(50, 4);
        var changed = (byte[])bytes.Clone();
        changed[bytes.Length / 2] ^= 1;
        var answers = Chunks(Meta(50, 4), changed, 256).Select(receiver.Take).ToList();
        Assert.Equal((0L, false), answers[^1]);
        Assert.Empty(disk.List(SnapshotSamples.Directory));
        Assert.True(Chunks(Meta(50, 4), bytes, 256).Select(receiver.Take).ToList()[^1].IsWhole);
    }

    [Fact]
    public void Writer_EqualStatesGiveEqualFiles_I3() => Assert.Equal(Foreign(77, 3), Foreign(77, 3));

    [Fact]
    public void Writer_StateOfAnotherIndex_IsRefused_P8()
    {
        using var store = SnapshotStore.Open(new CrashDisk(), SnapshotSamples.Directory);
        Assert.Throws<ArgumentException>(() => new SnapshotWriter(store, Meta(5, 1), StateAt(4)));
    }
}
