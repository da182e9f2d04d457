using RaftKv.Evaluation.Cells;
using RaftKv.Evaluation.Recoveries;

namespace RaftKv.Evaluation.Experiments;

/// <summary>The paper's second latency statement: the first put after the leader was killed.</summary>
internal sealed class LeaderFailureLatency : Experiment
{
    public override string Name => "LeaderFailureLatency";

    public override string Figure => "-";

    public override string Question => "How long does the first put take after the leader was killed?";

    public override string MainMetric => "TimeToAcknowledgement";

    public override string XColumn => "ServerCount";

    public override IEnumerable<Cell> Cells(ExperimentRequest request) =>
        from preset in request.Presets
        from servers in request.Servers([3], [5, 31])
        from repetition in request.Times(4, 10)
        select new Cell
        {
            Preset = preset.Name,
            ServerCount = servers,
            Options = preset.Options,
            Repetition = repetition,
            ExpectedSec = 4 + (0.05 * servers),
        };

    public override async Task<IReadOnlyList<Reading>> MeasureAsync(Cell cell, TestBed bed, CancellationToken cancellationToken)
    {
        var (_, recovery) = await RecoveryFaults.DoAsync(bed, RecoveryFault.LeaderKilled, cell.Repetition, cancellationToken).ConfigureAwait(false);
        return [.. recovery.Readings(cell.ServerCount - 1)];
    }
}
