using RaftKv.Tests.Tidy;

namespace RaftKv.Tests.Pester;

/// <summary>
/// The suites of tests/pester, at quick scale, each in a shell process of its own. Those that measure, and the one that
/// runs every example of the help, take minutes: they have a step of their own in .ci/run.
/// </summary>
[Collection(CollectionName)]
[TestCaseOrderer(typeof(SuiteRuns))]
public sealed class PesterSuites
{
    /// <summary>The collection of this class alone.</summary>
    public const string CollectionName = "suites";

    /// <summary>Suites that may skip all their tests, and say why: one takes minutes unless it is asked for, one needs root on Linux.</summary>
    private static readonly string[] MaySkip = ["Correctness/PlantedBugs.Tests.ps1", "Correctness/Agents.Tests.ps1"];

    public static TheoryData<string> Suites()
    {
        var folder = Path.Combine(Repository.Root, "tests", "pester");
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
        var (outcome, result) = await SuiteRuns.ResultOfAsync(suite);
        Assert.True(outcome is not null, $"The suite left no report.\n{result.Output}\n{result.Errors}");
        string[] failures = [.. outcome.Containers, .. outcome.Blocks, .. outcome.Tests];
        Assert.True(failures.Length == 0, string.Join('\n', failures) + "\n\n" + result.Output + result.Errors);
        Assert.Equal(0, outcome.Failed);
        Assert.True(outcome.Passed > 0 || MaySkip.Contains(suite), "No test passed.\n" + result.Output + result.Errors);
    }
}
