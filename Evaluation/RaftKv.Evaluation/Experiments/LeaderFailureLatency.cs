using System.Diagnostics;

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
        from repetition in request.Times(4, 15)
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
        var leader = await bed.LeaderAsync(cancellationToken).ConfigureAwait(false);
        await bed.WriteOnceAsync(cancellationToken).ConfigureAwait(false);
        var phase = await bed.PhaseAsync(cancellationToken).ConfigureAwait(false);
        await bed.KillAsync(leader, cancellationToken).ConfigureAwait(false);
        var recovery = await RecoveryProbe.RunAsync(bed, bed.Alive, Stopwatch.GetTimestamp(), cancellationToken).ConfigureAwait(false);
        await bed.StartAgainAsync(leader, cancellationToken).ConfigureAwait(false);
        await bed.CaughtUpAsync(cancellationToken).ConfigureAwait(false);
        return [.. recovery.Readings(phase, cell.ServerCount - 1)];
    }
}
