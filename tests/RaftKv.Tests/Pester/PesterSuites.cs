using System.Text.Json;
using RaftKv.Tests.PSModule.Shell;

namespace RaftKv.Tests.Pester;

/// <summary>
/// The suites of tests/pester, at quick scale, each in a shell process of its own. They start servers, so they run one
/// after the other and beside nothing else. Those that measure, and the one that runs every example of the help, take
/// minutes: they have a step of their own in .ci/run.
/// </summary>
[Collection("servers")]
public sealed class PesterSuites
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(10);

    /// <summary>Suites that may skip all their tests, and say why: one takes minutes unless it is asked for, one needs root on Linux.</summary>
    private static readonly string[] MaySkip = ["Correctness/PlantedBugs.Tests.ps1", "Correctness/Agents.Tests.ps1"];

    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web);

    public static TheoryData<string> Suites()
    {
        var folder = Path.Combine(ShellProcess.Root, "tests", "pester");
        var files = Directory.EnumerateFiles(folder, "*.Tests.ps1", SearchOption.AllDirectories)
            .Select(file => Path.GetRelativePath(folder, file).Replace('\\', '/'))
            .Where(suite => !suite.StartsWith("Performance/", StringComparison.Ordinal) && suite != "Module/Examples.Tests.ps1")
            .Order(StringComparer.Ordinal);
        return [.. files];
    }

    [Theory]
    [MemberData(nameof(Suites))]
    public async Task Suite_AtQuickScale_Passes(string suite)
    {
        using var folder = new ScriptFolder();
        var report = Path.Combine(folder.Path, "report.json");
        var script = folder.Add("run.ps1", """
            param([string] $Suite, [string] $Report)
            $run = Invoke-Pester -Path $Suite -Output Detailed -PassThru
            @{
                passed = $run.PassedCount
                failed = $run.FailedCount
                blocks = @($run.FailedBlocks | ForEach-Object { "$($_.ExpandedPath): $($_.ErrorRecord)" })
                containers = @($run.FailedContainers | ForEach-Object { "$($_.Item): $($_.ErrorRecord)" })
                tests = @($run.Failed | ForEach-Object { "$($_.ExpandedPath): $($_.ErrorRecord)" })
            } | ConvertTo-Json | Set-Content -LiteralPath $Report
            """);
        var path = Path.Combine(ShellProcess.Root, "tests", "pester", suite);
        var result = await ShellProcess.RunAsync(
            ["-NoProfile", "-NonInteractive", "-File", script, "-Suite", path, "-Report", report], Limit);
        Assert.True(File.Exists(report), $"The suite left no report.\n{result.Output}\n{result.Errors}");
        var outcome = JsonSerializer.Deserialize<Outcome>(await File.ReadAllTextAsync(report), Options)!;
        string[] failures = [.. outcome.Containers, .. outcome.Blocks, .. outcome.Tests];
        Assert.True(failures.Length == 0, string.Join('\n', failures) + "\n\n" + result.Output + result.Errors);
        Assert.Equal(0, outcome.Failed);
        Assert.True(outcome.Passed > 0 || MaySkip.Contains(suite), "No test passed.\n" + result.Output + result.Errors);
    }

    private sealed record Outcome(int Passed, int Failed, string[] Blocks, string[] Containers, string[] Tests);
}
