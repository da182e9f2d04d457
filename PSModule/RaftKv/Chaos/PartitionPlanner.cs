namespace RaftKv.Commands;

/// <summary>Deals servers out to groups.</summary>
internal static class PartitionPlanner
{
    /// <summary>The groups of a plan, the leader's first, each by rising id.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="servers">All servers.</param>
    /// <param name="leader">Who leads; 0 for none.</param>
    /// <param name="place">Where the leader shall be; null: where the plan puts it first.</param>
    /// <param name="random">Who is in which group.</param>
    /// <exception cref="ArgumentException">The plan cannot be carried out; the message says why.</exception>
    public static int[][] Groups(RaftPartitionPlan plan, IReadOnlyList<int> servers, int leader, RaftLeaderPlace? place, Random random)
    {
        if (servers.Count < 2)
        {
            throw new ArgumentException("A cluster of one server cannot be cut.");
        }

        // The leader is dealt first, so that the first size is that of its group.
        int[] dealt = [.. servers];
        random.Shuffle(dealt);
        dealt = [.. dealt.Where(id => id == leader), .. dealt.Where(id => id != leader)];
        List<int[]> groups = [];
        foreach (int size in Sizes(plan, servers.Count, place, random))
        {
            groups.Add([.. dealt.Take(size).Order()]);
            dealt = dealt[size..];
        }

        return [.. groups];
    }

    private static List<int> Sizes(RaftPartitionPlan plan, int count, RaftLeaderPlace? place, Random random)
    {
        int minority = (count - 1) / 2;
        return (plan, place) switch
        {
            (RaftPartitionPlan.Majority, null or RaftLeaderPlace.Majority) => [count - minority, .. NotEmpty(minority)],
            (RaftPartitionPlan.Majority, RaftLeaderPlace.Minority) when minority > 0 => [minority, count - minority],
            (RaftPartitionPlan.AllMinorities, null or RaftLeaderPlace.Minority) when minority > 0 => [minority, .. Rest(count - minority, minority)],
            (RaftPartitionPlan.AllMinorities, RaftLeaderPlace.Alone) when minority > 0 => [1, .. Rest(count - 1, minority)],
            (RaftPartitionPlan.Singles, null or RaftLeaderPlace.Alone) => [.. Enumerable.Repeat(1, count)],
            (RaftPartitionPlan.LeaderAlone, null or RaftLeaderPlace.Alone) => [1, count - 1],
            (RaftPartitionPlan.Random, null) => RandomSizes(count, random),
            _ => throw new ArgumentException($"The plan {plan} of {count} servers has no group '{place}' for the leader."),
        };
    }

    private static IEnumerable<int> NotEmpty(int size) => size > 0 ? [size] : [];

    /// <summary>What is left, in groups of at most that many servers.</summary>
    private static IEnumerable<int> Rest(int left, int size)
    {
        for (; left > 0; left -= size)
        {
            yield return Math.Min(left, size);
        }
    }

    private static List<int> RandomSizes(int count, Random random)
    {
        List<int> sizes = [];
        for (int left = count; left > 0; left -= sizes[^1])
        {
            // The first group leaves at least one server, or nothing would be cut.
            sizes.Add(random.Next(1, sizes.Count == 0 ? left : left + 1));
        }

        return sizes;
    }
}
