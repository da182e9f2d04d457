using System.Diagnostics;

namespace RaftKv.Evaluation.Experiments;

/// <summary>Figure 8: how the width of the election timeout decides how soon a cluster of strangers has a leader.</summary>
internal sealed class ElectionTimeout : Experiment
{
    private const double LowerMs = 500;

    /// <summary>How long everybody is alone, in upper election timeouts.</summary>
    private const double CutTimeouts = 2;

    public override string Name => "ElectionTimeout";

    public override string Figure => "8";

    public override string Question => "How long until a put is served after every server was alone, by the upper bound of the election timeout?";

    public override string MainMetric => "TimeToAcknowledgement";

    public override string XColumn => "ElectionTimeoutUpperMs";

    public override IEnumerable<Cell> Cells(ExperimentRequest request) =>
        from preset in request.Presets
        from servers in request.Servers([5], [31])
        from upper in request.Pick<double[]>([500, 600], [500, 525, 550, 575, 600])
        from repetition in request.Times(5, 15)
        select new Cell
        {
            Preset = preset.Name,
            ServerCount = servers,
            Options = preset.Options with { ElectionTimeoutLowerMs = LowerMs, ElectionTimeoutUpperMs = upper },
            Repetition = repetition,
            ExpectedSec = 4,
        };

    public override async Task<IReadOnlyList<Reading>> MeasureAsync(Cell cell, TestBed bed, CancellationToken cancellationToken)
    {
        await bed.WriteOnceAsync(cancellationToken).ConfigureAwait(false);
        await bed.Client.Chaos.PartitionAsync([.. bed.Alive.Select(id => new[] { id })], cancellationToken).ConfigureAwait(false);
        await Task.Delay(TimeSpan.FromMilliseconds(CutTimeouts * cell.Options.ElectionTimeoutUpperMs), cancellationToken).ConfigureAwait(false);
        var phase = await bed.PhaseAsync(cancellationToken).ConfigureAwait(false);
        await bed.Client.Chaos.ResetAsync(cancellationToken).ConfigureAwait(false);
        var recovery = await RecoveryProbe.RunAsync(bed, bed.Alive, Stopwatch.GetTimestamp(), cancellationToken).ConfigureAwait(false);
        await bed.CaughtUpAsync(cancellationToken).ConfigureAwait(false);
        return [.. recovery.Readings(phase)];
    }
}
