using Microsoft.Extensions.Logging;
using RaftKv.Node.Agent;
using RaftKv.Node.Observability;

namespace RaftKv.Tests.Host;

/// <summary>The text log of a server: it outlives a full disk, and takes no more than its share of one.</summary>
public sealed class FileLogTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string LogPath => Path.Combine(_directory, "server.log");

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task FileLog_OnAFullDisk_GoesOnAndEndsWithoutAnError_P11_H13()
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        var log = new FileLog("/dev/full");
        for (var i = 0; i < 10; i++)
        {
            Write(log, $"line {i}");
            var lost = i;
            await Eventually.HoldsAsync("a record that found no room", () => log.Lost > lost);
        }

        Assert.Null(Record.Exception(log.Dispose));
    }

    /// <summary>The disk is full, here because the path leads nowhere for a while; once it has room the log goes on and says what it lost.</summary>
    [Fact]
    public async Task FileLog_OnceThereIsRoomAgain_GoesOnAndCountsWhatWasLost_H13()
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        var path = Path.Combine(_directory, "linked.log");
        File.CreateSymbolicLink(path, "/dev/full");
        using (var log = new FileLog(path))
        {
            Write(log, "lost");
            await Eventually.HoldsAsync("a record that is lost", () => log.Lost > 0);
            File.Delete(path);
            Write(log, "kept");
            await Eventually.HoldsAsync("the log to go on", () => File.Exists(path) && File.ReadAllText(path).Contains("kept", StringComparison.Ordinal));
        }

        var lines = File.ReadAllLines(path);
        Assert.Contains(lines, l => l.Contains("1 records did not fit", StringComparison.Ordinal));
        Assert.DoesNotContain(lines, l => l.EndsWith("lost", StringComparison.Ordinal));
    }

    [Fact]
    public void TextLogFile_AtItsSize_BeginsAnewAndKeepsTheOneBefore_H13()
    {
        using (var file = new TextLogFile(LogPath, maxBytes: 1000))
        {
            for (var i = 0; i < 100; i++)
            {
                Assert.True(file.TryAppend($"{i:D99}\n"));
            }
        }

        Assert.Equal(["server.log", "server.log.1"], Directory.GetFiles(_directory).Select(Path.GetFileName).Order());
        Assert.Equal(Enumerable.Range(80, 20).Select(i => $"{i:D99}"), [.. File.ReadAllLines(LogPath + ".1"), .. File.ReadAllLines(LogPath)]);
        using var again = new TextLogFile(LogPath, maxBytes: 1000);
        Assert.True(again.TryAppend("after a restart\n"));
        Assert.Equal("after a restart", Assert.Single(File.ReadAllLines(LogPath)));
    }

    [Fact]
    public void TextLogFile_ALineLargerThanItsSize_IsWrittenWhole()
    {
        using (var file = new TextLogFile(LogPath, maxBytes: 100))
        {
            Assert.True(file.TryAppend(new string('x', 500) + "\n"));
            Assert.True(file.TryAppend("y\n"));
        }

        Assert.Equal("y", Assert.Single(File.ReadAllLines(LogPath)));
    }

    [Fact]
    public async Task Tail_GoesBackIntoTheFileBefore_H13()
    {
        WriteNumbered(0, 25);
        Assert.Equal([.. Enumerable.Range(13, 12).Select(Numbered)], TextLog.Tail(LogPath, 12));
        var read = new List<string>();
        await foreach (var line in TextLog.ReadAsync(LogPath, 12, follow: false, Token))
        {
            read.Add(line);
        }

        Assert.Equal(Enumerable.Range(13, 12).Select(Numbered), read);
        read.Clear();
        await foreach (var line in TextLog.ReadAsync(LogPath, -1, follow: false, Token))
        {
            read.Add(line);
        }

        Assert.Equal(Enumerable.Range(10, 15).Select(Numbered), read);
    }

    /// <summary>Who follows a log sees every line, also when the file begins again.</summary>
    [Fact]
    public async Task Follow_GoesOnWithTheFileThatTookTheName_H13()
    {
        WriteNumbered(0, 5);
        await using var lines = TextLog.ReadAsync(LogPath, 1, follow: true, Token).GetAsyncEnumerator(Token);
        for (var i = 4; i < 60; i++)
        {
            Assert.True(await lines.MoveNextAsync());
            Assert.Equal(Numbered(i), lines.Current);
            WriteNumbered(i + 1, i + 2);
        }
    }

    /// <summary>Tools that rotate logs copy them and cut them in place while their writer goes on.</summary>
    [Fact]
    public void TextLogFile_CutOrAddedToFromOutside_GoesOnWhereTheFileEnds()
    {
        using (var file = new TextLogFile(LogPath, maxBytes: 1000))
        {
            Assert.True(file.TryAppend("before\n"));
            File.WriteAllText(LogPath, "");
            Assert.True(file.TryAppend("after\n"));
            File.AppendAllText(LogPath, "of somebody else\n");
            Assert.True(file.TryAppend("last\n"));
        }

        Assert.Equal("after\nof somebody else\nlast\n", File.ReadAllText(LogPath));
    }

    /// <summary>After a cut the log is shorter than where the reader was, or longer by lines that it has not seen.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(9)]
    public async Task Follow_OfALogThatIsCut_GoesOnFromItsBeginning(int linesAfter)
    {
        WriteNumbered(0, 5);
        await using var lines = TextLog.ReadAsync(LogPath, 1, follow: true, Token).GetAsyncEnumerator(Token);
        Assert.True(await lines.MoveNextAsync());
        Assert.Equal(Numbered(4), lines.Current);
        File.WriteAllText(LogPath, string.Concat(Enumerable.Range(100, linesAfter).Select(i => Numbered(i) + "\n")));

        for (var i = 100; i < 100 + linesAfter; i++)
        {
            Assert.True(await lines.MoveNextAsync());
            Assert.Equal(Numbered(i), lines.Current);
        }
    }

    private static string Numbered(int i) => $"2026-01-01T00:00:00.{i:D6}Z INF x 0 {i}".PadRight(99, '.');

    private void WriteNumbered(int from, int to)
    {
        using var file = new TextLogFile(LogPath, maxBytes: 1000);
        for (var i = from; i < to; i++)
        {
            Assert.True(file.TryAppend(Numbered(i) + "\n"));
        }
    }

    private static void Write(FileLog log, string line) =>
        log.CreateLogger("x").Log(LogLevel.Error, default, line, null, static (text, _) => text);
}
