using System.Diagnostics;
using RaftKv.Engine.Driver;

namespace RaftKv.Tests.Simulation;

/// <summary>
/// Whole clusters of the real core, pump, log and state machine under faults. Every seed is a minute of a cluster's
/// life: crashes, partitions, pauses, bad links and bad disks, then calm, in which everything must come right.
/// </summary>
public sealed class SimulationTests
{
    private const int Seeds = 500;
    private const ulong DigestFirst = 4000;
    private const long DigestSeeds = 12;

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
        Assert.Empty(report.RareEvents(options.Faults));
    }

    [Fact]
    public void SameSeed_SameRun()
    {
        var first = World.Run(new WorldOptions(4242));
        var second = World.Run(new WorldOptions(4242) { TranscriptEvents = 80 });
        Assert.Equal(first, second);
        Assert.NotEqual(first.Fingerprint, World.Run(new WorldOptions(4243)).Fingerprint);
    }

    /// <summary>
    /// Of these the judge once said what was not so: of a server that needs more than half a second to get back what its cut
    /// tail held, of one that was removed while it came back, and of a
    /// cluster in which removed servers still campaigned.
    /// </summary>
    [Theory]
    [InlineData(900006670)]
    [InlineData(1000013797)]
    [InlineData(400003728)]
    public void ASeedThatWasMisjudged_KeepsEveryPromise(ulong seed) => World.Run(new WorldOptions(seed));

    /// <summary>
    /// Another process hashes strings with another key, and here it has another language and another number of jobs: what
    /// depended on any of them would show.
    /// </summary>
    [Fact]
    public void SameSeeds_SameDigestInAnotherProcess()
    {
        var digests = new[] { "1", "2" }.Select(jobs => DigestOf(Path.Combine(AppContext.BaseDirectory, "RaftKv.Tests.dll"), jobs)).ToList();
        var report = new RunReport();
        SeedRunner.Run(new SimulateOptions { First = DigestFirst, Seeds = DigestSeeds }, seed => World.Run(new WorldOptions(seed)), (_, summary, _) =>
        {
            report.Add(summary!);
            return true;
        });
        Assert.All(digests, digest => Assert.Equal($"Digest: {report.Digest:x16}", digest));
    }

    private static string? DigestOf(string assembly, string jobs)
    {
        using var process = Process.Start(new ProcessStartInfo(
            "dotnet",
            [assembly, "simulate", "--first", $"{DigestFirst}", "--seeds", $"{DigestSeeds}", "--jobs", jobs])
        {
            RedirectStandardOutput = true,
            Environment = { ["LANG"] = jobs == "1" ? "tr_TR.UTF-8" : "C", ["DOTNET_TieredPGO"] = "0" },
        })!;
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return output.Split('\n').FirstOrDefault(l => l.StartsWith("Digest: ", StringComparison.Ordinal))?.Trim();
    }

    [Fact]
    public void Failure_IsReportedWithItsSeedAndAgainWithItsEvents()
    {
        var options = new WorldOptions(1) { Bug = PlantedBug.Of(nameof(PumpFault.AnswerBeforeSave)) };
        var found = BugTable.SeedsToFind(options.Bug.Name, 1, 100, 1);
        Assert.NotNull(found);
        options = options with { Seed = (ulong)found };
        var failure = Assert.Throws<SimulationFailure>(() => World.Run(options));
        var again = Assert.Throws<SimulationFailure>(() => World.Run(options with { TranscriptEvents = 2000 }));
        Assert.Equal(failure.Message, again.Message);
        Assert.Contains($"Seed {found}", failure.Message, StringComparison.Ordinal);
        Assert.StartsWith($"Seed {found}: ", again.Transcript, StringComparison.Ordinal);
        Assert.Contains("becomes", again.Transcript, StringComparison.Ordinal);
    }
}
