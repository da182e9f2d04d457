using RaftKv.Evaluation.Cells;
using RaftKv.Evaluation.Recoveries;
using RaftKv.Evaluation.Results;

namespace RaftKv.Evaluation.Experiments;

/// <summary>
/// Figure 9 in an honest form: what a bare majority costs shows only where messages take time, so a delay is injected
/// into every link, with candidates that defer to better ones and without.
/// </summary>
internal sealed class ReElectionUnderDelay : Experiment
{
    public override string Name => "ReElectionUnderDelay";

    public override string Figure => "9b";

    public override string Question => "How long does re-election take with few and with many servers alive, by the delay of every message?";

    public override string MainMetric => "TimeToLeader";

    public override string XColumn => "OneWayDelayMs";

    public override bool AliveNamesCell => true;

    public override IEnumerable<Cell> Cells(ExperimentRequest request) =>
        from preset in request.Presets
        from deference in new[] { preset.Options.Deference, !preset.Options.Deference }
        from servers in request.Servers([5], [31])
        let majority = (servers / 2) + 1
        from alive in request.IsFull ? new[] { servers - 1, majority + 1, majority }.Distinct() : [servers - 1, majority]
        from delay in request.Pick<double[]>([0, 50], [0, 5, 25, 50, 100])
        from repetition in request.Times(2, deference == preset.Options.Deference && alive != majority + 1 ? 4 : 2)
        select new Cell
        {
            Preset = preset.Name,
            ServerCount = servers,
            Options = preset.Options with { Deference = deference },
            Variation = OptionText.Candidates + (deference ? "=Defer" : "=Compete"),
            AliveCount = alive,
            OneWayDelayMs = delay,
            Repetition = repetition,
            Round = deference == preset.Options.Deference ? null : 2,
            ExpectedSec = 2.5 + (delay / 40),
        };

    public override async Task<IReadOnlyList<Reading>> MeasureAsync(Cell cell, TestBed bed, CancellationToken cancellationToken)
    {
        await bed.KeepAsync(cell.AliveCount!.Value + 1, cancellationToken).ConfigureAwait(false);
        await bed.DelayAllLinksAsync(cell.OneWayDelayMs!.Value, cancellationToken).ConfigureAwait(false);
        await bed.CaughtUpAsync(cancellationToken).ConfigureAwait(false);
        var leader = await bed.LeaderAsync(cancellationToken).ConfigureAwait(false);

        // Muted as the published evaluation kills: its process need not be started again for the next of many cells.
        var recovery = await Recovery.AfterAsync(bed, () => bed.MuteAsync(leader, true, cancellationToken), leader, cancellationToken).ConfigureAwait(false);
        await bed.MuteAsync(leader, false, cancellationToken).ConfigureAwait(false);
        return [.. recovery.Readings(cell.AliveCount)];
    }
}
