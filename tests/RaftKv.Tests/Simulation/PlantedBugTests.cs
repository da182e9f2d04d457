namespace RaftKv.Tests.Simulation;

/// <summary>
/// A judge that finds nothing must be seen to find something: planted bugs fail within a few seeds. Four that take
/// hundreds are left to <c>simulate --bugs</c>, whose table README.md holds. The search begins near a seed that is known to
/// fail, so that it stays cheap.
/// </summary>
public sealed class PlantedBugTests
{
    private const int Seeds = 500;

    private static readonly string[] Slow = ["LeaseTooLong", "VoteBeforeSave", "CountRemovedSelf", "CountUnsavedEntries"];

    public static TheoryData<string, int> Bugs
    {
        get
        {
            var bugs = new TheoryData<string, int>();
            foreach (var bug in PlantedBug.All.Where(b => !Slow.Contains(b.Name)))
            {
                bugs.Add(bug.Name, bug.Name is "VoteTwice" or "ForgetVoteAtRestart" ? 119 : bug.Name is "CommitOlderTermByCounting" ? 43 : 1);
            }

            return bugs;
        }
    }

    [Theory]
    [MemberData(nameof(Bugs))]
    public void PlantedBug_IsFound(string bug, int first) =>
        Assert.NotNull(BugTable.SeedsToFind(PlantedBug.Of(bug), (ulong)first, Seeds, jobs: 2));

    [Fact]
    public void PlantedBugs_AreAsManyAsPromised() => Assert.True(PlantedBug.All.Count >= 25);
}
