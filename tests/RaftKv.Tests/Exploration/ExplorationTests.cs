using RaftKv.Tests.Planted;

namespace RaftKv.Tests.Exploration;

/// <summary>The exhaustive search through the states of small clusters of shipping cores.</summary>
public sealed class ExplorationTests
{
    private const string Untimed = PlantedBugs.Untimed;

    public static TheoryData<string> Bugs { get; } = new(PlantedBugs.All.Select(b => b.ToString()));

    /// <summary>Bounds that are gone through to the end in every run of the tests; larger ones are in the page about the simulation.</summary>
    [Theory]
    [InlineData(Untimed + "--timeouts 1", 900_000)]
    [InlineData(Untimed + "--timeouts 2 --crashes 1 --slow-saves 1 --voters 2 --terms 3", 300_000)]
    [InlineData("--ticks 2 --timeouts 1 --proposals 0", 40_000)]
    [InlineData("--voters 2 --ticks 2 --timeouts 1 --lease-reads 1 --reads 1", 150_000)]
    public void Search_OfTheWholeSpaceWithinSmallBounds_FindsNothingBroken(string words, int atLeast)
    {
        var found = new Explorer(BoundsText.Parse(words.Split(' ')), jobs: 1).Run();
        Assert.Null(found.Violation);
        Assert.True(found.IsComplete);
        Assert.True(found.States >= atLeast, $"Only {found.States} states: the search does not move.");
    }

    [Theory]
    [MemberData(nameof(Bugs))]
    public void Search_WithAPlantedBug_FindsIt(string bug)
    {
        var (violation, trace) = PlantedBuild.Call<(string?, string)>(typeof(ExplorationTests), nameof(Search), bug);
        Assert.NotNull(violation);
        Assert.Contains($"BROKEN: {violation}", trace);
    }

    private static (string? Violation, string Trace) Search(string bug)
    {
        var bounds = PlantedBugs.BoundsOf(Enum.Parse<CoreFault>(bug));
        var explorer = new Explorer(bounds, jobs: 1);
        var found = explorer.Run();
        return (found.Violation, Trace.Of(bounds, found.Path, explorer.Interned));
    }
}
