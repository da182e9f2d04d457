using RaftKv.Evaluation.Cells;
using RaftKv.Evaluation.Recoveries;

namespace RaftKv.Evaluation.Experiments;

/// <summary>Figure 9: the leader is killed again and again until only a bare majority lives.</summary>
internal sealed class ReElection : Experiment
{
    public override string Name => "ReElection";

    public override string Figure => "9";

    public override string Question => "How long does re-election take while leaders are killed down to a bare majority?";

    public override string MainMetric => "TimeToLeader";

    public override string XColumn => "AliveCount";

    public override IEnumerable<Cell> Cells(ExperimentRequest request) =>
        from preset in request.Presets
        from servers in request.Servers([7], [31])
        from repetition in request.Times(1, 3)
        select new Cell
        {
            Preset = preset.Name,
            ServerCount = servers,
            Options = preset.Options,
            Repetition = repetition,
            ExpectedSec = 4 * ((servers - 1) / 2),
        };

    public override async Task<IReadOnlyList<Reading>> MeasureAsync(Cell cell, TestBed bed, CancellationToken cancellationToken)
    {
        var readings = new List<Reading>();
        var majority = (cell.ServerCount / 2) + 1;
        while (bed.Alive.Count > majority)
        {
            await bed.CaughtUpAsync(cancellationToken).ConfigureAwait(false);
            var leader = await bed.LeaderAsync(cancellationToken).ConfigureAwait(false);
            var recovery = await Recovery.AfterAsync(bed, () => bed.KillAsync(leader, cancellationToken), leader, cancellationToken).ConfigureAwait(false);
            readings.AddRange(recovery.Readings(bed.Alive.Count));
            if (recovery.AcknowledgedMs is null)
            {
                break;
            }
        }

        await bed.RestoreAsync(cancellationToken).ConfigureAwait(false);
        return readings;
    }
}
