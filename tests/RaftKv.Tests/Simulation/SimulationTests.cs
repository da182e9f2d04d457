namespace RaftKv.Tests.Simulation;

/// <summary>
/// Whole clusters of the real core, pump, log and state machine under faults. Every seed is a minute of a cluster's
/// life: crashes, partitions, pauses, bad links and bad disks, then calm, in which everything must come right.
/// </summary>
public sealed class SimulationTests
{
    private const int Seeds = 500;

    [Fact]
    public void EverySeed_KeepsEveryPromise()
    {
        var options = new SimulateOptions { Seeds = Seeds, Jobs = Math.Min(2, Environment.ProcessorCount) };
        var report = new RunReport();
        Exception? first = null;
        SeedRunner.Run(options, seed => World.Run(options.World(seed)), (_, summary, failure) =>
        {
            first ??= failure;
            if (summary is not null)
            {
                report.Add(summary);
            }

            return first is null;
        });
        TestContext.Current.TestOutputHelper?.WriteLine(report.ToText(TimeSpan.Zero, options.Jobs));
        Assert.True(first is null, $"{first?.Message}\nRun it alone: dotnet run -c Release --project tests/RaftKv.Tests -- simulate --first S --seeds 1 --transcript");
        Assert.Empty(report.RareEvents());
    }

    [Fact]
    public void SameSeed_SameRun()
    {
        var first = World.Run(new WorldOptions(4242));
        var second = World.Run(new WorldOptions(4242) { KeepsTranscript = true });
        Assert.Equal(first, second);
        Assert.NotEqual(first.Fingerprint, World.Run(new WorldOptions(4243)).Fingerprint);
    }

    [Fact]
    public void Failure_IsReportedWithItsSeedAndAgainWithItsEvents()
    {
        var options = new WorldOptions(1) { Bug = PlantedBug.Of(nameof(PortFault.AnswerBeforeSave)) };
        var found = BugTable.SeedsToFind(options.Bug, 1, 100, 1);
        Assert.NotNull(found);
        options = options with { Seed = (ulong)found };
        var failure = Assert.Throws<SimulationFailure>(() => World.Run(options));
        var again = Assert.Throws<SimulationFailure>(() => World.Run(options with { KeepsTranscript = true }));
        Assert.Equal(failure.Message, again.Message);
        Assert.Contains($"Seed {found}", failure.Message, StringComparison.Ordinal);
        Assert.Contains("becomes", again.Transcript!, StringComparison.Ordinal);
    }
}
