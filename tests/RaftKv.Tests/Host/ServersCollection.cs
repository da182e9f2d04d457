namespace RaftKv.Tests.Host;

/// <summary>
/// Whatever starts servers in a test's own process, or as processes without an agent, runs here, one test after the other. Tests
/// with agents, the suites and the tests without servers run beside them, since servers mostly wait.
/// </summary>
[CollectionDefinition(Name)]
public sealed class ServersCollection
{
    /// <summary>What the classes that belong here name in their attribute.</summary>
    public const string Name = "servers";
}
