using RaftKv.Core.Consensus;
using RaftKv.Core.Kv;
using static RaftKv.Tests.Core.KvStoreTests;

namespace RaftKv.Tests.Core;

/// <summary>Snapshots of the key-value state: what goes in comes out, in the same bytes on every server.</summary>
public sealed class KvSnapshotTests
{
    [Fact]
    public void S8_PairsHistoriesSessionsAndRevisionComeBack()
    {
        var store = Filled();
        var back = RoundTrip(store.View);

        Assert.Equal(store.View, back);
        Assert.Equal((store.View.Applied, store.View.Revision, store.View.Count, store.View.SessionCount),
            (back.Applied, back.Revision, back.Count, back.SessionCount));
        var (was, now) = (store.View.Get(B("kept"))!, back.Get(B("kept"))!);
        Assert.Equal((was.CreateRevision, was.ModifyRevision, was.Version), (now.CreateRevision, now.ModifyRevision, now.Version));
        Assert.Equal("second", System.Text.Encoding.UTF8.GetString(now.Value.Span));
        Assert.Equal("written in a session", System.Text.Encoding.UTF8.GetString(back.Get(B("once"))!.Value.Span));
    }

    [Fact]
    public void S8_AResendAfterASnapshotIsAnsweredAndNotAppliedAgain()
    {
        var store = new KvStore(maxSessions: 3);
        var session = Apply(store, Open).Revision;
        var first = Apply(store, Put("once", "v", session, sequence: 1));
        var restored = new KvStore(maxSessions: 3);
        restored.Restore(RoundTrip(store.View));

        var second = Apply(restored, Put("once", "v", session, sequence: 1));

        Assert.Equal(first, second);
        Assert.Equal(1, restored.View.Get(B("once"))!.Version);
    }

    [Fact]
    public void S8_AfterASnapshotTheSameSessionExpiresAsWithoutIt()
    {
        var store = new KvStore(maxSessions: 2);
        var oldest = Apply(store, Open).Revision;
        var middle = Apply(store, Open).Revision;
        Apply(store, Put("k", "v", oldest, sequence: 1));
        var restored = new KvStore(maxSessions: 2);
        restored.Restore(RoundTrip(store.View));

        foreach (var server in new[] { store, restored })
        {
            Apply(server, Open);
            Assert.Equal(ReplyStatus.SessionUnknown, Apply(server, Put("k", "w", middle, sequence: 1)).Status);
        }

        Assert.Equal(store.View.StateHash, restored.View.StateHash);
    }

    [Fact]
    public void I3_EqualStatesGiveEqualBytesHoweverTheyCameAbout()
    {
        var (one, other) = (new KvStore(), new KvStore());
        var keys = Enumerable.Range(0, 500).Select(i => $"k{i}").ToArray();
        foreach (var key in keys)
        {
            Apply(one, Put(key, "v"));
        }

        // The same pairs and history, through a snapshot in the middle: another tree, the same state.
        foreach (var key in keys[..250])
        {
            Apply(other, Put(key, "v"));
        }

        var restored = new KvStore();
        restored.Restore(RoundTrip(other.View));
        foreach (var key in keys[250..])
        {
            Apply(restored, Put(key, "v"));
        }

        Assert.Equal(Bytes(one.View), Bytes(restored.View));
        Assert.Equal(one.View.StateHash, restored.View.StateHash);
    }

    [Fact]
    public void EmptyState_ComesBack() => Assert.Equal(new KvStore().View, RoundTrip(new KvStore().View));

    [Fact]
    public void LastChangeADelete_TheRevisionComesBack()
    {
        var store = new KvStore();
        Apply(store, Put("a", "x"));
        Apply(store, Put("b", "x"));
        Apply(store, Delete("b"));
        Assert.Equal(3, RoundTrip(store.View).Revision);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(1000)]
    public void Read_HoweverTheBytesAreCut_GivesTheSame(int chunkBytes)
    {
        var view = Filled().View;
        var bytes = Bytes(view);
        var chunks = bytes.Chunk(chunkBytes).Select(c => new ReadOnlyMemory<byte>(c));
        Assert.Equal(view, KvSnapshot.Read(chunks));
    }

    [Fact]
    public void Write_InSmallChunks_GivesTheSameBytesAndBoundedChunks()
    {
        var store = new KvStore();
        for (var i = 0; i < 2000; i++)
        {
            Apply(store, Put($"k{i}", new string('x', 100)));
        }

        var largest = KvSnapshot.Write(store.View, 1024).Max(c => c.Length);
        Assert.InRange(largest, 1024, 1024 + 256);
        Assert.Equal(Bytes(store.View), Bytes(store.View, 1024));
    }

    [Fact]
    public void S4_AnyCutOffOrAlteredByteIsRefused()
    {
        var bytes = Bytes(Filled().View);
        for (var length = 0; length < bytes.Length; length++)
        {
            Assert.Throws<FormatException>(() => KvSnapshot.Read([bytes.AsMemory(0, length)]));
        }

        Assert.Throws<FormatException>(() => KvSnapshot.Read([bytes, new byte[] { 0 }]));
        var unnoticed = new List<int>();
        for (var at = 0; at < bytes.Length; at++)
        {
            var altered = bytes.ToArray();
            altered[at] ^= 0x10;
            try
            {
                KvSnapshot.Read([altered]);
                unnoticed.Add(at);
            }
            catch (FormatException)
            {
                // As it must be.
            }
        }

        // The applied index and the revision are not part of the state's hash: the file's checksum guards them.
        Assert.Equal([5, 6], unnoticed);
    }

    [Fact]
    public void Format_IsFrozen() => Assert.Equal(
        "524B565301" + "03" + "03"
        + "01" + "01030001" + "010003030301"
        + "01" + "016B" + "0176" + "030301"
        + "7B81E8B3BCEDE71F",
        Convert.ToHexString(Bytes(Small().View)));

    [Fact]
    public void S2_P9_ASnapshotThatIsNotNewerIsRefused()
    {
        var store = Filled();
        Assert.Throws<InvalidOperationException>(() => store.Restore(Small().View));
        Assert.Throws<InvalidOperationException>(() => store.Restore(store.View));
    }

    private static KvStore Small()
    {
        var store = new KvStore();
        var session = Apply(store, Open).Revision;
        store.Apply(new LogEntry(new EntryId(new Term(1), store.Applied.Next), EntryKind.NoOp, default));
        Apply(store, Put("k", "v", session, sequence: 1));
        return store;
    }

    private static KvStore Filled()
    {
        var store = new KvStore(maxSessions: 3);
        Apply(store, Put("kept", "first"));
        Apply(store, Put("gone", "soon"));
        Apply(store, Put("kept", "second"));
        Apply(store, Delete("gone"));
        var session = Apply(store, Open).Revision;
        Apply(store, Open);
        Apply(store, Put("once", "written in a session", session, sequence: 3, acknowledged: 2));
        Apply(store, Put("once", "refused", session, sequence: 4, acknowledged: 2, condition: new Condition(ConditionKind.Version, 9, default)));
        Apply(store, Put("empty", ""));
        return store;
    }

    private static KvView RoundTrip(KvView view) => KvSnapshot.Read([Bytes(view)]);

    private static byte[] Bytes(KvView view, int chunkBytes = 64 * 1024) =>
        [.. KvSnapshot.Write(view, chunkBytes).SelectMany(c => c.ToArray())];
}
