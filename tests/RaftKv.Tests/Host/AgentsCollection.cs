namespace RaftKv.Tests.Host;

/// <summary>Tests that start agents, one after the other: they share the variable <c>RAFTKV_HOME</c> of the process.</summary>
[CollectionDefinition(Name)]
public sealed class AgentsCollection
{
    /// <summary>What the classes that belong here name in their attribute.</summary>
    public const string Name = "agents";
}
