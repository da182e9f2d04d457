using RaftKv.Evaluation.Cells;
using RaftKv.Evaluation.Recoveries;

namespace RaftKv.Evaluation.Experiments;

/// <summary>Figure 7: until clients are served again after partitions heal that left no majority anywhere.</summary>
internal sealed class MinorityPartitions : Experiment
{
    public override string Name => "MinorityPartitions";

    public override string Figure => "7";

    public override string Question => "How long until clients are served again after partitions without any majority are healed?";

    public override string MainMetric => "TimeToAcknowledgement";

    public override string XColumn => "ServerCount";

    public override IEnumerable<Cell> Cells(ExperimentRequest request) =>
        from preset in request.Presets
        from servers in request.Servers([3, 5], AllServerCounts)
        from repetition in request.Times(3, 6)
        select new Cell
        {
            Preset = preset.Name,
            ServerCount = servers,
            Options = preset.Options,
            Repetition = repetition,
            ExpectedSec = (RecoveryFaults.CutTimeouts * preset.Options.ElectionTimeoutUpperMs / 1000) + 2,
        };

    public override async Task<IReadOnlyList<Reading>> MeasureAsync(Cell cell, TestBed bed, CancellationToken cancellationToken)
    {
        var (_, recovery) = await RecoveryFaults.DoAsync(bed, RecoveryFault.MinorityPartitions, cell.Repetition, cancellationToken).ConfigureAwait(false);
        return [.. recovery.Readings()];
    }
}
