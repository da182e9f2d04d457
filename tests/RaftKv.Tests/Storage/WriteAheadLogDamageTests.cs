using System.Buffers.Binary;
using RaftKv.Core.Consensus;
using RaftKv.Engine.Storage;
using static RaftKv.Tests.Storage.LogSamples;

namespace RaftKv.Tests.Storage;

public sealed class WriteAheadLogDamageTests
{
    [Fact]
    public void Open_AnyBitInTheLastFrameFlipped_IsTrimmed_P4()
    {
        var (disk, frames) = ThreeFrames();
        for (var bit = frames[2] * 8; bit < frames[3] * 8; bit++)
        {
            var damaged = Copy(disk);
            damaged.Bytes(FirstSegment)[bit / 8] ^= (byte)(1 << (bit % 8));
            using (var log = Open(damaged))
            {
                Assert.True(log.Recovered.TailWasTrimmed);
                Assert.Equal(2, log.Last.Index.Value);
                log.Commit(Save(9, State(8), null, Entry(3, 7, "new")));
            }

            using (var again = Open(damaged))
            {
                Assert.True(again.Recovered.TailWasTrimmed);
                Assert.Equal(new EntryId(new Term(2), new LogIndex(2)), again.Recovered.TrimmedAt);
                again.Commit(Save(10) with { TailIsWhole = true });
            }

            using var whole = Open(damaged);
            Assert.False(whole.Recovered.TailWasTrimmed);
            Assert.Equal(["3@7 Command new"], whole.Read(Range(3, 3), int.MaxValue).Texts());
        }
    }

    [Fact]
    public void Open_AnyBitBeforeTheLastFrameFlipped_IsRefusedWithFileAndOffset_P4()
    {
        var (disk, frames) = ThreeFrames();
        for (var bit = 0; bit < frames[2] * 8; bit++)
        {
            var damaged = Copy(disk);
            damaged.Bytes(FirstSegment)[bit / 8] ^= (byte)(1 << (bit % 8));
            var message = Assert.Throws<InvalidDataException>(() => Open(damaged)).Message;
            var offset = bit / 8 < frames[0] ? 0 : bit / 8 < frames[1] ? frames[0] : frames[1];
            Assert.Contains($"{FirstSegment} at offset {offset}:", message);
            Assert.Contains("add it again under a new id", message);
        }
    }

    [Fact]
    public void Open_LastFrameCutAnywhere_IsTrimmed_P4()
    {
        var (disk, frames) = ThreeFrames();
        for (var length = frames[2] + 1; length < frames[3] - 8; length++)
        {
            var damaged = Copy(disk);
            damaged.Bytes(FirstSegment).AsSpan(length).Clear();
            using var log = Open(damaged);
            Assert.True(log.Recovered.TailWasTrimmed);
            Assert.Equal(2, log.Last.Index.Value);
        }
    }

    [Fact]
    public void Open_ZerosAfterTheLastFrame_AreNoDamage()
    {
        var (disk, frames) = ThreeFrames();
        Assert.True(frames[3] < disk.Bytes(FirstSegment).Length);
        using var log = Open(disk);
        Assert.False(log.Recovered.TailWasTrimmed);
    }

    [Fact]
    public void Open_BadFrameAtTheEndOfAnOlderSegment_IsRefused_P4()
    {
        var disk = ManySegments();
        var bytes = disk.Bytes(FirstSegment);
        bytes[bytes.AsSpan().LastIndexOfAnyExcept((byte)0)] ^= 1;
        Assert.Contains(FirstSegment, Assert.Throws<InvalidDataException>(() => Open(disk)).Message);
    }

    [Fact]
    public void Open_LastFrameOfAnOlderSegmentReadsAsZeros_IsRefused_P9()
    {
        var disk = ManySegments();
        var second = Path.Combine(LogSamples.Directory, "0000000000000002.wal");
        var lastFrame = LastFrameOf(disk.Bytes(FirstSegment));
        disk.Bytes(FirstSegment).AsSpan(lastFrame).Clear();
        var message = Assert.Throws<InvalidDataException>(() => Open(disk)).Message;
        Assert.Contains($"{second} at offset 0", message);
        Assert.Contains("continues at frame", message);
    }

