using RaftKv.Evaluation.Cells;
using RaftKv.Evaluation.Measurement;
using RaftKv.Evaluation.Results;

namespace RaftKv.Evaluation.Runs;

/// <summary>Says which cells a CSV already holds, measured as they would be measured now.</summary>
internal sealed class Ledger(Experiment experiment, ExperimentRequest request, string build)
{
    /// <summary>What the rows of a cell say under Options.</summary>
    public static string OptionsOf(Cell cell) => OptionText.Join(cell.Variation, cell.Other?.Options ?? RowHead.Describe(cell.Options));

    /// <summary>The cells that are still to be run, and the rows that stay: those of such cells go.</summary>
    public (IReadOnlyList<Cell> Todo, IReadOnlyList<ResultRow> Kept) Compare(IReadOnlyList<Cell> cells, IReadOnlyList<ResultRow> rows)
    {
        var places = rows.ToLookup(PlaceOf);
        var todo = new List<Cell>();
        var stale = new HashSet<ResultRow>(ReferenceEqualityComparer.Instance);
        foreach (var cell in cells)
        {
            var there = places[PlaceOf(cell)].ToArray();
            if (request.Again || there.Length == 0 || !there.All(r => IsOf(cell, r)))
            {
                todo.Add(cell);
                stale.UnionWith(there);
            }
        }

        return (todo, [.. rows.Where(r => !stale.Contains(r))]);
    }

    private bool IsOf(Cell cell, ResultRow row) => row.Options == OptionsOf(cell) && row.Seed == request.Seed && row.NodeBuild == build;

    /// <summary>Where a cell's rows stand in the file, whatever they were measured with.</summary>
    public string PlaceOf(Cell cell) => string.Join(
        '|',
        experiment.Name,
        request.Scale,
        cell.PresetColumn,
        cell.ServerCount,
        cell.Variation,
        experiment.AliveNamesCell ? cell.AliveCount : null,
        cell.ClientCount ?? 1,
        cell.ValueBytes,
        cell.OneWayDelayMs,
        cell.Options.ElectionTimeoutLowerMs,
        cell.Options.ElectionTimeoutUpperMs,
        cell.Repetition);

    private string PlaceOf(ResultRow row) => string.Join(
        '|',
        row.Experiment,
        row.Scale,
        row.Preset,
        row.ServerCount,
        OptionText.VariationOf(row.Options),
        experiment.AliveNamesCell ? row.AliveCount : null,
        row.ClientCount,
        row.ValueBytes,
        row.OneWayDelayMs,
        row.ElectionTimeoutLowerMs,
        row.ElectionTimeoutUpperMs,
        row.Repetition);
}
