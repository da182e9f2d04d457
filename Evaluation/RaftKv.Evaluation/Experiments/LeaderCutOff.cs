using RaftKv.Evaluation.Cells;
using RaftKv.Evaluation.Recoveries;
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
        from repetition in request.Times(fault == Leader ? 3 : 2, fault == Leader ? 7 : 3)
        select new Cell
        {
            Preset = preset.Name,
            ServerCount = servers,
            Options = preset.Options,
            Variation = fault,
            Repetition = repetition,
            ExpectedSec = fault == Leader ? 2.5 : 1.5,
        };

    public override async Task<IReadOnlyList<Reading>> MeasureAsync(Cell cell, TestBed bed, CancellationToken cancellationToken)
    {
        var fault = cell.Variation == Leader ? RecoveryFault.LeaderCutOff : RecoveryFault.FollowerCutOff;
        var (_, recovery) = await RecoveryFaults.DoAsync(bed, fault, cell.Repetition, cancellationToken).ConfigureAwait(false);
        return [.. recovery.Readings()];
    }
}
