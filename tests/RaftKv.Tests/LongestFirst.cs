using RaftKv.Tests;
using RaftKv.Tests.Host;
using RaftKv.Tests.Pester;
using Xunit.Sdk;
using Xunit.v3;

[assembly: TestCollectionOrderer(typeof(LongestFirst))]

namespace RaftKv.Tests;

/// <summary>
/// Begins with the three collections that wait for servers most of their minutes, so that the tests that compute fill the
/// time beside them. <c>xunit.runner.json</c> allows twice as many collections at once as there are cores.
/// </summary>
public sealed class LongestFirst : ITestCollectionOrderer
{
    private static readonly string[] Order = [PesterSuites.CollectionName, AgentsCollection.Name, ServersCollection.Name];

    /// <inheritdoc/>
    public IReadOnlyCollection<T> OrderTestCollections<T>(IReadOnlyCollection<T> testCollections)
        where T : ITestCollection =>
        [.. testCollections.OrderBy(Rank).ThenBy(collection => collection.TestCollectionDisplayName, StringComparer.Ordinal)];

    private static int Rank<T>(T collection)
        where T : ITestCollection
    {
        var rank = Array.IndexOf(Order, collection.TestCollectionDisplayName);
        return rank < 0 ? Order.Length : rank;
    }
}