    [Fact]
    public void Open_MissingSegment_IsRefused_P9()
    {
        var disk = ManySegments();
        disk.Take(Path.Combine(LogSamples.Directory, "0000000000000002.wal"));
        Assert.Contains("0000000000000002.wal, is missing", Assert.Throws<InvalidDataException>(() => Open(disk)).Message);
    }

    [Fact]
    public void Open_AnotherServersSegment_IsRefused_P7()
    {
        var (disk, _) = ThreeFrames();
        var message = Assert.Throws<InvalidDataException>(() =>
            WriteAheadLog.Open(disk, LogSamples.Directory, Options with { Salt = 5 })).Message;
        Assert.Contains("another data directory", message);
    }

    [Fact]
    public void Open_NewerFormat_IsRefusedByItsNumber()
    {
        var (disk, _) = ThreeFrames();
        BinaryPrimitives.WriteInt32LittleEndian(disk.Bytes(FirstSegment).AsSpan(8), 2);
        Assert.Contains("format 2", Assert.Throws<InvalidDataException>(() => Open(disk)).Message);
    }

    [Fact]
    public void Open_UnfinishedSegment_IsSweptAway_P6()
    {
        var (disk, _) = ThreeFrames();
        disk.Put(Path.Combine(LogSamples.Directory, "0000000000000002.wal.new"), [1, 2, 3]);
        using var log = Open(disk);
        Assert.Equal(["0000000000000001.wal"], disk.List(LogSamples.Directory));
        Assert.Equal(3, log.Last.Index.Value);
    }

    [Fact]
    public void Open_FrameThatWasWrittenButNeverFlushed_IsFlushedBeforeItCounts()
    {
        var disk = new CrashDisk();
        using (var log = Open(disk))
        {
            log.Append([Save(1, State(1), null, Entry(1, 1, "x"))]); // The process is killed here; the page cache survives it.
        }

        using (var log = Open(disk))
        {
            Assert.Equal(1, log.Last.Index.Value);
        }

        using var afterPowerLoss = Open(disk.AfterCrash(seed: 1));
        Assert.Equal(1, afterPowerLoss.Last.Index.Value);
    }

    [Fact]
    public void Open_NoteOfATrimmedTailWithoutAnySegment_IsRefused_P7_H8()
    {
        var disk = new CrashDisk();
        disk.Put(Path.Combine(LogSamples.Directory, "trimmed"), "1 2 3\n"u8.ToArray());
        Assert.Contains("there is no segment", Assert.Throws<InvalidDataException>(() => Open(disk)).Message);
    }

    /// <returns>A log of three frames, and where they begin and end.</returns>
    private static (CrashDisk Disk, int[] Frames) ThreeFrames()
    {
        var disk = new CrashDisk();
        using var log = Open(disk);
        var frames = new List<int> { 72 };
        for (var i = 1; i <= 3; i++)
        {
            log.Commit(Save(i, State(i), null, Entry(i, i, "abcde")));
            frames.Add(frames[^1] + 16 + 24 + 24 + 5 + 3);
        }

        return (disk, [.. frames]);
    }

    private static CrashDisk ManySegments()
    {
        var disk = new CrashDisk();
        using var log = Open(disk);
        for (var i = 1; i <= 60; i++)
        {
            log.Commit(Save(i, null, null, Entries(i, i, 1, 200)));
        }

        return disk;
    }

    private static int LastFrameOf(byte[] segment)
    {
        var at = 72;
        while (true)
        {
            var next = at + ((16 + BinaryPrimitives.ReadInt32LittleEndian(segment.AsSpan(at)) + 7) & ~7);
            if (next + 4 > segment.Length || BinaryPrimitives.ReadInt32LittleEndian(segment.AsSpan(next)) == 0)
            {
                return at;
            }

            at = next;
        }
    }

    private static CrashDisk Copy(CrashDisk disk)
    {
        var copy = new CrashDisk();
        copy.Put(FirstSegment, (byte[])disk.Bytes(FirstSegment).Clone());
        return copy;
    }
}
