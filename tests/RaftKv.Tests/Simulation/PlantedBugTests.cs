using RaftKv.Core.Consensus;

namespace RaftKv.Tests.Simulation;

/// <summary>
/// A judge that finds nothing must be seen to find something: every planted bug fails within a few seeds. Two take too
/// many seeds for every test run and are pinned by the tests of their rows instead, C1 and R3.
/// </summary>
public sealed class PlantedBugTests
{
    private static readonly int Seeds =
        int.TryParse(Environment.GetEnvironmentVariable("RAFTKV_SIMULATION_SEEDS"), out var seeds) ? seeds : 500;

    public static TheoryData<string> Bugs { get; } =
    [
        .. Enum.GetNames<PlantedFault>().Where(n => n != nameof(PlantedFault.None)),
        .. Enum.GetNames<CoreFault>().Where(n => n is not (
            nameof(CoreFault.None) or nameof(CoreFault.CommitUnverified) or nameof(CoreFault.CommitOlderTermByCounting)
            or nameof(CoreFault.ChangeWhileUncommitted) or nameof(CoreFault.ChangeBeforeOwnCommit) or nameof(CoreFault.CountLearners)
            or nameof(CoreFault.CountRemovedSelf) or nameof(CoreFault.KeepTruncatedConfiguration)
            or nameof(CoreFault.KeepConflictingSuffix))),
    ];

    [Theory]
    [MemberData(nameof(Bugs))]
    public void PlantedBug_IsFound(string bug)
    {
        var fault = Enum.TryParse<PlantedFault>(bug, out var port) ? port : PlantedFault.None;
        var coreFault = Enum.TryParse<CoreFault>(bug, out var core) ? core : CoreFault.None;
        for (var seed = 1UL; seed <= (ulong)Seeds; seed++)
        {
            try
            {
                World.Run(new WorldOptions(seed) { Bug = fault, CoreBug = coreFault });
            }
            catch (SimulationFailure failure)
            {
                TestContext.Current.TestOutputHelper?.WriteLine($"{bug}: seed {seed}: {failure.Message.Split('\n')[0]}");
                return;
            }
        }

        Assert.Fail($"{bug} was not found in {Seeds} seeds.");
    }
}
