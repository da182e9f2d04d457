using RaftKv.Evaluation.Cells;
using RaftKv.Evaluation.Measurement;

namespace RaftKv.Evaluation.Experiments;

/// <summary>Figure 2: how long one client's puts take.</summary>
internal sealed class Latency : Experiment
{
    public override string Name => "Latency";

    public override string Figure => "2";

    public override string Question => "How long does a put of a single client take, by the number of servers?";

    public override string MainMetric => "PutLatencyMean";

    public override string XColumn => "ServerCount";

    public override int Wear => 0;

    public override IEnumerable<Cell> Cells(ExperimentRequest request) =>
        from preset in request.Presets
        from servers in request.Servers([3, 5], AllServerCounts)
        from repetition in request.Times(2, servers is 5 or 31 ? 3 : 2)
        let duration = TimeSpan.FromSeconds(request.Pick(2, 10))
        select new Cell
        {
            Preset = preset.Name,
            ServerCount = servers,
            Options = preset.Options,
            ClientCount = 1,
            ValueBytes = 64,
            Repetition = repetition,
            Duration = duration,
            ExpectedSec = duration.TotalSeconds + 1,
        };

    public override async Task<IReadOnlyList<Reading>> MeasureAsync(Cell cell, TestBed bed, CancellationToken cancellationToken)
    {
        var options = new LatencyOptions
        {
            Duration = cell.Duration,
            ValueBytes = cell.ValueBytes!.Value,
            WarmupCount = cell.Repetition == 1 ? 500 : 1,
            Seed = cell.CoinOf(1),
        };
        return ThroughputReadings.From(await Workloads.MeasureLatencyAsync(bed.Client, options with { KeepKeys = bed.IsOwn }, null, cancellationToken).ConfigureAwait(false));
    }
}
