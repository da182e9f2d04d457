namespace RaftKv.Tests;

/// <summary>
/// How long a test waits for a state that must come: longer than any machine needs, so that only a state that never
/// comes, and not a slow machine, ends a wait.
/// </summary>
internal static class Patience
{
    /// <summary>Two minutes.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);
}
