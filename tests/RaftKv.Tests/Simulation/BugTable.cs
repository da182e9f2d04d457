using System.Globalization;

namespace RaftKv.Tests.Simulation;

/// <summary>Measures how many seeds it takes to find each planted bug, over ranges of seeds that share none.</summary>
internal static class BugTable
{
    /// <summary>Ranges begin this far apart.</summary>
    private const ulong Stride = 100_000;

    /// <summary>The number of the first seed of a range that finds the bug, from 1; null when none up to the limit does.</summary>
    public static int? SeedsToFind(PlantedBug bug, ulong first, int limit, int jobs)
    {
        var options = new SimulateOptions { First = first, Seeds = limit, Jobs = jobs, Bug = bug };
        ulong? found = null;
        SeedRunner.Run(options, seed => World.Run(options.World(seed)), (seed, _, failure) =>
        {
            // With several jobs a later seed may end before an earlier one; the earliest known counts.
            found = failure is null || found < seed ? found : seed;
            return found is null;
        });
        return found is { } at ? (int)(at - first) + 1 : null;
    }

    public static int Measure(SimulateOptions options)
    {
        var bugs = options.Bug == PlantedBug.None ? PlantedBug.All : [options.Bug];
        var isComplete = true;
        Console.WriteLine("| bug | median | worst | seeds to detect in each range |\n| --- | --- | --- | --- |");
        foreach (var bug in bugs)
        {
            var rounds = Enumerable.Range(0, options.Rounds)
                .Select(r => SeedsToFind(bug, options.First + ((ulong)r * Stride), options.Limit, options.Jobs))
                .ToList();
            var sorted = rounds.Select(r => r ?? int.MaxValue).Order().ToList();
            isComplete &= sorted[^1] < int.MaxValue;
            Console.WriteLine($"| {bug.Name} | {Text(sorted[sorted.Count / 2], options)} | {Text(sorted[^1], options)} | {string.Join(", ", rounds.Select(r => Text(r ?? int.MaxValue, options)))} |");
        }

        return isComplete ? 0 : 1;
    }

    private static string Text(int seeds, SimulateOptions options) =>
        seeds == int.MaxValue ? $"more than {options.Limit}" : seeds.ToString(CultureInfo.InvariantCulture);
}
