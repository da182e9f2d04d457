using System.Text;
using RaftKv.Core.Consensus;
using RaftKv.Engine.Storage;
using static RaftKv.Tests.Storage.LogSamples;

namespace RaftKv.Tests.Storage;

public sealed class WriteAheadLogTests
{
    [Fact]
    public void Append_NoRoomForANewSegment_IsRefusedAndTakenOnceThereIsRoom_P11()
    {
        var disk = new CrashDisk();
        using var log = Open(disk);
        log.Commit(Save(1, State(1), null, Entries(1, 3, 1, 900)));
        disk.IsFull = true;
        var before = disk.List(LogSamples.Directory);
        for (var i = 0; i < 3; i++)
        {
            Assert.Throws<DiskFullException>(() => log.Append([Save(2, null, null, Entries(4, 6, 1, 900))]));
            Assert.Equal(before, disk.List(LogSamples.Directory));
            Assert.Equal(3, log.Last.Index.Value);
        }

        disk.IsFull = false;
        log.Commit(Save(2, null, null, Entries(4, 6, 1, 900)));
        using var again = Open(disk.AfterCrash(1));
        Assert.Equal(6, again.Last.Index.Value);
    }

    [Fact]
    public void NewSegment_ItsNameIsDurableBeforeAnythingIsWrittenToIt_P6()
    {
        for (var seed = 0; seed < 20; seed++)
        {
            var disk = new CrashDisk();
            using (var log = Open(disk))
            {
                for (var i = 1; i <= 10; i++)
                {
                    log.Commit(Save(i, null, null, Entries(i, i, 1, 900)));
                }
            }

            Assert.True(disk.List(LogSamples.Directory).Count > 2, "the log has a single segment: the test tests nothing");
            using var again = Open(disk.AfterCrash(seed));
            Assert.Equal(10, again.Last.Index.Value);
        }
    }

    /// <summary>Someone deletes a running server's directory: bytes that no start finds again are not durable, however well they were flushed.</summary>
    [Fact]
    public void Flush_OfAFileThatLostItsName_IsRefusedForGood_P7()
    {
        var disk = new CrashDisk();
        using var log = Open(disk);
        log.Commit(Save(1, State(1), null, Entries(1, 1, 1, 10)));
        var file = Path.Combine(LogSamples.Directory, disk.List(LogSamples.Directory).Single());
        disk.Delete(file);
        log.Append([Save(2, null, null, Entries(2, 2, 1, 10))]);
        Assert.Contains(file, Assert.Throws<IOException>(log.Flush).Message, StringComparison.Ordinal);
        Assert.Throws<InvalidOperationException>(log.Flush);
        Assert.Throws<InvalidOperationException>(() => log.Append([Save(3, null, null, Entries(3, 3, 1, 10))]));
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
