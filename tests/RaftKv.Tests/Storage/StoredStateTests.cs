using RaftKv.Core.Consensus;
using RaftKv.Engine.Storage;

namespace RaftKv.Tests.Storage;

/// <summary>What is read of a server's directory from outside, and a new server that begins with it.</summary>
public sealed class StoredStateTests : IDisposable
{
    private static readonly Configuration First = Configuration.Of([new NodeId(1), new NodeId(2), new NodeId(3)]);

    private readonly string _directory = Directory.CreateTempSubdirectory("raftkv-test-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Theory]
    [InlineData(false, 0)]
    [InlineData(true, 0)]
    [InlineData(false, 4)]
    public void Read_GivesTheSnapshotAndEveryEntryBehindIt(bool json, long snapshotAt)
    {
        var data = MakeServer("old", json, snapshotAt, last: 7);
        var stored = StoredState.Read(RealDisk.Instance, data);
        Assert.Equal(SnapshotSamples.At(7, 1), stored.Meta.Last);
        Assert.Equal(snapshotAt, stored.SnapshotIndex.Value);
        Assert.Equal(SnapshotSamples.StateAt(7), stored.View);
        Assert.Equal((stored.Identity, stored.Meta.Last, false), StoredState.Survey(RealDisk.Instance, data));
    }

    [Fact]
    public void Read_OfADirectoryWithoutALog_IsRefused()
    {
        var data = Path.Combine(_directory, "none");
        NodeIdentity.Create(RealDisk.Instance, data, Guid.NewGuid().ToString("N"), 1, 77);
        Assert.Throws<InvalidDataException>(() => StoredState.Read(RealDisk.Instance, data));
    }

    [Fact]
    public void Plant_AState_IsWhatAServerThatNeverRanBeginsWith_WithoutSessions()
    {
        var stored = StoredState.Read(RealDisk.Instance, MakeServer("old", json: false, snapshotAt: 4, last: 7));
        var file = Save(stored);
        var data = MakeDirectory("new");

        var seed = SnapshotSeed.Plant(RealDisk.Instance, data, file, First);

        Assert.Equal(new SnapshotMeta(SnapshotSamples.At(7, 1), LogIndex.Zero, First), seed);
        using var store = SnapshotStore.Open(RealDisk.Instance, Path.Combine(data, DataDirectory.SnapshotDirectory));
        var (meta, view) = store.LoadNewest()!.Value;
        Assert.Equal(seed, meta);
        Assert.Equal((0, 6, 7L), (view.SessionCount, view.Count, view.Revision));
        using var log = WriteAheadLog.Open(
            RealDisk.Instance, Path.Combine(data, DataDirectory.LogDirectory), new WriteAheadLogOptions { Salt = 77 }, meta);
        Assert.Equal(SnapshotSamples.At(7, 1), log.Last);
        Assert.False(log.Recovered.IsRestart);
    }

    [Theory]
    [InlineData("a log")]
    [InlineData("a snapshot")]
    public void Plant_WhereAServerRan_IsRefusedAndChangesNothing(string what)
    {
        var file = Save(StoredState.Read(RealDisk.Instance, MakeServer("old", json: false, snapshotAt: 0, last: 7)));
        var data = what == "a log" ? MakeServer("ran", json: false, snapshotAt: 0, last: 2) : MakeDirectory("ran");
        if (what == "a snapshot")
        {
            SnapshotSeed.Plant(RealDisk.Instance, data, file, First);
        }

        var before = Directory.GetFiles(data, "*", SearchOption.AllDirectories);
        Assert.Throws<InvalidDataException>(() => SnapshotSeed.Plant(RealDisk.Instance, data, file, First));
        Assert.Equal(before, Directory.GetFiles(data, "*", SearchOption.AllDirectories));
    }

    [Fact]
    public void Plant_ADamagedState_IsRefusedAndChangesNothing()
    {
        var file = Save(StoredState.Read(RealDisk.Instance, MakeServer("old", json: false, snapshotAt: 0, last: 7)));
        var bytes = File.ReadAllBytes(file);
        bytes[^10] ^= 1;
        var damaged = Path.Combine(_directory, "damaged");
        File.WriteAllBytes(damaged, bytes);
        var data = MakeDirectory("new");
        Assert.Throws<InvalidDataException>(() => SnapshotSeed.Plant(RealDisk.Instance, data, damaged, First));
        Assert.Empty(Directory.GetFiles(data, "*.snap*", SearchOption.AllDirectories));
    }

    private string Save(StoredState stored)
    {
        using var store = SnapshotStore.Open(RealDisk.Instance, Path.Combine(_directory, "parts"));
        return store.Save(stored.Meta, stored.View);
    }

    private string MakeDirectory(string name)
    {
        var data = Path.Combine(_directory, name);
        NodeIdentity.Create(RealDisk.Instance, data, Guid.NewGuid().ToString("N"), 1, 77);
        return data;
    }

    private string MakeServer(string name, bool json, long snapshotAt, int last)
    {
        var data = MakeDirectory(name);
        FirstMembership.Settle(RealDisk.Instance, data, First);
        if (snapshotAt > 0)
        {
            using var snapshots = SnapshotStore.Open(RealDisk.Instance, Path.Combine(data, DataDirectory.SnapshotDirectory));
            snapshots.Take(snapshotAt, term: 1);
        }

        var directory = Path.Combine(data, DataDirectory.LogDirectory);
        using ILogStorage log = json
            ? JsonLog.Open(RealDisk.Instance, directory)
            : LogFiles.OpenWriteAhead(RealDisk.Instance, directory, NodeIdentity.Read(RealDisk.Instance, data));
        log.Append([new Save(1, new HardState(new Term(1), NodeId.None), null, [.. Enumerable.Range(1, last).Select(SnapshotSamples.EntryAt)])]);
        log.Flush();
        return data;
    }
}
