using System.Globalization;
using RaftKv.Evaluation.Results;

namespace RaftKv.Evaluation.Figures;

/// <summary>
/// Chooses what a figure of any table shows. A metric is a column of numbers, or, where the columns Metric and Value are
/// there, the rows that name it.
/// </summary>
internal sealed class TidyFigureBuilder(TidyTable table, FigureOptions options)
{
    private const double DecadesForLog = 100;

    /// <summary>As many letters of a cell are told.</summary>
    private const int MostShown = 40;
    private const string MetricColumn = "Metric";
    private const string ValueColumn = "Value";
    private const string UnitColumn = "Unit";

    private bool IsLong => Find(MetricColumn) is not null && Find(ValueColumn) is { } value && IsNumeric(value);

    /// <summary>The metrics that can be drawn.</summary>
    public IReadOnlyList<string> Metrics => IsLong
        ? [.. table.Rows.Select(row => row[Find(MetricColumn)!.Value]).Where(text => text.Length > 0).Distinct()]
        : [.. Enumerable.Range(0, table.Columns.Count).Where(IsNumeric).Select(column => table.Columns[column])];

    public FigureModel Build()
    {
        var x = options.X is null ? (int?)null : Require(options.X);
        var series = options.Series is null ? (int?)null : Require(options.Series);
        if (x is null && !IsLong && options.Metric is null)
        {
            x = Places.FirstOrDefault(c => c != series && Distinct(table.Rows, c!.Value) > 1 && Places.Any(n => n != c && n != series && IsNumeric(n!.Value)));
        }

        var (metric, y, rows) = SelectMetric(x, series);
        x ??= Places.Where(c => c != y && c != series && !IsOfLongForm(c!.Value))
            .OrderByDescending(c => Distinct(rows, c!.Value) > 1).FirstOrDefault();
        series ??= Places.Where(c => c != y && c != x && !IsOfLongForm(c!.Value) && !IsNumeric(c!.Value))
            .FirstOrDefault(c => Distinct(rows, c!.Value) is var count && count > 1 && count < rows.Count);
        var (scale, ticks, xOf) = PlaceX(rows, x);
        var unit = Find(UnitColumn) is { } place && IsLong ? rows.Select(row => row[place]).Distinct().ToArray() is [var only] ? only : "" : "";
        Series[] drawn =
        [
            .. rows.Select((row, i) => (Row: row, X: xOf(row, i))).GroupBy(row => series is { } s ? row.Row[s] : metric)
                .Select(group => new Series(group.Key.Length > 0 ? group.Key : "(none)",
                    [.. group.GroupBy(row => row.X).OrderBy(points => points.Key).Select(points => Summarise(points.Key, points.Select(row => Number(row.Row[y])!.Value)))])),
        ];
        var values = drawn.SelectMany(s => s.Points).SelectMany(p => new[] { p.Median, p.Low, p.High }).OfType<double>().Where(v => v > 0).ToArray();
        var xName = x is { } named ? AxisText.Describe(table.Columns[named]) : "row";
        return new FigureModel
        {
            Title = options.Title ?? $"{AxisText.Name(metric)} by {xName}",
            Note = FigureBuilder.NoteOf(drawn),
            XLabel = xName,
            YLabel = unit.Length > 0 ? AxisText.Describe(metric, unit) : AxisText.Name(metric),
            XScale = scale,
            YScale = values.Length > 1 && values.Max() / values.Min() > DecadesForLog ? AxisScale.Log : AxisScale.Linear,
            Bars = scale == AxisScale.Categories,
            Ticks = ticks,
            Series = drawn,
            Metric = metric,
            X = x is { } chosen ? table.Columns[chosen] : "",
            RowCount = rows.Count,
        };
    }

