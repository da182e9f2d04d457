using System.Text;
using RaftKv.Engine.Storage;

namespace RaftKv.Tests.Storage;

public sealed class NodeIdentityTests
{
    private const string Cluster = "0123456789abcdef0123456789abcdef";
    private static readonly string IdentityPath = Path.Combine("/data", "identity.json");

    [Fact]
    public void Create_ThenRead_GivesTheSame()
    {
        var disk = new CrashDisk();
        var made = NodeIdentity.Create(disk, "/data", Cluster, 3, 0xFEDCBA9876543210);
        Assert.Equal(made, NodeIdentity.Read(disk, "/data"));
    }

    [Theory]
    [InlineData("Wal", "Json")]
    [InlineData("Json", "Wal")]
    public void RequireStorage_OfTheOtherKind_IsRefusedNamingBothAndTheWayOut(string kept, string asked)
    {
        var disk = new CrashDisk();
        NodeIdentity.Create(disk, "/data", Cluster, 3, 1, kept);
        var identity = NodeIdentity.Read(disk, "/data");
        identity.RequireStorage(disk, "/data", kept);
        var error = Assert.Throws<InvalidDataException>(() => identity.RequireStorage(disk, "/data", asked));
        Assert.Contains($"'{kept}'", error.Message);
        Assert.Contains($"'{asked}'", error.Message);
        Assert.Contains($"Start it with Storage '{kept}'", error.Message);
    }

    /// <summary>Directories of earlier versions do not name their storage: the log that lies there does.</summary>
    [Theory]
    [InlineData("log.json", "Json", "Wal")]
    [InlineData(null, "Wal", null)]
    [InlineData(null, "Json", null)]
    public void Read_OfTheFormatBefore_TakesTheStorageFromTheLog(string? log, string fits, string? fitsNot)
    {
        var disk = new CrashDisk();
        disk.CreateDirectory("/data");
        disk.Put(IdentityPath, Encoding.UTF8.GetBytes(
            $$"""{ "format": 1, "clusterId": "{{Cluster}}", "serverId": 3, "incarnation": "0000000000000001", "crc32c": "{{Crc32C.Compute(Encoding.UTF8.GetBytes($"1|{Cluster}|3|0000000000000001")):x8}}" }"""));
        if (log is not null)
        {
            disk.CreateDirectory(Path.Combine("/data", "log"));
            disk.Put(Path.Combine("/data", "log", log), [1]);
        }

        var identity = NodeIdentity.Read(disk, "/data");
        Assert.Null(identity.Storage);
        identity.RequireStorage(disk, "/data", fits);
        if (fitsNot is not null)
        {
            Assert.Throws<InvalidDataException>(() => identity.RequireStorage(disk, "/data", fitsNot));
        }
    }

