using RaftKv.Evaluation.Cells;
using RaftKv.Evaluation.Measurement;

namespace RaftKv.Evaluation.Experiments;

/// <summary>Figure 4: how many puts ten clients get done with larger and larger values.</summary>
internal sealed class ValueSizeThroughput : Experiment
{
    private const int ClientCount = 10;

    public override string Name => "ValueSizeThroughput";

    public override string Figure => "4";

    public override string Question => "How many puts a second do ten clients get done, by the size of the values?";

    public override string MainMetric => "PutThroughput";

    public override string XColumn => "ValueBytes";

    public override int Wear => 4;

    public override IEnumerable<Cell> Cells(ExperimentRequest request) => ValueSizes.Cells(request, ClientCount, TimeSpan.FromSeconds(request.Pick(1.5, 5)), 1);

    public override async Task<IReadOnlyList<Reading>> MeasureAsync(Cell cell, TestBed bed, CancellationToken cancellationToken)
    {
        var options = new ThroughputOptions
        {
            ClientCount = cell.ClientCount!.Value,
            Duration = cell.Duration,
            ValueBytes = cell.ValueBytes!.Value,
            Seed = cell.CoinOf(1),
        };
        return ThroughputReadings.From(await Workloads.MeasureThroughputAsync(bed.Client, options with { KeepKeys = bed.IsOwn }, null, cancellationToken).ConfigureAwait(false));
    }
}
