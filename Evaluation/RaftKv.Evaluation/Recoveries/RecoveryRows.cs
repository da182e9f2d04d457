using RaftKv.Evaluation.Results;

namespace RaftKv.Evaluation.Recoveries;

/// <summary>Turns a recovery into rows of a result CSV, with the metrics that the experiments' rows have.</summary>
public static class RecoveryRows
{
    /// <summary>The rows of one recovery, with what the head says.</summary>
    public static IReadOnlyList<ResultRow> From(RecoveryTime time, ResultRow head)
    {
        ArgumentNullException.ThrowIfNull(time);
        ArgumentNullException.ThrowIfNull(head);
        var recovery = new Recovery(time.FaultPhaseMs, time.LeaderMs, time.AcknowledgedMs, time.ClientCpuPercent);
        var options = OptionText.Join($"{OptionText.Fault}={time.Fault}", head.Options);
        return
        [
            .. recovery.Readings().Select(reading => head with
            {
                Metric = reading.Metric,
                Unit = reading.Unit,
                ClientCount = 1,
                Options = options,
                Value = reading.Value,
                Outcome = reading.Outcome,
            }),
        ];
    }
}