    [Fact]
    public void Read_OfANewerFormat_SaysSoAndNotThatItIsDamaged()
    {
        var disk = new CrashDisk();
        NodeIdentity.Create(disk, "/data", Cluster, 3, 1);
        disk.Put(IdentityPath, Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(disk.Bytes(IdentityPath)).Replace("\"format\": 2", "\"format\": 3")));
        Assert.Contains("a newer version made the directory", Assert.Throws<InvalidDataException>(() => NodeIdentity.Read(disk, "/data")).Message);
    }

    [Fact]
    public void Create_Twice_IsRefused_P7()
    {
        var disk = new CrashDisk();
        NodeIdentity.Create(disk, "/data", Cluster, 3, 1);
        Assert.Contains("belongs to a server", Assert.Throws<IOException>(() => NodeIdentity.Create(disk, "/data", Cluster, 3, 2)).Message);
    }

    [Fact]
    public void Read_WithoutIdentity_SaysHowToMakeOne_P7() =>
        Assert.Contains("raftkv-node init", Assert.Throws<InvalidDataException>(() => NodeIdentity.Read(new CrashDisk(), "/data")).Message);

    /// <summary>Who looks at a directory, or edits the log in it, wants none made where there is none.</summary>
    [Fact]
    public void ReadExisting_WhereThereIsNoServersDirectory_SaysSoAndWhatIsExpected()
    {
        using var here = new TemporaryDirectory();
        var missing = Path.Combine(here.Root, "missing");
        var edit = LogEdit.FromNumbers(1, 0, 9, 0);
        Func<string, object?>[] looks = [d => StoredState.Survey(RealDisk.Instance, d), d => StoredState.Read(RealDisk.Instance, d), d => LogEditor.Edit(d, edit)];
        foreach (var look in looks)
        {
            var message = Assert.Throws<InvalidDataException>(() => look(missing)).Message;
            Assert.StartsWith($"There is no directory {missing}.", message, StringComparison.Ordinal);
            Assert.Contains("Expected is the data directory of a server", message, StringComparison.Ordinal);
            Assert.DoesNotContain("init", message, StringComparison.Ordinal);
            Assert.False(Directory.Exists(missing));
            Assert.Contains($"The directory {here.Root} is no server's", Assert.Throws<InvalidDataException>(() => look(here.Root)).Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("\"serverId\": 3", "\"serverId\": 4")]
    [InlineData("abcdef0123", "abcdef0124")]
    [InlineData("{", "")]
    [InlineData("\"crc32c\"", "\"crc\"")]
    [InlineData("\"serverId\": 3", "\"serverId\": \"x\"")]
    public void Read_Damaged_IsRefused(string original, string damage)
    {
        var disk = new CrashDisk();
        NodeIdentity.Create(disk, "/data", Cluster, 3, 1);
        var text = Encoding.UTF8.GetString(disk.Bytes(IdentityPath));
        Assert.Contains(original, text);
        disk.Put(IdentityPath, Encoding.UTF8.GetBytes(text.Replace(original, damage)));
        Assert.Contains("is damaged", Assert.Throws<InvalidDataException>(() => NodeIdentity.Read(disk, "/data")).Message);
    }

    [Fact]
    public void Create_CrashAtAnyPoint_LeavesAWholeIdentityOrNone_P12()
    {
        var whole = 0;
        for (var point = 0; point < 8; point++)
        {
            for (var seed = 0; seed < 20; seed++)
            {
                var disk = new CrashDisk { CrashAt = point };
                var finished = true;
                try
                {
                    NodeIdentity.Create(disk, "/data", Cluster, 3, 1);
                }
                catch (PowerLossException)
                {
                    finished = false;
                }

                var survived = disk.AfterCrash(seed);
                if (survived.Exists(IdentityPath))
                {
                    Assert.Equal(3, NodeIdentity.Read(survived, "/data").ServerId);
                    whole++;
                }
                else
                {
                    Assert.False(finished);
                    NodeIdentity.Create(survived, "/data", Cluster, 3, 1);
                }
            }
        }

        Assert.True(whole > 20);
    }

    [Fact]
    public void Lock_HeldByALiveServer_RefusesWithItsProcessId()
    {
        var directory = Directory.CreateTempSubdirectory("raftkv-lock-").FullName;
        try
        {
            using (DataDirectoryLock.Acquire(directory))
            {
                var refusal = Assert.Throws<DataDirectoryInUseException>(() => DataDirectoryLock.Acquire(directory));
                Assert.Equal(Environment.ProcessId, refusal.ProcessId);
                Assert.Contains($"process {Environment.ProcessId}", refusal.Message);
            }

            DataDirectoryLock.Acquire(directory).Dispose();
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    [Fact]
    public void Lock_WhoseDirectoryWasDeleted_IsLetGoWithoutAnError()
    {
        var directory = Directory.CreateTempSubdirectory("raftkv-lock-").FullName;
        var held = DataDirectoryLock.Acquire(directory);
        Directory.Delete(directory, recursive: true);

        held.Dispose();

        Assert.False(Directory.Exists(directory));
    }

    [Fact]
    public void CheckStarted_LogGoneThoughItWasMade_IsRefused_P7()
    {
        var disk = new CrashDisk();
        var identity = NodeIdentity.Create(disk, "/data", Cluster, 3, 1);
        DataDirectory.CheckStarted(disk, "/data", identity);
        WriteAheadLog.Open(disk, Path.Combine("/data", "log"), new WriteAheadLogOptions()).Dispose();
        DataDirectory.MarkStarted(disk, "/data");
        DataDirectory.CheckStarted(disk, "/data", identity);
        disk.Take(Path.Combine("/data", "log", "0000000000000001.wal"));
        Assert.Contains("new id", Assert.Throws<InvalidDataException>(() => DataDirectory.CheckStarted(disk, "/data", identity)).Message);
    }

    /// <summary>A log directory with anything but a segment in it is a log that is gone, not a server that never ran.</summary>
    [Theory]
    [InlineData("log/trimmed")]
    [InlineData("log/trimmed.new")]
    [InlineData("log/0000000000000002.wal.new")]
    [InlineData("log/log.json.new")]
    [InlineData("log/notes.txt")]
    public void CheckStarted_AllSegmentsGoneButNotWhatLayBesideThem_IsRefused_P7_H8(string leftover)
    {
        var disk = new CrashDisk();
        var identity = NodeIdentity.Create(disk, "/data", Cluster, 3, 1);
        DataDirectory.MarkStarted(disk, "/data");
        disk.Put(Path.Combine("/data", leftover), "1 2 3\n"u8.ToArray());
        Assert.Contains("new id", Assert.Throws<InvalidDataException>(() => DataDirectory.CheckStarted(disk, "/data", identity)).Message);
    }

    /// <summary>A first start that the power ended before its log was made begins again.</summary>
    [Theory]
    [InlineData("log/0000000000000001.wal.new")]
    [InlineData("log/log.json.new")]
    public void CheckStarted_FirstStartThatWasCutOff_IsNoLoss(string leftover)
    {
        var disk = new CrashDisk();
        var identity = NodeIdentity.Create(disk, "/data", Cluster, 3, 1);
        disk.Put(Path.Combine("/data", leftover), [1]);
        DataDirectory.CheckStarted(disk, "/data", identity);
    }

    [Fact]
    public void Exists_WhereThePathCannotBeLookedAt_IsAnErrorAndNotNo()
    {
        var directory = Directory.CreateTempSubdirectory("raftkv-exists-").FullName;
        try
        {
            Assert.False(RealDisk.Instance.Exists(Path.Combine(directory, "none")));
            Assert.False(RealDisk.Instance.Exists(Path.Combine(directory, "none", "none")));
            Assert.Empty(RealDisk.Instance.List(Path.Combine(directory, "none")));
            Assert.ThrowsAny<IOException>(() => RealDisk.Instance.Exists(Path.Combine(directory, new string('x', 5000))));
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }
}
