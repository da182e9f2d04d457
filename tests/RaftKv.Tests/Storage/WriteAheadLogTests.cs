using System.Text;
using RaftKv.Core.Consensus;
using RaftKv.Engine.Storage;
using static RaftKv.Tests.Storage.LogSamples;

namespace RaftKv.Tests.Storage;

public sealed class WriteAheadLogTests
{
    [Fact]
    public void Open_EmptyDirectory_IsNoRestart()
    {
        using var log = Open(new CrashDisk());
        Assert.False(log.Recovered.IsRestart);
        Assert.False(log.Recovered.TailWasTrimmed);
        Assert.Equal(EntryId.Zero, log.Last);
        Assert.Empty(log.Read(Range(1, 10), int.MaxValue));
    }

    [Fact]
    public void Open_AfterCleanStop_FindsEverything()
    {
        var disk = new CrashDisk();
        using (var log = Open(disk))
        {
            log.Commit(Save(1, State(3, 2), null, Entry(1, 3), Entry(2, 3, "hello")));
            log.Commit(Save(2, null, null, Entry(3, 3, new string('x', 10_000))));
            log.Commit(Save(3, State(4)));
        }

        using var again = Open(disk);
        Assert.Equal(State(4), again.Recovered.HardState);
        Assert.True(again.Recovered.IsRestart);
        Assert.False(again.Recovered.TailWasTrimmed);
        Assert.Equal(
            [new EntryMeta(new Term(3), 32), new EntryMeta(new Term(3), 37), new EntryMeta(new Term(3), 10_032)],
            again.Recovered.Entries);
        Assert.Equal(["1@3 NoOp ", "2@3 Command hello"], again.Read(Range(1, 2), int.MaxValue).Texts());
        Assert.Equal(10_000, again.Read(Range(3, 3), 1).Single().Payload.Length);
    }

    [Fact]
    public void Append_ManySegments_ReadsAcrossThem()
    {
        var disk = new CrashDisk();
        using (var log = Open(disk))
        {
            for (var i = 1; i <= 100; i++)
            {
                log.Commit(Save(i, null, null, Entries(i, i, 1, 200)));
            }
        }

        Assert.True(disk.List(LogSamples.Directory).Count > 5);
        using var again = Open(disk);
        var all = again.Read(Range(1, 100), int.MaxValue);
        Assert.Equal(Enumerable.Range(1, 100).Select(i => (long)i), all.Select(e => e.Id.Index.Value));
        Assert.All(all, e => Assert.StartsWith($"{e.Id.Index}.", Encoding.UTF8.GetString(e.Payload.Span)));
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(41, 1)]
    [InlineData(42, 1)]
    [InlineData(83, 1)]
    [InlineData(84, 2)]
    [InlineData(1000, 3)]
    public void Read_MaxBytes_StopsBeforeButNeverBeforeTheFirst(int maxBytes, int expected)
    {
        using var log = Open(new CrashDisk());
        log.Commit(Save(1, null, null, Entries(1, 3, 1)));
        Assert.Equal(expected, log.Read(Range(1, 3), maxBytes).Count);
    }

    [Fact]
    public void Read_OutsideOfTheLog_IsEmptyOrShort()
    {
        using var log = Open(new CrashDisk());
        log.Commit(Save(1, null, null, Entries(1, 3, 1)));
        Assert.Empty(log.Read(Range(4, 9), int.MaxValue));
        Assert.Equal(2, log.Read(Range(2, 9), int.MaxValue).Count);
    }

    [Fact]
    public void Append_TruncateAndAppendAgain_TheNewEntriesCount_P3()
    {
        var disk = new CrashDisk();
        using (var log = Open(disk))
        {
            log.Commit(Save(1, State(1), null, Entries(1, 5, 1)));
            log.Commit(
                Save(2, State(2), 3, Entry(3, 2, "two")),
                Save(3, State(3), 3, Entry(3, 3, "three"), Entry(4, 3, "four")));
            Assert.Equal(["3@3 Command three", "4@3 Command four"], log.Read(Range(3, 9), int.MaxValue).Texts());
        }

        using var again = Open(disk);
        Assert.Equal(State(3), again.Recovered.HardState);
        Assert.Equal(new EntryId(new Term(3), new LogIndex(4)), again.Last);
        Assert.Equal(["2@1 Command 2.........", "3@3 Command three"], again.Read(Range(2, 3), int.MaxValue).Texts());
    }

