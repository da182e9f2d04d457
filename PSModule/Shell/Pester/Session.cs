using System.Management.Automation;
using System.Management.Automation.Runspaces;
using System.Runtime.CompilerServices;

namespace RaftKv.Shell.Pester;

/// <summary>
/// What an Invoke-Pester that is under way knows. Describe, It and the others find it by their runspace, so several
/// runspaces can run tests side by side, and a test may call Invoke-Pester itself.
/// </summary>
internal sealed class Session
{
    private static readonly ConditionalWeakTable<Runspace, Stack<Session>> Running = [];

    internal static readonly string[] SkipModes = ["None", "Block", "Container", "Run"];

    internal Session(PesterConfiguration configuration) => Configuration = configuration;

    internal PesterConfiguration Configuration { get; }

    internal bool Discovers { get; set; }

    internal Block? Block { get; set; }

    internal Test? Test { get; set; }

    /// <summary>The failed test for which all later containers are skipped.</summary>
    internal Test? SkipsAfter { get; private set; }

    internal static Session? Current =>
        Runspace.DefaultRunspace is { } runspace && Running.TryGetValue(runspace, out var stack) && stack.Count > 0
            ? stack.Peek()
            : null;

    /// <summary>After a failure, marks what Run.SkipRemainingOnFailure names as skipped.</summary>
    internal void SkipRemaining(Test failed)
    {
        var mode = SkipModes.First(mode => mode.Equals(Configuration.Run.SkipRemainingOnFailure.Value, StringComparison.OrdinalIgnoreCase));
        var block = failed.Block;
        while (mode is "Container" or "Run" && block.Parent is not null)
        {
            block = block.Parent;
        }

        if (mode == "Run")
        {
            SkipsAfter ??= failed;
        }

        if (mode != "None")
        {
            SkipRemaining(block, failed);
        }
    }

    internal void SkipRemaining(Block block, Test failed)
    {
        var reason = $"Skipped due to previous failure at '{failed.ExpandedPath}' and "
            + $"Run.SkipRemainingOnFailure set to '{Configuration.Run.SkipRemainingOnFailure.Value}'";
        foreach (var test in block.AllTests.Where(test => test is { ShouldRun: true, Skip: false, Executed: false }))
        {
            test.Skip = true;
            test.Note = reason;
            test.ErrorRecord.Add(new ErrorRecord(
                new TestResultException("Skipped", reason), "PesterTestSkipped", ErrorCategory.OperationStopped, test));
        }
    }

    internal static void Push(Session session) => Running.GetOrCreateValue(Runspace.DefaultRunspace).Push(session);

    internal static void Pop() => Running.GetOrCreateValue(Runspace.DefaultRunspace).Pop();
}

/// <summary>A test that ends itself as skipped or inconclusive.</summary>
public sealed class TestResultException : Exception
{
    public TestResultException()
    {
    }

    public TestResultException(string message)
        : base(message)
    {
    }

    public TestResultException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    internal TestResultException(string result, string message)
        : base(message) => Result = result;

    internal string Result { get; } = "Inconclusive";
}
