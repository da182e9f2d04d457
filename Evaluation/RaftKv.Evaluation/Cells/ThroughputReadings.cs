using RaftKv.Evaluation.Measurement;

namespace RaftKv.Evaluation.Cells;

/// <summary>The rows of a closed-loop measurement within an experiment.</summary>
internal static class ThroughputReadings
{
    public static IReadOnlyList<Reading> From(MeasurementResult result)
    {
        Reading Time(string name, double value) => result.Succeeded > 0
            ? new Reading(name, value, "ms")
            : new Reading(name, null, "ms", result.Unknown > 0 ? "unknown" : result.FirstFailure ?? "timeout");
        return
        [
            new("PutThroughput", Math.Round(result.PerSecond, 3), "1/s"),
            Time("PutLatencyMean", Math.Round(result.MeanMs, 3)),
            Time("PutLatencyP50", result.P50Ms),
            Time("PutLatencyP90", result.P90Ms),
            Time("PutLatencyP99", result.P99Ms),
            Time("PutLatencyMax", result.MaxMs),
            new("PutSucceeded", result.Succeeded, "operations"),
            new("PutFailed", result.Failed, "operations"),
            new("PutUnknown", result.Unknown, "operations"),
            new("Elapsed", Math.Round(result.Elapsed.TotalSeconds, 3), "s"),
            new("ClientCpu", result.ClientCpuPercent, "% of one core"),
        ];
    }
}
