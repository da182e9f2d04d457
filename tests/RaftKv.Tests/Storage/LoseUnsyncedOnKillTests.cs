using RaftKv.Engine.Faults;
using RaftKv.Engine.Storage;
using RaftKv.Tests.Simulation;
using static RaftKv.Tests.Storage.LogSamples;

namespace RaftKv.Tests.Storage;

public sealed class LoseUnsyncedOnKillTests : IDisposable
{
    private readonly string _directory = System.IO.Directory.CreateTempSubdirectory("raftkv-unsynced-").FullName;

    private string A => Path.Combine(_directory, "a");

    private string B => Path.Combine(_directory, "b");

    public void Dispose() => System.IO.Directory.Delete(_directory, recursive: true);

    [Fact]
    public void Write_NotFlushed_IsReadButLostOnKill()
    {
        Prepare(A, [1, 1, 1, 1]);
        using (var disk = new LoseUnsyncedOnKill(RealDisk.Instance))
        {
            var file = disk.Open(A);
            file.Write(1, [2, 2]);
            file.Write(6, [3]);
            Assert.Equal([1, 2, 2, 1, 0, 0, 3], Read(file));
            Assert.Equal([1, 1, 1, 1], File.ReadAllBytes(A));
        }

        Assert.Equal([1, 1, 1, 1], File.ReadAllBytes(A));
    }

    [Fact]
    public void Write_Flushed_Survives()
    {
        Prepare(A, [1, 1]);
        using (var disk = new LoseUnsyncedOnKill(RealDisk.Instance))
        {
            var file = disk.Open(A);
            file.Write(1, [2, 2]);
            file.Flush();
            file.Write(0, [9]);
        }

        Assert.Equal([1, 2, 2], File.ReadAllBytes(A));
    }

    [Fact]
    public void Create_NameNotFlushed_IsSeenButLostOnKill_P6()
    {
        using (var disk = new LoseUnsyncedOnKill(RealDisk.Instance))
        {
            var file = disk.Create(A);
            file.Write(0, [1]);
            file.Flush();
            Assert.True(disk.Exists(A));
            Assert.Equal(["a"], disk.List(_directory));
            Assert.Equal([1], Read(disk.Open(A)));
        }

        Assert.False(File.Exists(A));
    }

    [Fact]
    public void Create_NameFlushedButBytesNot_LeavesAnEmptyFile()
    {
        using (var disk = new LoseUnsyncedOnKill(RealDisk.Instance))
        {
            var file = disk.Create(A);
            file.Write(0, [1]);
            disk.FlushDirectory(_directory);
            Assert.Equal([1], Read(file));
        }

        Assert.Empty(File.ReadAllBytes(A));
    }

    [Fact]
    public void Create_FlushRenameFlush_SurvivesWhole()
    {
        using (var disk = new LoseUnsyncedOnKill(RealDisk.Instance))
        {
            var file = disk.Create(A);
            file.Allocate(8);
            file.Write(0, [1, 2]);
            file.Flush();
            disk.Rename(A, B);
            disk.FlushDirectory(_directory);
            file.Write(2, [3]);
            file.Flush();
            file.Write(3, [4]);
        }

        Assert.False(File.Exists(A));
        Assert.Equal([1, 2, 3, 0, 0, 0, 0, 0], File.ReadAllBytes(B));
    }

    [Fact]
    public void Rename_NotFlushed_IsUndoneByKill_P6()
    {
        Prepare(A, [1]);
        Prepare(B, [2]);
        using (var disk = new LoseUnsyncedOnKill(RealDisk.Instance))
        {
            disk.Rename(A, B);
            Assert.False(disk.Exists(A));
            Assert.Equal([1], Read(disk.Open(B)));
            Assert.Throws<FileNotFoundException>(() => disk.Open(A));
        }

        Assert.Equal([1], File.ReadAllBytes(A));
        Assert.Equal([2], File.ReadAllBytes(B));
    }

    [Fact]
    public void Delete_NotFlushed_IsUndoneByKill()
    {
        Prepare(A, [1]);
        Prepare(B, [2]);
        using (var disk = new LoseUnsyncedOnKill(RealDisk.Instance))
        {
            disk.Delete(B);
            disk.FlushDirectory(_directory);
            disk.Delete(A);
            Assert.Empty(disk.List(_directory));
            disk.Create(A).Write(0, [5]);
            Assert.Equal([5], Read(disk.Open(A)));
        }

        Assert.Equal([1], File.ReadAllBytes(A));
        Assert.False(File.Exists(B));
    }

    /// <summary>A server that could not record whom it met asks again with the next message, on the same disk.</summary>
    [Fact]
    public void FlushDirectory_ThatFailedWhileAFileWasMade_SucceedsOnceTheDiskDoes()
    {
        var below = new SimDisk(new Totals()) { FailsFlush = true };
        using var disk = new LoseUnsyncedOnKill(below);
        var file = disk.Create(A);
        file.Write(0, [1]);
        file.Flush();
        Assert.Throws<IOException>(() => disk.FlushDirectory(_directory));
        below.FailsFlush = false;
        disk.FlushDirectory(_directory);
        Assert.Equal([1], Read(below.Open(A)));
    }

    /// <summary>What a user reserves is reserved below, or refused before anything was written to it.</summary>
    [Fact]
    public void Allocate_ThatFindsNoRoomBelow_IsRefusedWithTheName_P11()
    {
        var below = new SimDisk(new Totals()) { Capacity = 100 };
        using var disk = new LoseUnsyncedOnKill(below);
        disk.Create(A).Allocate(1000);
        disk.Open(A).Flush();
        Assert.Throws<DiskFullException>(() => disk.FlushDirectory(_directory));
        Assert.Equal(0, below.Used);
    }

    [Fact]
    public void SetLength_NotFlushed_IsUndoneByKill()
    {
        Prepare(A, [1, 2, 3]);
        using (var disk = new LoseUnsyncedOnKill(RealDisk.Instance))
        {
            var file = disk.Open(A);
            file.SetLength(1);
            file.SetLength(3);
            Assert.Equal([1, 0, 0], Read(file));
        }

        Assert.Equal([1, 2, 3], File.ReadAllBytes(A));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Log_KilledAfterAcknowledging_KeepsItUnlessFlushesAreSkipped(bool skipFlush)
    {
        var path = Path.Combine(_directory, "log");
        using (var disk = new LoseUnsyncedOnKill(RealDisk.Instance))
        {
            var log = WriteAheadLog.Open(skipFlush ? new SkipFlush(disk) : disk, path, Options);
            for (var i = 1; i <= 40; i++)
            {
                log.Commit(Save(i, State(1, 1), null, Entries(i, i, 1, 300)));
            }

            log.Append([Save(41, null, null, Entry(41, 1, "never flushed"))]);
        }

        using var again = WriteAheadLog.Open(RealDisk.Instance, path, Options);
        Assert.Equal(skipFlush ? 0 : 40, again.Last.Index.Value);
        Assert.False(again.Recovered.TailWasTrimmed);
    }

    private static void Prepare(string path, byte[] bytes) => File.WriteAllBytes(path, bytes);

    private static byte[] Read(IDiskFile file)
    {
        var bytes = new byte[file.Length];
        Assert.Equal(bytes.Length, file.Read(0, bytes));
        return bytes;
    }
}
