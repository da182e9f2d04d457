using System.Globalization;
using RaftKv.Tests.Tidy;

namespace RaftKv.Tests.Simulation;

/// <summary>Measures how many seeds it takes to find each planted bug, over ranges of seeds that share none.</summary>
internal static class BugTable
{
    private const string ReadMe = "tests/RaftKv.Tests/Simulation/README.md";
    private const string Head = "| bug | area | median | worst | seeds to detect in each range |";

    /// <summary>Ranges begin this far apart.</summary>
    private const ulong Stride = 100_000;

    /// <summary>The number of the first seed of a range that finds the bug of a name, from 1; null when none up to the limit does.</summary>
    public static int? SeedsToFind(string bug, ulong first, int limit, int jobs)
    {
        var options = new SimulateOptions { First = first, Seeds = limit, Jobs = jobs, Bug = PlantedBug.Of(bug) };
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
        var lines = new List<string>();
        void Say(string line)
        {
            lines.Add(line);
            Console.WriteLine(line);
        }

        Say(Head);
        Say("| --- | --- | --- | --- | --- |");
        foreach (var bug in bugs.OrderBy(b => b.Area))
        {
            var rounds = Enumerable.Range(0, options.Rounds)
                .Select(r => SeedsToFind(bug.Name, options.First + ((ulong)r * Stride), options.Limit, options.Jobs) ?? int.MaxValue)
                .ToList();
            var sorted = rounds.Order().ToList();
            isComplete &= sorted[^1] < int.MaxValue;
            Say($"| {bug.Name} | {Text(bug.Area)} | {Text(sorted[sorted.Count / 2], options)} | {Text(sorted[^1], options)} | {string.Join(", ", rounds.Select(r => Text(r, options)))} |");
        }

        if (options.Records)
        {
            Record(lines);
        }

        return isComplete ? 0 : 1;
    }

    /// <summary>The table takes the place of the one in the page about the simulation.</summary>
    private static void Record(IEnumerable<string> table)
    {
        var before = Repository.Read(ReadMe).Split('\n').ToList();
        var from = before.IndexOf(Head);
        var to = before.FindIndex(from, line => !line.StartsWith('|'));
        File.WriteAllText(Path.Combine(Repository.Root, ReadMe), string.Join('\n', [.. before[..from], .. table, .. before[to..]]));
    }

    private static string Text(BugArea area) => area switch
    {
        BugArea.PumpAndStorage => "pump and storage",
        BugArea.SessionsAndSnapshots => "sessions and snapshots",
        BugArea.Membership => "membership",
        _ => "consensus",
    };

    private static string Text(int seeds, SimulateOptions options) =>
        seeds == int.MaxValue ? $"more than {options.Limit}" : seeds.ToString(CultureInfo.InvariantCulture);
}
