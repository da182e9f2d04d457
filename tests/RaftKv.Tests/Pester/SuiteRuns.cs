using System.Collections.Concurrent;
using System.Text.Json;
using RaftKv.Tests.PSModule.Shell;
using RaftKv.Tests.Tidy;
using Xunit.Sdk;
using Xunit.v3;

namespace RaftKv.Tests.Pester;

/// <summary>What a suite reported.</summary>
internal sealed record SuiteOutcome(int Passed, int Failed, string[] Blocks, string[] Containers, string[] Tests);

/// <summary>
/// Runs suites, three at a time: most of their time is spent waiting for servers. xUnit asks for the order of the tests that
/// it is about to run, and so says which suites are wanted.
/// </summary>
internal sealed class SuiteRuns : ITestCaseOrderer
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(10);
    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web);
    private static readonly ConcurrentQueue<string> Wanted = new();
    private static readonly ConcurrentDictionary<string, Task<(SuiteOutcome?, ShellResult)>> Runs = new();
    private static readonly SemaphoreSlim Free = new(3);

    /// <inheritdoc/>
    public IReadOnlyCollection<T> OrderTestCases<T>(IReadOnlyCollection<T> testCases)
        where T : notnull, ITestCase
    {
        T[] ordered = [.. testCases.OrderBy(testCase => SuiteOf(testCase), StringComparer.Ordinal)];
        foreach (var testCase in ordered)
        {
            Wanted.Enqueue(SuiteOf(testCase));
        }

        return ordered;
    }

    /// <summary>Starts all suites that are wanted, if they are not yet, and waits for one.</summary>
    /// <returns>Its report, or none where it left none, and what its process printed.</returns>
    internal static Task<(SuiteOutcome? Outcome, ShellResult Result)> ResultOfAsync(string suite)
    {
        while (Wanted.TryDequeue(out var next))
        {
            Start(next);
        }

        return Start(suite);
    }

    private static string SuiteOf(ITestCase testCase) =>
        testCase is XunitTestCase { TestMethodArguments: [string suite] } ? suite : throw new InvalidOperationException($"{testCase.TestCaseDisplayName} is no suite.");

    private static Task<(SuiteOutcome?, ShellResult)> Start(string suite) => Runs.GetOrAdd(suite, static suite => RunAsync(suite));

    private static async Task<(SuiteOutcome?, ShellResult)> RunAsync(string suite)
    {
        await Free.WaitAsync();
        try
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
            var result = await ShellProcess.RunAsync(
                ["-NoProfile", "-NonInteractive", "-File", script, "-Suite", Path.Combine(Repository.Root, "tests", "pester", suite), "-Report", report],
                Limit,
                environment: new Dictionary<string, string?> { ["RAFTKV_HOME"] = Path.Combine(folder.Path, "home") });
            return (File.Exists(report) ? JsonSerializer.Deserialize<SuiteOutcome>(await File.ReadAllTextAsync(report), Options) : null, result);
        }
        finally
        {
            Free.Release();
        }
    }
}
