using RaftKv.Evaluation.Cells;
using RaftKv.Evaluation.Measurement;

namespace RaftKv.Evaluation.Experiments;

/// <summary>Figure 5: how long one client's put takes with larger and larger values.</summary>
internal sealed class ValueSizeLatency : Experiment
{
    public override string Name => "ValueSizeLatency";

    public override string Figure => "5";

    public override string Question => "How long does a put of a single client take, by the size of the value?";

    public override string MainMetric => "PutLatencyMean";

    public override string XColumn => "ValueBytes";

    public override int Wear => 3;

    public override IEnumerable<Cell> Cells(ExperimentRequest request) => ValueSizes.Cells(request, 1, TimeSpan.FromSeconds(request.Pick(1.5, 5)), 1);

    public override async Task<IReadOnlyList<Reading>> MeasureAsync(Cell cell, TestBed bed, CancellationToken cancellationToken)
    {
        var options = new LatencyOptions
        {
            Duration = cell.Duration,
            ValueBytes = cell.ValueBytes!.Value,
            WarmupCount = 2,
            Seed = cell.CoinOf(1),
        };
        return ThroughputReadings.From(await Workloads.MeasureLatencyAsync(bed.Client, options with { KeepKeys = bed.IsOwn }, null, cancellationToken).ConfigureAwait(false));
    }
}
