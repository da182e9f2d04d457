using System.Collections.Concurrent;
using System.Text.Json;

namespace RaftKv.Tests.PSModule.Shell;

/// <summary>Scripts with what real PowerShell 7.6 printed for them and how it ended; the shell must do the same.</summary>
public sealed class PowerShellCasesTests
{
    private const int AtOnce = 2;

    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web);

    [Fact]
    public async Task Script_OfEachRecordedCase_PrintsAndEndsAsInPowerShell()
    {
        var path = Path.Combine(ShellProcess.Root, "tests/RaftKv.Tests/PSModule/Shell/Cases/powershell-cases.json");
        var cases = JsonSerializer.Deserialize<Case[]>(await File.ReadAllTextAsync(path), Options)!;
        using var folder = new ScriptFolder();
        var differing = new ConcurrentBag<string>();
        var limits = new ParallelOptions { MaxDegreeOfParallelism = AtOnce };
        await Parallel.ForEachAsync(cases, limits, async (one, _) =>
        {
            var script = folder.Add(one.Name + ".ps1", one.Script);
            var result = await ShellProcess.RunAsync(["-NoProfile", "-NonInteractive", "-File", script]);
            if (result.Output != one.Stdout || result.ExitCode != one.ExitCode)
            {
                differing.Add($"{one.Name}: expected exit code {one.ExitCode} and\n{one.Stdout}\n"
                    + $"but got {result.ExitCode} and\n{result.Output}\n{result.Errors}");
            }
        });
        Assert.NotEmpty(cases);
        Assert.Empty(differing);
    }

    /// <summary>Many small cases in one process: a process for each would cost minutes.</summary>
    [Theory]
    [InlineData("objects")]
    [InlineData("data")]
    [InlineData("write")]
    [InlineData("format")]
    [InlineData("files")]
    public async Task Scripts_OfOneArea_PrintAsInPowerShell(string area)
    {
        var folder = Path.Combine(ShellProcess.Root, "tests/RaftKv.Tests/PSModule/Shell/Cases");
        var all = JsonSerializer.Deserialize<Case[]>(await File.ReadAllTextAsync(Path.Combine(folder, "more-cases.json")), Options)!;
        var script = Path.Combine(folder, "Invoke-Cases.ps1");
        var result = await ShellProcess.RunAsync(
            ["-NoProfile", "-NonInteractive", "-File", script, "-Area", area], TimeSpan.FromMinutes(3));
        var printed = result.Output.Split("=== ").Skip(1)
            .Select(text => text.Split('\n', 2)).ToDictionary(parts => parts[0], parts => parts[1]);
        var cases = all.Where(one => one.Area == area).ToList();
        var differing = cases.Where(one => printed.GetValueOrDefault(one.Name) != one.Stdout)
            .Select(one => $"{one.Name}: expected\n{one.Stdout}\nbut got\n{printed.GetValueOrDefault(one.Name)}");
        Assert.NotEmpty(cases);
        Assert.Empty(differing);
        Assert.Equal(0, result.ExitCode);
    }

    private sealed record Case(string Name, string Area, string Script, string Stdout, int ExitCode);
}
