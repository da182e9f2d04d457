using RaftKv.Tests.EdgeCases;
using RaftKv.Tests.Elections;
using RaftKv.Tests.Exploration;
using RaftKv.Tests.Planted;
using RaftKv.Tests.Simulation;
using RaftKv.Tests.Storage;
using Xunit.MicrosoftTestingPlatform;
using Xunit.Runner.InProc.SystemConsole;

namespace RaftKv.Tests;

/// <summary>
/// Runs the tests as the generated entry point would, or, asked by its name: the simulation alone, the mutations of the
/// table of edge cases, the measurement of elections or of recovery, the exploration of all states within bounds, or a copy
/// of a server with the bugs that tests plant.
/// </summary>
internal static class EntryPoint
{
    public static async Task<int> Main(string[] arguments)
    {
        switch (arguments)
        {
            case ["simulate", .. var rest]:
                return rest.Any(a => a is "--bug" or "--bugs") ? Planted(typeof(SimulateCommand), (object)rest) : SimulateCommand.Run(rest);
            case ["mutate", .. var rows]:
                return MutationRun.Run(rows, Console.Out);
            case ["explore", .. var bounds]:
                return bounds.Any(a => a is "--fault" or "--bugs") ? Planted(typeof(ExploreCommand), bounds, Console.Out) : ExploreCommand.Run(bounds, Console.Out);
            case ["plant", var node, var target]:
                PlantedBuild.PlantServer(node, target);
                return 0;
            case ["recovery", .. var entries]:
                return await RecoveryCommand.RunAsync(entries, Console.Out);
            case ["elections", .. var trials]:
                return ElectionReport.Run(trials, Console.Out);
            default:
                return arguments.Any(a => a is "--server" or "--internal-msbuild-node")
                    ? await TestPlatformTestFramework.RunAsync(arguments, SelfRegisteredExtensions.AddSelfRegisteredExtensions)
                    : await ConsoleRunner.Run(arguments);
        }
    }

    private static int Planted(Type command, params object[] arguments) => PlantedBuild.Call<int>(command, nameof(SimulateCommand.Run), arguments);
}
