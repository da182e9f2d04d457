using RaftKv.Evaluation.Cells;
using RaftKv.Evaluation.Recoveries;

namespace RaftKv.Evaluation.Experiments;

/// <summary>Figure 8: how the width of the election timeout decides how soon a cluster of strangers has a leader.</summary>
internal sealed class ElectionTimeout : Experiment
{
    private const double LowerMs = 500;
    private const double WidestMs = 600;

    public override string Name => "ElectionTimeout";

    public override string Figure => "8";

    public override string Question => "How long until a put is served after every server was alone, by the upper bound of the election timeout?";

    public override string MainMetric => "TimeToAcknowledgement";

    public override string XColumn => "ElectionTimeoutUpperMs";

    // Without any width the published rules may take up to the limit, each time.
    public override IEnumerable<Cell> Cells(ExperimentRequest request) =>
        from preset in request.Presets
        from servers in request.Servers([5], [31])
        from upper in request.Pick<double[]>([LowerMs, WidestMs], [LowerMs, WidestMs, 550, 525, 575])
        from repetition in request.Times(5, preset.Options.Deference ? 8 : 20)
        select new Cell
        {
            Preset = preset.Name,
            ServerCount = servers,
            Options = preset.Options with { ElectionTimeoutLowerMs = LowerMs, ElectionTimeoutUpperMs = upper },
            Repetition = repetition,
            Round = upper is LowerMs or WidestMs ? 1 : 2,
            ExpectedSec = preset.Options.Deference || upper > LowerMs ? 3 : 15,
        };

    public override async Task<IReadOnlyList<Reading>> MeasureAsync(Cell cell, TestBed bed, CancellationToken cancellationToken)
    {
        await bed.WriteOnceAsync(cancellationToken).ConfigureAwait(false);
        await bed.Client.Chaos.PartitionAsync([.. bed.Alive.Select(id => new[] { id })], cancellationToken).ConfigureAwait(false);
        await Task.Delay(TimeSpan.FromMilliseconds(RecoveryFaults.CutTimeouts * cell.Options.ElectionTimeoutUpperMs), cancellationToken).ConfigureAwait(false);
        var recovery = await Recovery.AfterAsync(bed, () => bed.Client.Chaos.ResetAsync(cancellationToken), 0, cancellationToken).ConfigureAwait(false);
        await bed.CaughtUpAsync(cancellationToken).ConfigureAwait(false);
        return [.. recovery.Readings()];
    }
}
