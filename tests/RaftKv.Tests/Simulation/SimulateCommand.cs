using System.Diagnostics;
using System.Globalization;

namespace RaftKv.Tests.Simulation;

/// <summary>
/// Runs the simulation alone: <c>dotnet run -c Release --project tests/RaftKv.Tests -- simulate --seeds 1000</c>. Exit code
/// 0: every seed kept every promise, and all that is to be tried was tried; 1: not so; 2: the command is not understood.
/// </summary>
internal static class SimulateCommand
{
    /// <summary>From this many seeds on, each kind of event must have occurred in one seed of twenty.</summary>
    private const int SeedsThatShowRates = 100;

    private const int EventsShown = 80;

    public static int Run(string[] arguments)
    {
        SimulateOptions options;
        try
        {
            options = SimulateOptions.Parse(arguments);
        }
        catch (ArgumentException e)
        {
            Console.Error.WriteLine($"{e.Message}\n{SimulateOptions.Usage}");
            return 2;
        }

        return options.MeasuresBugs ? BugTable.Measure(options) : RunSeeds(options);
    }

    private static int RunSeeds(SimulateOptions options)
    {
        var watch = Stopwatch.StartNew();
        var report = new RunReport();
        var ended = 0L;
        var nextNote = TimeSpan.FromSeconds(10);
        SeedRunner.Run(options, seed => World.Run(options.World(seed)), (seed, summary, failure) =>
        {
            ended++;
            if (failure is null)
            {
                report.Add(summary!);
            }
            else
            {
                report.AddFailure();
                Show(seed, failure, options);
            }

            if (watch.Elapsed >= nextNote)
            {
                nextNote = watch.Elapsed + TimeSpan.FromSeconds(10);
                Say($"{ended} seeds after {watch.Elapsed.TotalSeconds:F0} s, {report.Failures} failed");
            }

            return true;
        });

        Say(report.ToText(watch.Elapsed, options.Jobs));
        var rare = report.Seeds >= SeedsThatShowRates ? report.RareEvents(options.Faults) : [];
        if (rare.Count > 0)
        {
            Say($"Tried in fewer than 5% of the seeds, so this run says too little of them: {string.Join(", ", rare)}.");
        }

        return report.Failures > 0 || rare.Count > 0 ? 1 : 0;
    }

    /// <summary>The failed seed runs again, now with its events kept.</summary>
    private static void Show(ulong seed, Exception failure, SimulateOptions options)
    {
        var transcript = "";
        try
        {
            World.Run(options.World(seed) with { TranscriptEvents = options.Transcript ? int.MaxValue : EventsShown });
            transcript = "The same seed did not fail again: the simulation is not deterministic.";
        }
        catch (SimulationFailure again)
        {
            transcript = again.Transcript ?? "";
        }

        var servers = options.Servers is { } count ? $" --servers {count}" : "";
        var faults = options.Faults == FaultKinds.Usual ? "" : $" --faults {options.Faults.ToString().Replace(" ", "", StringComparison.Ordinal)}";
        var rarity = options.Rarity == WorldOptions.UsualRarity ? "" : $" --rarity {options.Rarity}";
        var bug = options.Bug == PlantedBug.None ? "" : $" --bug {options.Bug.Name}";
        Say($"""
            FAILED {failure.Message}
            {transcript}
            {failure.InnerException?.StackTrace}
            Run it again: dotnet run -c Release --project tests/RaftKv.Tests -- simulate --first {seed} --seeds 1{servers}{faults}{rarity}{bug} --transcript
            """);
    }

    private static void Say(FormattableString text) => Console.WriteLine(text.ToString(CultureInfo.InvariantCulture));

    private static void Say(string text) => Console.WriteLine(text);
}
