using System.Text;
using RaftKv.Api.Clusters;
using RaftKv.Engine.Storage;
using RaftKv.Node;
using RaftKv.Node.Options;

namespace RaftKv.Tests.Host;

/// <summary>What a server says of a directory in which a bit is another one, or an end is missing: one line, an exit code, the way out.</summary>
[Collection(ServersCollection.Name)]
public sealed class DamagedDirectoryTests : IAsyncLifetime
{
    /// <summary>Where the header of a segment repeats the vote.</summary>
    private const int VoteOffset = 48;

    private TestCluster _cluster = null!;

    private string Data => _cluster.Configs[1].DataPath;

    private string Segment => Directory.GetFiles(Path.Combine(Data, DataDirectory.LogDirectory), "*.wal").Min(StringComparer.Ordinal)!;

    private string Snapshot => Directory.GetFiles(Path.Combine(Data, DataDirectory.SnapshotDirectory)).Max(StringComparer.Ordinal)!;

    public async ValueTask InitializeAsync()
    {
        _cluster = await TestCluster.StartAsync(1);
        for (var i = 0; i < 3; i++)
        {
            await _cluster.PutAsync($"k{i}", Encoding.UTF8.GetBytes("value"));
        }

        await _cluster.Server(1).Node.CheckpointAsync(CancellationToken.None);
        await _cluster.PutAsync("k3", Encoding.UTF8.GetBytes("value"));
        await _cluster.StopServerAsync(1);
    }

    public ValueTask DisposeAsync() => _cluster.DisposeAsync();

    [Fact]
    public async Task Start_WithAFlippedBitAnywhere_IsRefusedInOneLineWithTheFileAndTheWayOut()
    {
        await RefusesAsync(Segment, SegmentFrame);
        await RefusesAsync(Segment, VoteOffset);
        await RefusesAsync(Snapshot, (int)(new FileInfo(Snapshot).Length / 2));
        await RefusesAsync(Path.Combine(Data, DataDirectory.IdentityFile), At("\"crc32c\": \""));
        await RefusesAsync(Path.Combine(Data, FirstMembership.FileName), At("\"crc32c\": \""));

        // And it starts all the same once each bit is as it was.
        await _cluster.StartServerAsync(1);
        Assert.Equal("value", Encoding.UTF8.GetString((await _cluster.GetAsync(1, "k3"))!));
    }

    /// <summary>The process itself: nothing on its output, a line on the other, and its code.</summary>
    [Fact]
    public async Task Serve_OnADamagedLog_EndsWithOneLineAndItsCode()
    {
        Flip(Segment, SegmentFrame(File.ReadAllBytes(Segment)));
        var config = Path.Combine(_cluster.Directory, ServerFiles.Config);
        await File.WriteAllTextAsync(config, ClusterJson.Write(_cluster.Configs[1]));

        var (exitCode, output, errors) = await NodeProcess.RunAsync("serve", "--config", config);

        Assert.Equal(((int)ExitCode.DataUnusable, ""), (exitCode, output));
        Assert.Contains(Segment, Assert.Single(errors.Split('\n', StringSplitOptions.RemoveEmptyEntries)), StringComparison.Ordinal);
    }

    /// <summary>The last record may be torn by a crash: it is cut off, and a server alone, which no one can ask, says that it goes on.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Start_WithATornTail_CutsItOff(bool fileIsShorter)
    {
        var bytes = await File.ReadAllBytesAsync(Segment);
        var end = bytes.AsSpan().LastIndexOfAnyExcept((byte)0);
        if (fileIsShorter)
        {
            await File.WriteAllBytesAsync(Segment, bytes[..(end - 3)]);
        }
        else
        {
            Flip(Segment, end);
        }

        await _cluster.StartServerAsync(1);
        await _cluster.PutAsync("after", Encoding.UTF8.GetBytes("value"));
        Assert.Equal("value", Encoding.UTF8.GetString((await _cluster.GetAsync(1, "k2"))!));
    }

    private static int SegmentFrame(byte[] _) => LogFormat.SegmentHeaderBytes + LogFormat.FrameHeaderBytes + 1;

    private static Func<byte[], int> At(string text) => bytes =>
        bytes.AsSpan().IndexOf(Encoding.UTF8.GetBytes(text)) is var at and >= 0 ? at + text.Length : bytes.Length / 2;

    private static void Flip(string path, int offset)
    {
        var bytes = File.ReadAllBytes(path);
        bytes[offset] ^= 1;
        File.WriteAllBytes(path, bytes);
    }

    private Task RefusesAsync(string path, int offset) => RefusesAsync(path, _ => offset);

    private async Task RefusesAsync(string path, Func<byte[], int> where)
    {
        var offset = where(await File.ReadAllBytesAsync(path));
        Flip(path, offset);
        var error = await Assert.ThrowsAsync<StartException>(() => _cluster.StartServerAsync(1));
        Flip(path, offset);
        Assert.Equal(ExitCode.DataUnusable, error.ExitCode);
        Assert.Contains(path, error.Message, StringComparison.Ordinal);
        Assert.Matches("emove|estore", error.Message);
        Assert.Single(error.Message.Split('\n'));
    }
}
