using RaftKv.Api.Clusters;
using RaftKv.Evaluation.Cells;

namespace RaftKv.Evaluation.Runs;

/// <summary>About how long the cells of one experiment under one preset take.</summary>
/// <param name="Experiment">The experiment.</param>
/// <param name="Figure">The paper's figure, or empty.</param>
/// <param name="Preset">The preset.</param>
/// <param name="Cells">How many cells.</param>
/// <param name="Minutes">With starting the clusters that it is the first to use.</param>
public sealed record BudgetLine(string Experiment, string Figure, string Preset, int Cells, double Minutes);

/// <summary>
/// The cells of one or several experiments in the order they are run: in two rounds, the first repetitions of everything
/// before the others, so that a run that is cut short has every figure; and within a round those next to each other that
/// can be measured on the same servers, because starting 31 servers takes longer than most cells.
/// </summary>
internal static class ExperimentPlan
{
    private const double StartSec = 1.5;

    /// <summary>Every server connects to every other: 31 take about 15 s on two cores.</summary>
    private const double StartSecPerPair = 0.015;

    /// <summary>One cell and whose it is.</summary>
    public sealed record Step(Experiment Experiment, Cell Cell, int Round)
    {
        /// <summary>Names the cluster that the step needs: equal keys share one.</summary>
        public (int Round, string Preset, int ServerCount, ServerOptions Options, string Group) Key =>
            (Round, Cell.Preset, Cell.ServerCount, Cell.Options, Cell.Group);

        /// <summary>About how long it takes after another step, or as the first.</summary>
        public double SecondsAfter(Step? before) =>
            Cell.ExpectedSec + (before?.Key == Key ? 0 : StartSec + (StartSecPerPair * Cell.ServerCount * Cell.ServerCount));
    }

    /// <summary>All cells in their order, also of experiments that this machine lacks something for: a plan is the same everywhere.</summary>
    public static IReadOnlyList<Step> Of(IEnumerable<Experiment> experiments, ExperimentRequest request)
    {
        Step[] steps = [.. experiments.SelectMany(e => Rounds(e, request))];
        string[] presets = [.. steps.Select(s => s.Cell.Preset).Distinct()];
        int[] servers = [.. steps.Select(s => s.Cell.ServerCount).Distinct()];
        var keys = steps.Select(s => s.Key).Distinct().Index().ToDictionary(k => k.Item, k => k.Index);
        return
        [
            .. steps
                .OrderBy(s => s.Round)
                .ThenBy(s => Array.IndexOf(servers, s.Cell.ServerCount))
                .ThenBy(s => Array.IndexOf(presets, s.Cell.Preset))
                .ThenBy(s => keys[s.Key])
                .ThenBy(s => s.Experiment.Wear),
        ];
    }

    /// <summary>The budget of all, by experiment and preset.</summary>
    public static IReadOnlyList<BudgetLine> Budget(IReadOnlyList<Step> steps) =>
    [
        .. steps
            .Select((step, i) => (Step: step, Seconds: step.SecondsAfter(i == 0 ? null : steps[i - 1])))
            .GroupBy(s => (s.Step.Experiment, s.Step.Cell.Preset))
            .Select(g => new BudgetLine(g.Key.Experiment.Name, g.Key.Experiment.Figure, g.Key.Preset, g.Count(), g.Sum(s => s.Seconds) / 60)),
    ];

    private static IEnumerable<Step> Rounds(Experiment experiment, ExperimentRequest request)
    {
        Cell[] cells = [.. experiment.Cells(request)];
        var first = (cells.Select(c => c.Repetition).DefaultIfEmpty(1).Max() + 1) / 3;
        return cells.Select(c => new Step(experiment, c, c.Round ?? (c.Repetition <= Math.Max(1, first) ? 1 : 2)));
    }
}