    private (string Metric, int Y, IReadOnlyList<IReadOnlyList<string>> Rows) SelectMetric(int? x, int? series)
    {
        if (table.Rows.Count == 0)
        {
            throw new NothingToDrawException("there are no rows.");
        }

        var metrics = Metrics;
        var metric = options.Metric is null
            ? IsLong ? (metrics.Count > 0 ? metrics[0] : null) : metrics.Where(name => Find(name) is var c && c != x && c != series).OrderBy(name => Find(name) < x).FirstOrDefault()
            : metrics.FirstOrDefault(name => name.Equals(options.Metric, StringComparison.OrdinalIgnoreCase));
        if (metric is null)
        {
            var name = Places.FirstOrDefault(c => options.Metric is { } asked ? c == Find(asked) : c != x && c != series && IsAlmostNumeric(c!.Value));
            var why = name is { } column && !IsNumeric(column) ? WhyNoNumbers(column) : "";
            throw new NothingToDrawException(metrics.Count == 0
                ? $"no column holds numbers. Columns: {string.Join(", ", table.Columns)}.{why}"
                : $"there is no metric '{options.Metric}'. Metrics: {string.Join(", ", metrics)}.{why}");
        }

        var y = IsLong ? Find(ValueColumn)!.Value : Find(metric)!.Value;
        IReadOnlyList<string>[] rows =
            [.. table.Rows.Where(row => (!IsLong || row[Find(MetricColumn)!.Value] == metric) && Number(row[y]) is not null)];
        return rows.Length > 0 ? (metric, y, rows) : throw new NothingToDrawException($"no row of {metric} has a value.");
    }

    private (AxisScale Scale, IReadOnlyList<XTick> Ticks, Func<IReadOnlyList<string>, int, double> XOf) PlaceX(
        IReadOnlyList<IReadOnlyList<string>> rows, int? x)
    {
        if (x is not { } column)
        {
            return (AxisScale.Linear, [.. rows.Select((_, i) => new XTick(i + 1, AxisText.Format("", i + 1)))], (_, i) => i + 1);
        }

        var numbers = rows.Select(row => Number(row[column])).ToArray();
        if (numbers.All(n => n is not null) && numbers.Distinct().Order().Select(n => n!.Value).ToArray() is { Length: > 1 } sorted)
        {
            var log = sorted[0] > 0 && sorted[^1] / sorted[0] >= DecadesForLog;
            return (log ? AxisScale.Log : AxisScale.Linear,
                [.. sorted.Select(n => new XTick(n, AxisText.Format(table.Columns[column], n)))], (row, _) => Number(row[column])!.Value);
        }

        var texts = rows.Select(row => row[column]).Distinct().ToList();
        return (AxisScale.Categories, [.. texts.Select((text, i) => new XTick(i, text.Length == 0 ? "(none)" : text))], (row, _) => texts.IndexOf(row[column]));
    }

    private static Point Summarise(double x, IEnumerable<double> all)
    {
        var values = all.Order().ToArray();
        return new Point(x, AxisText.Quantile(values, 0.5), AxisText.Quantile(values, 0.25), AxisText.Quantile(values, 0.75), values.Length, 0);
    }

    private static int Distinct(IReadOnlyList<IReadOnlyList<string>> rows, int column) => rows.Select(row => row[column]).Distinct().Count();

    private static double? Number(string text) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number) ? number : null;

    private bool IsOfLongForm(int column) =>
        IsLong && new[] { MetricColumn, ValueColumn, UnitColumn }.Contains(table.Columns[column], StringComparer.OrdinalIgnoreCase);

    /// <summary>Whether all that stands in a column is a number, and anything does.</summary>
    private bool IsNumeric(int column) =>
        table.Rows.Any(row => row[column].Length > 0) && table.Rows.All(row => row[column].Length == 0 || Number(row[column]) is not null);

    /// <summary>Whether a column would hold numbers were they written with points.</summary>
    private bool IsAlmostNumeric(int column) => table.Rows.Any(row => row[column].Contains(',', StringComparison.Ordinal) && Number(row[column].Replace(',', '.')) is not null);

    /// <summary>Why a column is none of numbers: the first cell that is none.</summary>
    private string WhyNoNumbers(int column)
    {
        var row = table.Rows.ToList().FindIndex(r => r[column].Length > 0 && Number(r[column]) is null);
        if (row < 0)
        {
            return $" The column {table.Columns[column]} is empty.";
        }

        var text = table.Rows[row][column];
        var shown = text.Length > MostShown ? text[..MostShown] + "..." : text;
        return $" The column {table.Columns[column]} holds '{shown}' in row {row + 1}, which is no number{(IsAlmostNumeric(column) ? ": decimals are written with a point, as in 2.5" : "")}.";
    }

    private IEnumerable<int?> Places => Enumerable.Range(0, table.Columns.Count).Select(c => (int?)c);

    private int? Find(string name) =>
        Places.FirstOrDefault(c => table.Columns[c!.Value].Equals(name, StringComparison.OrdinalIgnoreCase));

    private int Require(string name) => Find(name)
        ?? throw new ArgumentException($"There is no column '{name}'. Columns: {string.Join(", ", table.Columns)}.", nameof(name));
}
