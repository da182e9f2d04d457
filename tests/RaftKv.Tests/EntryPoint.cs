using RaftKv.Tests.Simulation;
using Xunit.MicrosoftTestingPlatform;
using Xunit.Runner.InProc.SystemConsole;

namespace RaftKv.Tests;

/// <summary>Runs the tests as the generated entry point would, or, asked by its name, the simulation alone.</summary>
internal static class EntryPoint
{
    public static async Task<int> Main(string[] arguments)
    {
        if (arguments is ["simulate", .. var rest])
        {
            return SimulateCommand.Run(rest);
        }

        return arguments.Any(a => a is "--server" or "--internal-msbuild-node")
            ? await TestPlatformTestFramework.RunAsync(arguments, SelfRegisteredExtensions.AddSelfRegisteredExtensions)
            : await ConsoleRunner.Run(arguments);
    }
}
