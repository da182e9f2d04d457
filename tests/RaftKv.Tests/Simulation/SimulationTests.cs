namespace RaftKv.Tests.Simulation;

/// <summary>
/// Whole clusters of the real core, pump, log and state machine under faults. Every seed is a minute of a cluster's
/// life: crashes, partitions, pauses, bad links and slow disks, then calm, in which everything must come right.
/// </summary>
public sealed class SimulationTests
{
    private const int Seeds = 60;
    private const int SeedsPerPlantedBug = 40;

    [Fact]
    public void EverySeed_KeepsEveryPromise()
    {
        var first = ulong.TryParse(Environment.GetEnvironmentVariable("RAFTKV_SIMULATION_SEED"), out var seed) ? seed : 1;
        var count = int.TryParse(Environment.GetEnvironmentVariable("RAFTKV_SIMULATION_SEEDS"), out var asked) ? asked : Seeds;
        var runs = new List<WorldSummary>();
        for (var i = 0; i < count; i++)
        {
            runs.Add(World.Run(new WorldOptions(first + (ulong)i)));
        }

        TestContext.Current.TestOutputHelper?.WriteLine(
            $"{count} seeds: {runs.Sum(r => r.Operations)} operations, {runs.Sum(r => r.Elections)} terms with a leader, {runs.Sum(r => r.Handovers)} handovers, "
            + $"{runs.Sum(r => r.Crashes)} crashes that lost {runs.Sum(r => r.LostBytes)} bytes, {runs.Sum(r => (long)r.Messages)} messages");
        Assert.True(runs.Average(r => r.Operations) >= 300, "The clients get too little done for this to mean anything.");
        Assert.True(runs.Average(r => r.Elections) >= 3, "Hardly any election.");
        Assert.True(runs.Count(r => r.Handovers > 0) > runs.Count / 3, "Hardly any handover.");
        Assert.True(runs.Average(r => r.Crashes) >= 3, "Hardly any crash.");
        Assert.True(runs.Count(r => r.LostBytes > 0) > runs.Count / 3, "Crashes hardly lose anything.");
    }

    [Fact]
    public void SameSeed_SameRun()
    {
        var first = World.Run(new WorldOptions(4242));
        Assert.Equal(first, World.Run(new WorldOptions(4242)));
        Assert.NotEqual(first.Fingerprint, World.Run(new WorldOptions(4243)).Fingerprint);
    }
}
