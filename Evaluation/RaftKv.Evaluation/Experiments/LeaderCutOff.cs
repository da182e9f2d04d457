using System.Diagnostics;
using RaftKv.Evaluation.Results;

namespace RaftKv.Evaluation.Experiments;

/// <summary>Figure 6: until clients are served again after the leader alone was cut off; as a control, a follower.</summary>
internal sealed class LeaderCutOff : Experiment
{
    private const string Leader = OptionText.Fault + "=LeaderCutOff";
    private const string Follower = OptionText.Fault + "=FollowerCutOff";

    public override string Name => "LeaderCutOff";

    public override string Figure => "6";

    public override string Question => "How long until clients are served again after the leader alone, or a follower alone, was cut off?";

    public override string MainMetric => "TimeToAcknowledgement";

    public override string XColumn => "ServerCount";

    public override IEnumerable<Cell> Cells(ExperimentRequest request) =>
        from preset in request.Presets
        from servers in request.Servers([3, 5], AllServerCounts)
        from fault in new[] { Leader, Follower }
        from repetition in request.Times(fault == Leader ? 3 : 2, fault == Leader ? 8 : 3)
        select new Cell
        {
            Preset = preset.Name,
            ServerCount = servers,
            Options = preset.Options,
            Variation = fault,
            Repetition = repetition,
            ExpectedSec = 3,
        };

    public override async Task<IReadOnlyList<Reading>> MeasureAsync(Cell cell, TestBed bed, CancellationToken cancellationToken)
    {
        var cut = cell.Variation == Leader
            ? await bed.LeaderAsync(cancellationToken).ConfigureAwait(false)
            : await bed.FollowerAsync(cancellationToken).ConfigureAwait(false);
        await bed.WriteOnceAsync(cancellationToken).ConfigureAwait(false);
        var phase = await bed.PhaseAsync(cancellationToken).ConfigureAwait(false);
        await bed.Client.Chaos.PartitionAsync([[cut]], cancellationToken).ConfigureAwait(false);
        var recovery = await RecoveryProbe.RunAsync(bed, [.. bed.Alive.Where(id => id != cut)], Stopwatch.GetTimestamp(), cancellationToken).ConfigureAwait(false);
        await bed.Client.Chaos.ResetAsync(cancellationToken).ConfigureAwait(false);
        await bed.CaughtUpAsync(cancellationToken).ConfigureAwait(false);
        return [.. recovery.Readings(phase)];
    }
}
