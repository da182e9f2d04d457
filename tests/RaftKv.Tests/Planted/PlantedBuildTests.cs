using RaftKv.Core.Consensus;

namespace RaftKv.Tests.Planted;

public sealed class PlantedBuildTests
{
    [Fact]
    public void EachBug_ChangesTheSources() =>
        Assert.Equal(
            Enum.GetNames<CoreFault>().Where(name => name != nameof(CoreFault.None)).Order(StringComparer.Ordinal),
            SourceChange.All().Select(change => change.Bug).Distinct().Order(StringComparer.Ordinal));

    [Fact]
    public void EachChange_AsksForItsBug_OrServesOneThatDoes() =>
        Assert.All(SourceChange.All().GroupBy(change => change.Bug), changes =>
            Assert.Contains(changes, change => change.New.Contains($"Has(CoreFault.{changes.Key})", StringComparison.Ordinal)));

    [Fact]
    public void TheCoreItself_HasNoBugToChoose()
    {
        var options = new RaftOptions { Id = new NodeId(1), Voters = [new NodeId(1)], Seed = 1 };
        var refusal = Assert.Throws<InvalidOperationException>(() => options.With(CoreFault.CommitAlone));
        Assert.Contains(nameof(PlantedBuild), refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Call_ReachesTheCoreWithBugs_AndOnlyThere()
    {
        Assert.True(PlantedBuild.Call<bool>(typeof(PlantedBuildTests), nameof(CanPlant)));
        Assert.False(CanPlant());
    }

    private static bool CanPlant() =>
        typeof(RaftOptions).GetProperty(nameof(CoreFault), System.Reflection.BindingFlags.Instance | System.Reflection.BindingFlags.NonPublic) is not null;
}
