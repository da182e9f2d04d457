using System.Diagnostics;
using System.Text;
using RaftKv.Core.Consensus;
using RaftKv.Engine.Faults;
using RaftKv.Tests.Tidy;

namespace RaftKv.Tests.Simulation;

/// <summary>
/// The switches that plant bugs are in every build, so that what is tested is what was built, and in nothing that is
/// published or packed: neither they themselves nor the names of the variables that a server would be asked by.
/// </summary>
public sealed class PublishedBuildTests : IDisposable
{
    private static readonly string[] Switches = ["WithTestFault", "get_CoreFault", "WithoutSessions", "SkipFlush"];

    private readonly string _directory = Directory.CreateTempSubdirectory("raftkv-published-").FullName;

    [Fact]
    public void PublishedServer_HasNoSwitchThatPlantsABug()
    {
        // In a folder of its own and in another process: no project of this build is built with other properties.
        using var publish = Process.Start(new ProcessStartInfo(
            "dotnet",
            ["publish", Path.Combine(Repository.Root, "Node", "Engine"), "-c", "Release", "--nologo", "-v", "q", "--artifacts-path", Path.Combine(_directory, "build"), "-o", _directory])
        {
            RedirectStandardOutput = true,
            Environment = { ["MSBUILDDISABLENODEREUSE"] = "1" },
        })!;
        var output = publish.StandardOutput.ReadToEnd();
        publish.WaitForExit();
        Assert.True(publish.ExitCode == 0, output);
        Assert.Empty(Found(Path.Combine(_directory, "RaftKv.Core.dll"), Path.Combine(_directory, "RaftKv.Engine.dll")));
    }

    [Fact]
    public void ThisBuild_HasThemAll()
    {
        var found = Found(typeof(Raft).Assembly.Location, typeof(TestFaults).Assembly.Location);
        Assert.Superset(Switches.Append("RAFTKV_TEST_").ToHashSet(), found.ToHashSet());
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    private static List<string> Found(params string[] assemblies)
    {
        var bytes = string.Concat(assemblies.Select(a => Encoding.Latin1.GetString(File.ReadAllBytes(a))));
        var variable = Encoding.Latin1.GetString(Encoding.Unicode.GetBytes("RAFTKV_TEST_"));
        var found = Switches.Where(s => bytes.Contains(s, StringComparison.Ordinal)).ToList();
        return bytes.Contains(variable, StringComparison.Ordinal) ? [.. found, "RAFTKV_TEST_"] : found;
    }
}
