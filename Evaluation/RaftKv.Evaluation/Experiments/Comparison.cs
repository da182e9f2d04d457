using RaftKv.Evaluation.Cells;
using RaftKv.Evaluation.Measurement;
using RaftKv.Evaluation.OtherSystems;

namespace RaftKv.Evaluation.Experiments;

/// <summary>
/// The same clients against another store that replicates by Raft, both on the same machine, alternating: while one is
/// measured the other stands idle.
/// </summary>
internal sealed class Comparison : Experiment
{
    public override string Name => "Comparison";

    public override string Figure => "";

    public override string Question => "How many puts a second do the same clients get done with etcd, measured alternating with ours?";

    public override string MainMetric => "PutThroughput";

    public override string XColumn => "ClientCount";

    public override string? Unavailable => EtcdCluster.Version is null
        ? "etcd is not installed; Debian has it as the package etcd-server."
        : null;

    public override IEnumerable<Cell> Cells(ExperimentRequest request) =>
        from preset in request.Presets
        where preset.Name == "Default"
        from servers in request.Servers([3], [5])
        from repetition in request.Times(1, 3)
        from clients in request.Clients([1, 100], [1, 100, 1000])
        from other in new[] { null, new OtherSystem(EtcdCluster.Version ?? "etcd", EtcdCluster.Options) }
        let duration = TimeSpan.FromSeconds(request.Pick(2, 5))
        select new Cell
        {
            Preset = preset.Name,
            ServerCount = servers,
            Options = preset.Options,
            Other = other,
            ClientCount = clients,
            ValueBytes = 64,
            Repetition = repetition,
            Round = 1,
            Group = "Comparison",
            Duration = duration,
            ExpectedSec = duration.TotalSeconds + 1 + (clients / 500.0),
        };

    public override async Task<IReadOnlyList<Reading>> MeasureAsync(Cell cell, TestBed bed, CancellationToken cancellationToken)
    {
        // Both run from the first cell on, so that neither is measured beside fewer idle processes.
        bed.Companion ??= await EtcdCluster.StartAsync(cell.ServerCount, cancellationToken).ConfigureAwait(false);
        var etcd = (EtcdCluster)bed.Companion;
        var options = new ThroughputOptions
        {
            ClientCount = cell.ClientCount!.Value,
            Duration = cell.Duration,
            Warmup = TimeSpan.FromSeconds(0.5),
            ValueBytes = cell.ValueBytes!.Value,
            Seed = cell.CoinOf(1),
        };
        return ThroughputReadings.From(cell.Other is null
            ? await Workloads.MeasureThroughputAsync(bed.Client, options with { KeepKeys = bed.IsOwn }, null, cancellationToken).ConfigureAwait(false)
            : await Workloads.MeasureThroughputAsync(etcd.Connect, options, null, cancellationToken).ConfigureAwait(false));
    }
}
