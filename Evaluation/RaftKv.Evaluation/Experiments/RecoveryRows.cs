using RaftKv.Evaluation.Measurement;
using RaftKv.Evaluation.Results;

namespace RaftKv.Evaluation.Experiments;

/// <summary>Turns a recovery into rows of a result CSV, with the metrics that the experiments' rows have.</summary>
public static class RecoveryRows
{
    /// <summary>The rows of one recovery.</summary>
    public static IReadOnlyList<ResultRow> From(RecoveryTime time, MeasurementContext context)
    {
        ArgumentNullException.ThrowIfNull(time);
        ArgumentNullException.ThrowIfNull(context);
        var recovery = new Recovery(time.FaultPhaseMs, time.LeaderMs, time.AcknowledgedMs, time.ClientCpuPercent);
        var options = OptionText.Join($"{OptionText.Fault}={time.Fault}", context.Options);
        return
        [
            .. recovery.Readings().Select(reading => context.Row(reading.Metric, reading.Unit) with
            {
                ClientCount = 1,
                Options = options,
                Value = reading.Value,
                Outcome = reading.Outcome,
            }),
        ];
    }
}
