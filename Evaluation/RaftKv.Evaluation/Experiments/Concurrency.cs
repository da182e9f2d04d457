using RaftKv.Evaluation.Cells;
using RaftKv.Evaluation.Measurement;

namespace RaftKv.Evaluation.Experiments;

/// <summary>Figure 1: how many puts more and more clients get done.</summary>
internal sealed class Concurrency : Experiment
{
    private const int LightClients = 100;

    private static readonly int[] FullClients = [1, 10, 50, 100, 300, 750, 1000];

    public override string Name => "Concurrency";

    public override string Figure => "1";

    public override string Question => "How many puts a second do 1 to 1,000 clients get done, by the number of servers?";

    public override string MainMetric => "PutThroughput";

    public override string XColumn => "ClientCount";

    public override int Wear => 2;

    public override IEnumerable<Cell> Cells(ExperimentRequest request) =>
        from preset in request.Presets
        from servers in request.Servers([3], AllServerCounts)
        from repetition in request.Times(1, servers > 5 ? 1 : 2)
        from clients in request.Clients([1, 10, 50, 100, 300], FullClients)
        let duration = TimeSpan.FromSeconds(request.Pick(2, 5))
        select new Cell
        {
            Preset = preset.Name,
            ServerCount = servers,
            Options = preset.Options,
            ClientCount = clients,
            ValueBytes = 64,
            Repetition = repetition,

            Group = WearsLog(preset) && clients > LightClients ? $"Concurrency/{repetition}/{clients}" : "",
            Duration = duration,
            ExpectedSec = duration.TotalSeconds + 0.5 + (clients / 300.0),
        };

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
