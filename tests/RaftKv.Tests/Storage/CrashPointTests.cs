using RaftKv.Core.Consensus;
using static RaftKv.Tests.Storage.LogSamples;

namespace RaftKv.Tests.Storage;

/// <summary>The power goes between every two steps of the disk, and within each of them.</summary>
public sealed class CrashPointTests
{
    private const int SeedsPerPoint = 12;

    [Theory]
    [InlineData(LogKind.WriteAhead)]
    [InlineData(LogKind.Json)]
    public void Crash_BetweenAnyTwoSteps_KeepsWhatWasFlushedAndNoHalfOfAnything_P12(LogKind kind)
    {
        var workload = Workload();
        var states = StatesOf(kind, workload);
        var trimmed = 0;
        for (var point = 0; ; point++)
        {
            var disk = new CrashDisk { CrashAt = point };
            var (acknowledged, finished) = Run(kind, disk, workload);
            for (var seed = 0; seed < SeedsPerPoint; seed++)
            {
                var survived = disk.AfterCrash(seed);
                var found = Recover(kind, survived, ref trimmed);
                var at = Array.IndexOf(states, found, acknowledged);
                Assert.True(at >= acknowledged && at <= acknowledged + 1,
                    $"point {point}, seed {seed}: {acknowledged} batches were acknowledged, and the log holds: {found}");

                // What one recovery relied on, the next one still finds, even if the power goes again at once.
                Assert.Equal(found, Recover(kind, survived.AfterCrash(seed), ref trimmed));
            }

            if (finished)
            {
                break;
            }
        }

        Assert.True(kind == LogKind.Json || trimmed > 50, "no torn frame ever came up: the test tests nothing");
    }

    [Theory]
    [InlineData(LogKind.WriteAhead)]
    [InlineData(LogKind.Json)]
    public void Crash_DuringRecovery_ChangesNothing_P12(LogKind kind)
    {
        var workload = Workload();
        var full = new CrashDisk { CrashAt = 70 };
        Run(kind, full, workload);
        for (var seed = 0; seed < 50; seed++)
        {
            var trimmed = 0;
            var expected = Recover(kind, full.AfterCrash(seed), ref trimmed);
            for (var point = 0; point < 6; point++)
            {
                var disk = full.AfterCrash(seed);
                disk.CrashAt = point;
                try
                {
                    Open(kind, disk).Dispose();
                }
                catch (PowerLossException)
                {
                    // The power went while the log was being recovered.
                }

                Assert.Equal(expected, Recover(kind, disk.AfterCrash(seed + 1000), ref trimmed));
            }
        }
    }

    private static (int Acknowledged, bool Finished) Run(LogKind kind, CrashDisk disk, Save[][] workload)
    {
        var acknowledged = 0;
        try
        {
            using var log = Open(kind, disk);
            foreach (var batch in workload)
            {
                log.Commit(batch);
                acknowledged++;
            }

            return (acknowledged, true);
        }
        catch (PowerLossException)
        {
            return (acknowledged, false);
        }
    }

    private static string Recover(LogKind kind, CrashDisk disk, ref int trimmed)
    {
        disk.CrashAt = int.MaxValue;
        using var log = Open(kind, disk);
        trimmed += log.Recovered.TailWasTrimmed ? 1 : 0;
        return $"{log.Recovered.HardState} | {log.Describe()}";
    }

    /// <returns>The state after each number of whole batches.</returns>
    private static string[] StatesOf(LogKind kind, Save[][] workload)
    {
        var disk = new CrashDisk();
        using var log = Open(kind, disk);
        var state = default(HardState);
        var states = new List<string> { $"{state} | " };
        foreach (var batch in workload)
        {
            log.Commit(batch);
            state = batch.Select(s => s.HardState).LastOrDefault(s => s is not null) ?? state;
            states.Add($"{state} | {log.Describe()}");
        }

        Assert.Equal(states.Count, states.Distinct().Count());
        return [.. states];
    }

    /// <summary>Votes, appends of several saves, truncations, a frame over several sectors, frames that start segments.</summary>
    private static Save[][] Workload()
    {
        var batches = new List<Save[]>
        {
            new[] { Save(1, State(1, 1)) },
            new[] { Save(2, null, null, Entry(1, 1)), Save(3, null, null, Entries(2, 4, 1)) },
            new[] { Save(4, State(2, 3)) },
            new[] { Save(5, null, 3, Entry(3, 2)) },
            new[] { Save(6, null, null, Entries(4, 6, 2, 900)) },
            new[] { Save(7, State(3), 5, Entries(5, 5, 3, 1800)) },
            new[] { Save(8, null, null, Entries(6, 6, 3, 6000)) },
            new[] { Save(9, null, 6, Entry(6, 3, "instead")), Save(10, State(4, 2)) },
        };
        for (var i = 7; i < 17; i++)
        {
            batches.Add([Save(i + 10, null, null, Entries(i, i, 4, 700))]);
        }

        return [.. batches];
    }
}
