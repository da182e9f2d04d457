using RaftKv.Evaluation.Results;

namespace RaftKv.Evaluation.Measurement;

/// <summary>Turns a measurement into rows of a result CSV: one a number, so that figures and other programs need no parsing.</summary>
public static class MeasurementRows
{
    /// <summary>The quantiles that a row is written for, by the ending of its metric's name.</summary>
    private static readonly (string Name, Func<MeasurementResult, double> Of)[] Times =
    [
        ("LatencyMean", r => r.MeanMs),
        ("LatencyP50", r => r.P50Ms),
        ("LatencyP90", r => r.P90Ms),
        ("LatencyP99", r => r.P99Ms),
        ("LatencyMax", r => r.MaxMs),
    ];

    /// <summary>The rows of one measurement. Metric names begin with the operation, for example <c>PutLatencyP50</c>.</summary>
    /// <param name="result">What was measured.</param>
    /// <param name="head">What all rows share, as <see cref="RowHead"/> makes it. Without a share of the CPU that others took, the measurement's own is written.</param>
    public static IReadOnlyList<ResultRow> From(MeasurementResult result, ResultRow head)
    {
        ArgumentNullException.ThrowIfNull(result);
        ArgumentNullException.ThrowIfNull(head);
        ResultRow Row(string metric, double? value, string unit) => head with
        {
            Metric = metric,
            Unit = unit,
            ClientCount = result.ClientCount,
            ValueBytes = result.ValueBytes,
            OtherCpuPercent = head.OtherCpuPercent ?? result.OtherCpuPercent,
            Value = value,
        };

        var operation = result.Operation.ToString();
        var rows = new List<ResultRow> { Row(operation + "Throughput", result.PerSecond, "1/s") };
        foreach (var (name, of) in Times)
        {
            // Nothing succeeded: there is no time, and a zero would look like a splendid one.
            rows.Add(result.Succeeded > 0
                ? Row(operation + name, of(result), "ms")
                : Row(operation + name, null, "ms") with { Outcome = OutcomeOf(result) });
        }

        rows.Add(Row(operation + "Succeeded", result.Succeeded, "operations"));
        rows.Add(Row(operation + "Failed", result.Failed, "operations"));
        rows.Add(Row(operation + "Unknown", result.Unknown, "operations"));
        rows.Add(Row("Elapsed", result.Elapsed.TotalSeconds, "s"));
        rows.Add(Row("ClientCpu", result.ClientCpuPercent, "% of one core"));
        return rows;
    }

    private static string OutcomeOf(MeasurementResult result) =>
        result.Unknown > 0 ? "unknown" : result.FirstFailure ?? "timeout";
}
