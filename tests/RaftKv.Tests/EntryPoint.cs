using RaftKv.Tests.EdgeCases;
using RaftKv.Tests.Elections;
using RaftKv.Tests.Exploration;
using RaftKv.Tests.Simulation;
using Xunit.MicrosoftTestingPlatform;
using Xunit.Runner.InProc.SystemConsole;

namespace RaftKv.Tests;

/// <summary>
/// Runs the tests as the generated entry point would, or, asked by its name: the simulation alone, the mutations of the
/// table of edge cases, the measurement of elections, or the exploration of all states within bounds.
/// </summary>
internal static class EntryPoint
{
    public static async Task<int> Main(string[] arguments)
    {
        switch (arguments)
        {
            case ["simulate", .. var rest]:
                return SimulateCommand.Run(rest);
            case ["mutate", .. var rows]:
                return MutationRun.Run(rows, Console.Out);
            case ["explore", .. var bounds]:
                return ExploreCommand.Run(bounds, Console.Out);
            case ["elections", .. var trials]:
                return ElectionReport.Run(trials, Console.Out);
            default:
                return arguments.Any(a => a is "--server" or "--internal-msbuild-node")
                    ? await TestPlatformTestFramework.RunAsync(arguments, SelfRegisteredExtensions.AddSelfRegisteredExtensions)
                    : await ConsoleRunner.Run(arguments);
        }
    }
}