    [Fact]
    public void Append_ManySaves_CostOneWriteAndOneFlush()
    {
        var disk = new CrashDisk();
        using var log = Open(disk);
        var (writes, flushes) = (disk.Writes, disk.FileFlushes);
        log.Commit([.. Enumerable.Range(1, 50).Select(i => Save(i, null, null, Entry(i, 1, "x")))]);
        Assert.Equal((writes + 1, flushes + 1), (disk.Writes, disk.FileFlushes));
    }

    [Fact]
    public void Append_BeforeTheFlushOfTheFrameBefore_IsRefused()
    {
        using var log = Open(new CrashDisk());
        log.Append([Save(1, State(1))]);
        Assert.Throws<InvalidOperationException>(() => log.Append([Save(2, State(2))]));
    }

    [Theory]
    [InlineData(2)]
    [InlineData(5)]
    public void Append_GapOrOverlap_IsRefusedAndNothingIsWritten(long index)
    {
        using var log = Open(new CrashDisk());
        log.Commit(Save(1, null, null, Entries(1, 3, 1)));
        Assert.Throws<InvalidOperationException>(() => log.Append([Save(2, null, null, Entry(index, 1))]));
        log.Commit(Save(2, null, null, Entry(4, 1)));
        Assert.Equal(4, log.Last.Index.Value);
    }

    [Fact]
    public void Flush_Error_IsFinal_P5()
    {
        var disk = new CrashDisk();
        using var log = Open(disk);
        log.Append([Save(1, State(1))]);
        disk.FlushError = new IOException("broken");
        Assert.Throws<IOException>(log.Flush);
        disk.FlushError = null;
        Assert.Throws<InvalidOperationException>(log.Flush);
        Assert.Throws<InvalidOperationException>(() => log.Append([Save(2, State(2))]));
    }

    [Fact]
    public void Append_PayloadThatLooksLikeAFrame_IsStillAPayload()
    {
        var disk = new CrashDisk();
        byte[] image;
        using (var other = WriteAheadLog.Open(disk, "/other", new WriteAheadLogOptions { SegmentBytes = 4096, Salt = 1 }))
        {
            for (var i = 1; i <= 3; i++)
            {
                other.Append([Save(i, State(i))]);
                other.Flush();
            }

            image = disk.Bytes("/other/0000000000000001.wal")[72..200];
        }

        using (var log = Open(disk))
        {
            log.Append([Save(1, null, null, new LogEntry(new EntryId(new Term(1), new LogIndex(1)), EntryKind.Command, image))]);
        }

        // The frame that carries the image is torn: the image inside must not count as "a whole frame follows".
        disk.Bytes(FirstSegment)[80] ^= 1;
        using var again = Open(disk);
        Assert.True(again.Recovered.TailWasTrimmed);
    }

    [Fact]
    public void RealDisk_RoundTrip_SurvivesReopening()
    {
        var directory = System.IO.Directory.CreateTempSubdirectory("raftkv-wal-").FullName;
        try
        {
            var path = Path.Combine(directory, "log");
            using (var log = WriteAheadLog.Open(RealDisk.Instance, path, new WriteAheadLogOptions { SegmentBytes = 64 * 1024 }))
            {
                for (var i = 1; i <= 200; i++)
                {
                    log.Commit(Save(i, State(1, 1), null, Entries(i, i, 1, 1000)));
                }
            }

            using var again = WriteAheadLog.Open(RealDisk.Instance, path, new WriteAheadLogOptions { SegmentBytes = 64 * 1024 });
            Assert.Equal(200, again.Recovered.Entries.Count);
            Assert.False(again.Recovered.TailWasTrimmed);
            Assert.Equal(200, again.Read(Range(1, 200), int.MaxValue).Count);
            Assert.All(System.IO.Directory.GetFiles(path), f => Assert.Equal(64 * 1024, new FileInfo(f).Length));
        }
        finally
        {
            System.IO.Directory.Delete(directory, recursive: true);
        }
    }
}
