namespace RaftKv.Tests.Host;

/// <summary>
/// Whatever starts servers in a test's own process runs here, one test after the other: they share the variable
/// <c>RAFTKV_HOME</c> of the process. The suites and the tests without servers run beside them, since servers mostly wait.
/// </summary>
[CollectionDefinition(Name)]
public sealed class ServersCollection
{
    /// <summary>What the classes that belong here name in their attribute.</summary>
    public const string Name = "servers";
}
