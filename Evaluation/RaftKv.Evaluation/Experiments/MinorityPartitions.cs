using System.Diagnostics;

namespace RaftKv.Evaluation.Experiments;

/// <summary>Figure 7: until clients are served again after partitions heal that left no majority anywhere.</summary>
internal sealed class MinorityPartitions : Experiment
{
    /// <summary>How long the cut lasts, in upper election timeouts: everybody has campaigned by then.</summary>
    private const double CutTimeouts = 2;

    public override string Name => "MinorityPartitions";

    public override string Figure => "7";

    public override string Question => "How long until clients are served again after partitions without any majority are healed?";

    public override string MainMetric => "TimeToAcknowledgement";

    public override string XColumn => "ServerCount";

    public override IEnumerable<Cell> Cells(ExperimentRequest request) =>
        from preset in request.Presets
        from servers in request.Servers([3, 5], AllServerCounts)
        from repetition in request.Times(3, 8)
        select new Cell
        {
            Preset = preset.Name,
            ServerCount = servers,
            Options = preset.Options,
            Repetition = repetition,
            ExpectedSec = (CutTimeouts * preset.Options.ElectionTimeoutUpperMs / 1000) + 3,
        };

    public override async Task<IReadOnlyList<Reading>> MeasureAsync(Cell cell, TestBed bed, CancellationToken cancellationToken)
    {
        var leader = await bed.LeaderAsync(cancellationToken).ConfigureAwait(false);
        await bed.WriteOnceAsync(cancellationToken).ConfigureAwait(false);

        // The old leader is in another kind of group each time: in the first, in the second, alone.
        int[] others = [.. bed.Alive.Where(id => id != leader)];
        var half = (cell.ServerCount - 1) / 2;
        List<int> order = [.. others];
        order.Insert((cell.Repetition % 3) switch { 1 => 0, 2 => half, _ => others.Length }, leader);
        int[][] groups = [[.. order.Take(half)], [.. order.Skip(half).Take(half)], [.. order.Skip(2 * half)]];
        await bed.Client.Chaos.PartitionAsync([.. groups.Where(g => g.Length > 0)], cancellationToken).ConfigureAwait(false);
        await Task.Delay(TimeSpan.FromMilliseconds(CutTimeouts * cell.Options.ElectionTimeoutUpperMs), cancellationToken).ConfigureAwait(false);
        var phase = await bed.PhaseAsync(cancellationToken).ConfigureAwait(false);
        await bed.Client.Chaos.ResetAsync(cancellationToken).ConfigureAwait(false);
        var recovery = await RecoveryProbe.RunAsync(bed, bed.Alive, Stopwatch.GetTimestamp(), cancellationToken).ConfigureAwait(false);
        await bed.CaughtUpAsync(cancellationToken).ConfigureAwait(false);
        return [.. recovery.Readings(phase)];
    }
}
