using RaftKv.Tests.Planted;

namespace RaftKv.Tests.Simulation;

/// <summary>
/// A judge that finds nothing must be seen to find something: planted bugs fail within a few seeds. How many each takes
/// over several ranges stands in README.md, written by <c>simulate --bugs --record</c>.
/// </summary>
public sealed class PlantedBugTests
{
    private const int Seeds = 2000;

    /// <summary>
    /// Seeds that find the bugs for which many are needed: the tests begin with them, and look further where the core has
    /// changed since. How many it takes from the first one on is what <c>simulate --bugs</c> measures.
    /// </summary>
    private static readonly Dictionary<string, ulong> Known = new()
    {
        ["ForgetVoteAtRestart"] = 38,
        ["ReadClockFirst"] = 311,
        ["AnnounceTakenBeforeDurable"] = 80,
        ["CountRemovedSelf"] = 173,
        ["TakeListAtEveryStart"] = 166,
        ["VoteBeforeSave"] = 245,
    };

    public static TheoryData<string> Bugs => [.. PlantedBug.All.Select(b => b.Name)];

    [Theory]
    [MemberData(nameof(Bugs))]
    public void PlantedBug_IsFound(string bug) => Assert.NotNull(
        PlantedBuild.Call<int?>(typeof(BugTable), nameof(BugTable.SeedsToFind), bug, Known.GetValueOrDefault(bug, 1UL), Seeds, 2));

    [Fact]
    public void PlantedBug_ThatNoSeedShows_IsFoundByTheExploration() =>
        Assert.Empty(PlantedBug.OfTheExploration.Except(Exploration.PlantedBugs.All));

    [Fact]
    public void PlantedBugs_AreAsManyAsPromised()
    {
        var areas = PlantedBug.All.CountBy(b => b.Area).ToDictionary();
        Assert.True(PlantedBug.All.Count >= 25);
        Assert.True(areas[BugArea.Consensus] >= 12, $"{areas[BugArea.Consensus]} in consensus");
        Assert.True(areas[BugArea.PumpAndStorage] >= 6, $"{areas[BugArea.PumpAndStorage]} in pump and storage");
        Assert.True(areas[BugArea.SessionsAndSnapshots] >= 4, $"{areas[BugArea.SessionsAndSnapshots]} in sessions and snapshots");
        Assert.True(areas[BugArea.Membership] >= 3, $"{areas[BugArea.Membership]} in membership");
    }
}
