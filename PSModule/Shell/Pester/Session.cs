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

    internal Session(PesterConfiguration configuration) => Configuration = configuration;

    internal PesterConfiguration Configuration { get; }

    internal bool Discovers { get; set; }

    internal Block? Block { get; set; }

    internal Test? Test { get; set; }

    internal static Session? Current =>
        Runspace.DefaultRunspace is { } runspace && Running.TryGetValue(runspace, out var stack) && stack.Count > 0
            ? stack.Peek()
            : null;

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
