using System.Diagnostics;
using RaftKv.Api;

namespace RaftKv.Tests.Api;

/// <summary>What a user names to write to: the old file stays until the new one is whole, and what is no file is never replaced by one.</summary>
public sealed class OutputFileTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    private string Target => _directory.File("target.csv");

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void Write_ReplacesTheFileAndLeavesNothingBeside()
    {
        File.WriteAllText(Target, "an old and longer text");
        OutputFile.Write(Target, "new");
        Assert.Equal("new", File.ReadAllText(Target));
        Assert.Equal([Target], Directory.GetFiles(_directory));
    }

    [Fact]
    public void Write_ThatEndsEarly_LeavesTheOldFile()
    {
        File.WriteAllText(Target, "old");
        using (var file = OutputFile.Create(Target))
        {
            file.Stream.Write(new byte[1024 * 1024]);
        }

        Assert.Equal("old", File.ReadAllText(Target));
        Assert.Equal([Target], Directory.GetFiles(_directory));
    }

    /// <summary>The name of the file beside it must not be longer than the file system allows.</summary>
    [Fact]
    public void Write_ToTheLongestName_Works()
    {
        var path = _directory.File(new string('x', 251) + ".csv");
        OutputFile.Write(path, "old");
        OutputFile.Write(path, "new");
        Assert.Equal("new", File.ReadAllText(path));
        Assert.Equal([path], Directory.GetFiles(_directory));
    }

    [Fact]
    public void Write_OverALink_ReplacesWhatItLeadsTo()
    {
        var link = _directory.File("latest.csv");
        File.WriteAllText(Target, "old");
        File.CreateSymbolicLink(link, Target);
        OutputFile.Write(link, "new");
        Assert.Equal(("new", Target), (File.ReadAllText(Target), new FileInfo(link).LinkTarget));
    }

    /// <summary>As /dev/stdout is where the output goes to a file: another one in its place would take what comes after with it.</summary>
    [Fact]
    public void Write_ToWhatAProgramHasOpen_IsRefused()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Only Linux names open files.");
        File.WriteAllText(Target, "old");
        using var open = File.OpenHandle(Target, FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
        var link = _directory.File("out");
        var linkToLink = _directory.File("out2");
        File.CreateSymbolicLink(link, $"/proc/self/fd/{open.DangerousGetHandle()}");
        File.CreateSymbolicLink(linkToLink, link);
        foreach (var path in new[] { link, linkToLink, $"/dev/fd/{open.DangerousGetHandle()}" })
        {
            Assert.Contains(Target, Assert.Throws<IOException>(() => OutputFile.Write(path, "new")).Message, StringComparison.Ordinal);
            Assert.Equal("old", File.ReadAllText(Target));
        }
    }

    [Fact]
    public void Write_OverAFileOfItsOwnersAlone_KeepsItSo()
    {
        if (OperatingSystem.IsWindows())
        {
            return; // It has other rights.
        }

        File.WriteAllText(Target, "old");
        File.SetUnixFileMode(Target, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        OutputFile.Write(Target, "new");
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Target));
    }

    [Fact]
    public void Write_ToADirectory_SaysThatItIsOne()
    {
        var e = Assert.Throws<IOException>(() => OutputFile.Write(_directory, "new"));
        Assert.Contains($"'{_directory}' is a directory", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Create_MayNotReplace_LeavesWhatIsThere()
    {
        File.WriteAllText(Target, "old");
        Assert.Contains("-Force", Assert.Throws<IOException>(() => OutputFile.Create(Target, replace: false)).Message, StringComparison.Ordinal);
        Assert.Equal("old", File.ReadAllText(Target));
    }

    /// <summary>A pipe takes what is written, and is a pipe afterwards; where a file must be it is refused.</summary>
    [Fact]
    public async Task Write_ToAPipe_GoesThroughIt()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Only Linux is asked what a path is.");
        var pipe = _directory.File("pipe");
        using var make = Process.Start("mkfifo", pipe);
        await make.WaitForExitAsync();
        Assert.Contains(pipe, Assert.Throws<IOException>(() => OutputFile.RequireFileOrNothing(pipe)).Message, StringComparison.Ordinal);

        var read = Task.Run(() => File.ReadAllText(pipe));
        OutputFile.Write(pipe, "new");
        Assert.Equal("new", await read.WaitAsync(Patience.Limit));
        Assert.Equal([pipe], Directory.GetFiles(_directory));
        OutputFile.Write("/dev/null", "new");
        Assert.Throws<IOException>(() => OutputFile.RequireFileOrNothing("/dev/null"));
        OutputFile.RequireFileOrNothing(_directory.File("none"));
    }
}
