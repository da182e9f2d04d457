using System.Diagnostics;
using System.Globalization;
using RaftKv.Tests.Planted;

namespace RaftKv.Tests.Exploration;

/// <summary>
/// The exploration by hand: <c>explore [--jobs n] [--most-states n] [--bound value]...</c>, or <c>explore --bugs</c>, which
/// plants each bug and says what it took to find it.
/// </summary>
internal static class ExploreCommand
{
    public static int Run(IReadOnlyList<string> arguments, TextWriter output)
    {
        if (arguments is ["--bugs"])
        {
            return RunBugs(output);
        }

        try
        {
            var (jobs, most, rest) = Split(arguments);
            return Run(BoundsText.Parse(rest), jobs, most, output);
        }
        catch (ArgumentException fault)
        {
            Console.Error.WriteLine(fault.Message);
            return 2;
        }
    }

    private static int RunBugs(TextWriter output)
    {
        output.WriteLine("| bug | found | moves | states | seconds | what is broken | the same bounds without it |");
        output.WriteLine("| --- | --- | --- | --- | --- | --- | --- |");
        var missed = 0;
        foreach (var fault in PlantedBugs.All)
        {
            var bounds = PlantedBugs.BoundsOf(fault);
            var clock = Stopwatch.StartNew();
            var found = new Explorer(bounds, jobs: 1, most: 10_000_000).Run();
            var seconds = clock.Elapsed.TotalSeconds;
            var sound = new Explorer(bounds with { Fault = CoreFault.None }, jobs: 1, most: 300_000).Run();
            missed += found.Violation is null || sound.Violation is not null ? 1 : 0;
            output.WriteLine(
                $"| {fault} | {(found.Violation is null ? "no" : "yes")} | {found.Path.Count} | {found.States} | {seconds:F1} | {found.Violation} "
                + $"| {sound.Violation ?? $"{sound.States} states, {(sound.IsComplete ? "complete" : "not complete")}"} |");
        }

        return missed == 0 ? 0 : 1;
    }

    private static (int Jobs, long Most, List<string> Bounds) Split(IReadOnlyList<string> arguments)
    {
        var (jobs, most, rest) = (1, long.MaxValue, new List<string>());
        for (var i = 0; i < arguments.Count; i += 2)
        {
            var value = i + 1 < arguments.Count ? arguments[i + 1] : "";
            switch (arguments[i])
            {
                case "--jobs":
                    jobs = int.Parse(value, CultureInfo.InvariantCulture);
                    break;
                case "--most-states":
                    most = long.Parse(value, CultureInfo.InvariantCulture);
                    break;
                default:
                    rest.Add(arguments[i]);
                    rest.Add(value);
                    break;
            }
        }

        return (jobs, most, rest);
    }

    private static int Run(Bounds bounds, int jobs, long most, TextWriter output)
    {
        var clock = Stopwatch.StartNew();
        var explorer = new Explorer(bounds, jobs, most)
        {
            Progress = (depth, states, open) => output.WriteLine(
                $"depth {depth}: {states} states, {open} open, {states / clock.Elapsed.TotalSeconds:F0} states/s, {GC.GetTotalMemory(false) >> 20} MiB"),
        };
        var found = explorer.Run();
        output.WriteLine(
            $"{found.States} states to depth {found.Depth} in {clock.Elapsed.TotalSeconds:F1} s; {found.ServerStates} states of a server, "
            + $"{found.Messages} messages, {found.CoreSteps} steps of the core.");
        if (found.Violation is null)
        {
            output.WriteLine(found.IsComplete ? "Complete: nothing is left to look at, and nothing is broken." : "Not complete, and nothing is broken so far.");
            return 0;
        }

        output.Write(Trace.Of(bounds, found.Path, explorer.Interned));
        return 1;
    }
}
