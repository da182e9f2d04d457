using System.Text;
using RaftKv.Api;
using RaftKv.Api.Backups;
using RaftKv.Api.Clusters;

namespace RaftKv.Tests.Api;

/// <summary>The file of a backup: its bytes, and that nothing damaged is taken for one.</summary>
public sealed class BackupFileTests : IDisposable
{
    private static readonly byte[] State = Encoding.ASCII.GetBytes("a snapshot's bytes, which this file does not look into");

    private static readonly BackupInfo Info = new()
    {
        ClusterId = "0123456789abcdef0123456789abcdef",
        ClusterName = "orders",
        ServerId = 2,
        ServerName = "n2",
        Index = 4711,
        Term = 8,
        CommittedIndex = 4711,
        IsComplete = true,
        CreatedUtc = DateTimeOffset.UnixEpoch,
        Preset = "Default",
        Options = new ServerOptions { MaxSessions = 77 },
        ServerCount = 3,
    };

    private readonly TemporaryDirectory _directory = new();

    private string File => Path.Combine(_directory, "a.raftbackup");

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Write_ThenRead_GivesBackWhatItSaysAndTheState()
    {
        var written = await WriteAsync();
        var read = BackupFile.Read(File);
        Assert.Equal(written, read);
        Assert.Equal(Info with { Path = File, Length = new FileInfo(File).Length }, read);
        Assert.Equal(State, await StateAsync());
        Assert.Equal(["a.raftbackup"], Directory.GetFiles(_directory).Select(f => Path.GetFileName(f)!));
    }

    [Fact]
    public async Task File_Version1_HasTheseBytes()
    {
        await WriteAsync();
        var bytes = System.IO.File.ReadAllBytes(File);
        Assert.Equal("RAFTKVBK", Encoding.ASCII.GetString(bytes, 0, 8));
        Assert.Equal(1, BitConverter.ToInt32(bytes, 8));
        var head = BitConverter.ToInt32(bytes, 12);
        Assert.StartsWith("{", Encoding.UTF8.GetString(bytes, 16, head), StringComparison.Ordinal);
        Assert.Equal(State, bytes[(16 + head)..^16]);
        Assert.Equal(System.IO.Hashing.XxHash128.Hash(bytes.AsSpan(0, bytes.Length - 16)), bytes[^16..]);
    }

    [Fact]
    public async Task Read_AnyByteChangedOrCutOff_IsRefusedByName()
    {
        await WriteAsync();
        var bytes = await System.IO.File.ReadAllBytesAsync(File);
        for (var i = 0; i < bytes.Length; i++)
        {
            var changed = (byte[])bytes.Clone();
            changed[i] ^= 0x10;
            RequireRefused(changed);
            RequireRefused(bytes[..i]);
        }

        RequireRefused([.. bytes, 0]);
    }

    [Fact]
    public void Read_AFileThatIsNotThere_IsRefusedByName() =>
        Assert.Equal(ErrorKind.BackupInvalid, Assert.Throws<RaftKvException>(() => BackupFile.Read(File)).Kind);

    [Fact]
    public async Task Write_OverAFile_LeavesItUnlessToldOtherwise()
    {
        await System.IO.File.WriteAllTextAsync(File, "mine");
        await Assert.ThrowsAsync<IOException>(() => WriteAsync());
        Assert.Equal("mine", await System.IO.File.ReadAllTextAsync(File));
        await WriteAsync(replace: true);
        Assert.Equal(4711, BackupFile.Read(File).Index);
    }

    /// <summary>A link such as latest.rb may lead to another disk: it stays a link, and what it leads to is the newest.</summary>
    [Fact]
    public async Task Write_OverALink_ReplacesWhatItLeadsTo()
    {
        var target = Path.Combine(_directory, "target.rb");
        await System.IO.File.WriteAllTextAsync(target, "old");
        System.IO.File.CreateSymbolicLink(File, target);
        var written = await WriteAsync(replace: true);
        Assert.Equal(target, new FileInfo(File).LinkTarget);
        Assert.Equal((target, 4711), (written.Path, BackupFile.Read(target).Index));
    }

    /// <summary>A backup is a file that can be read again; to replace a device by one would take the device away from everybody.</summary>
    [Fact]
    public async Task Write_ToADevice_IsRefused()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Only Linux is asked what a path is.");
        var e = await Assert.ThrowsAsync<IOException>(() => BackupFile.WriteAsync("/dev/null", true, Info, BrokenAsync()));
        Assert.Contains("'/dev/null' is a device", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Write_ThatEndsEarly_LeavesNoFileAndTheOldOne()
    {
        await System.IO.File.WriteAllTextAsync(File, "mine");
        await Assert.ThrowsAsync<InvalidOperationException>(() => BackupFile.WriteAsync(File, true, Info, BrokenAsync()));
        Assert.Equal("mine", await System.IO.File.ReadAllTextAsync(File));
        Assert.Single(Directory.GetFiles(_directory));
    }

    /// <summary>What lies in the place of the head is not shown, whatever it is.</summary>
    [Fact]
    public async Task Read_ADamagedHead_SaysSoInAShortLineWithoutItsBytes()
    {
        await WriteAsync();
        var bytes = await System.IO.File.ReadAllBytesAsync(File);
        "\e[31m{{{ }"u8.CopyTo(bytes.AsSpan(16));
        await System.IO.File.WriteAllBytesAsync(File, bytes);

        var refused = Assert.Throws<RaftKvException>(() => BackupFile.Read(File));

        Assert.Equal($"'{File}' cannot be used as a backup: its head is damaged, or of a newer version. Nothing was made of it.", refused.Message);
    }

    [Fact]
    public async Task ReadAndWrite_OfAFolder_SayThatItIsOne()
    {
        Assert.Contains("is a directory", Assert.Throws<RaftKvException>(() => BackupFile.Read(_directory)).Message, StringComparison.Ordinal);
        var refused = await Assert.ThrowsAsync<IOException>(() => BackupFile.WriteAsync(_directory, true, Info, PiecesAsync()));
        Assert.Contains("is a directory", refused.Message, StringComparison.Ordinal);
    }

    private void RequireRefused(byte[] bytes)
    {
        System.IO.File.WriteAllBytes(File, bytes);
        var refused = Assert.Throws<RaftKvException>(() => BackupFile.Read(File));
        Assert.Equal(ErrorKind.BackupInvalid, refused.Kind);
        Assert.Contains(File, refused.Message, StringComparison.Ordinal);
    }

    private Task<BackupInfo> WriteAsync(bool replace = false) => BackupFile.WriteAsync(File, replace, Info, PiecesAsync());

    private async Task<byte[]> StateAsync()
    {
        List<byte> all = [];
        await foreach (var piece in BackupFile.ReadStateAsync(File))
        {
            all.AddRange(piece.Span);
        }

        return [.. all];
    }

    private static async IAsyncEnumerable<ReadOnlyMemory<byte>> PiecesAsync()
    {
        yield return State.AsMemory(0, 10);
        await Task.Yield();
        yield return State.AsMemory(10);
    }

    private static async IAsyncEnumerable<ReadOnlyMemory<byte>> BrokenAsync()
    {
        yield return State;
        await Task.Yield();
        throw new InvalidOperationException("the server is gone");
    }
}
