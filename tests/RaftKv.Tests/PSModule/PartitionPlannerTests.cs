using RaftKv.Commands;

namespace RaftKv.Tests.PSModule;

/// <summary>Partitions by plan.</summary>
public sealed class PartitionPlannerTests
{
    [Theory]
    [InlineData(RaftPartitionPlan.Majority, null, new[] { 3, 2 })]
    [InlineData(RaftPartitionPlan.Majority, RaftLeaderPlace.Minority, new[] { 2, 3 })]
    [InlineData(RaftPartitionPlan.AllMinorities, null, new[] { 2, 2, 1 })]
    [InlineData(RaftPartitionPlan.AllMinorities, RaftLeaderPlace.Alone, new[] { 1, 2, 2 })]
    [InlineData(RaftPartitionPlan.Singles, null, new[] { 1, 1, 1, 1, 1 })]
    [InlineData(RaftPartitionPlan.LeaderAlone, null, new[] { 1, 4 })]
    public void Groups_OfFiveServers_HaveThePlansSizesAndTheLeaderInTheFirst(RaftPartitionPlan plan, RaftLeaderPlace? place, int[] sizes)
    {
        for (int seed = 0; seed < 20; seed++)
        {
            int[][] groups = PartitionPlanner.Groups(plan, [1, 2, 3, 4, 5], 4, place, new Random(seed));
            Assert.Equal(sizes, groups.Select(group => group.Length));
            Assert.Contains(4, groups[0]);
            Assert.Equal([1, 2, 3, 4, 5], groups.SelectMany(group => group).Order());
        }
    }

    [Theory]
    [InlineData(2)]
    [InlineData(4)]
    [InlineData(31)]
    public void Groups_OfAllMinoritiesAndSingles_NeverHoldAMajority(int count)
    {
        int[] servers = [.. Enumerable.Range(1, count)];
        foreach (RaftPartitionPlan plan in count > 2 ? [RaftPartitionPlan.AllMinorities, RaftPartitionPlan.Singles] : new[] { RaftPartitionPlan.Singles })
        {
            int[][] groups = PartitionPlanner.Groups(plan, servers, 1, null, new Random(1));
            Assert.All(groups, group => Assert.True(group.Length <= count / 2));
            Assert.Equal(servers, groups.SelectMany(group => group).Order());
        }
    }

    [Fact]
    public void Groups_AtRandom_CutSomethingAndRepeatWithTheSeed()
    {
        for (int seed = 0; seed < 50; seed++)
        {
            int[][] groups = PartitionPlanner.Groups(RaftPartitionPlan.Random, [1, 2, 3, 4, 5], 0, null, new Random(seed));
            Assert.True(groups.Length > 1);
            Assert.Equal([1, 2, 3, 4, 5], groups.SelectMany(group => group).Order());
            Assert.Equal(groups, PartitionPlanner.Groups(RaftPartitionPlan.Random, [1, 2, 3, 4, 5], 0, null, new Random(seed)));
        }
    }

    [Fact]
    public void Groups_WithoutAPlaceForTheLeader_AreRefused()
    {
        Assert.Throws<ArgumentException>(() => PartitionPlanner.Groups(RaftPartitionPlan.Singles, [1, 2, 3], 1, RaftLeaderPlace.Majority, new Random(1)));
        Assert.Throws<ArgumentException>(() => PartitionPlanner.Groups(RaftPartitionPlan.Majority, [1], 1, null, new Random(1)));
    }
}
