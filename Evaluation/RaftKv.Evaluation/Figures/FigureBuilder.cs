using System.Globalization;
using RaftKv.Evaluation.Results;
using RaftKv.Evaluation.Runs;

namespace RaftKv.Evaluation.Figures;

/// <summary>Chooses from a CSV's rows what a figure shows: metric, axes, series, medians.</summary>
internal sealed class FigureBuilder(IReadOnlyList<ResultRow> allRows, FigureOptions options)
{
    private const double DecadesForLog = 100;
    private static readonly string[] Quantiles = ["P50", "P90", "P99", "Max"];

    /// <summary>Columns that an experiment varies, the usual x axes first.</summary>
    private static readonly string[] Varied =
    [
        "ClientCount", "ServerCount", "ValueBytes", "AliveCount", "ElectionTimeoutUpperMs", "OneWayDelayMs",
        "ElectionTimeoutLowerMs", "Preset", "Experiment", "Options", "Scale",
    ];

    /// <summary>What a reader expects the series to be, if it varies.</summary>
    private static readonly string[] SeriesFirst = ["Preset", "Experiment"];

    /// <summary>The x axis that the paper's figures have.</summary>
    private static readonly Dictionary<string, string> XOfFigure = new(StringComparer.Ordinal)
    {
        ["1"] = "ClientCount",
        ["2"] = "ServerCount",
        ["3"] = "ClientCount",
        ["4"] = "ValueBytes",
        ["5"] = "ValueBytes",
        ["6"] = "ServerCount",
        ["7"] = "ServerCount",
        ["8"] = "ElectionTimeoutUpperMs",
        ["9"] = "AliveCount",
    };

    public FigureModel Build()
    {
        var (metric, rows, isFamily) = SelectMetric();
        var units = rows.Select(r => r.Unit).Distinct().ToArray();
        if (units.Length > 1)
        {
            throw new NothingToDrawException($"the rows of {metric} have different units: {string.Join(", ", units)}.");
        }

        var figure = rows.Select(r => r.Figure).Distinct().ToArray() is [var only] ? only : "";
        var x = (options.X ?? Usual()?.XColumn) is { } named ? ResultSchema.Find(named) : ChooseX(rows, figure);
        var (scale, ticks, xOf) = PlaceX(rows, x);
        var seriesOf = ChooseSeries(rows, x, isFamily);
        var series = rows
            .GroupBy(seriesOf)
            .Select(g => new Series(g.Key, [.. g.GroupBy(xOf).OrderBy(p => p.Key).Select(p => Summarise(p.Key, [.. p], units[0]))])
            {
                Preset = g.Select(r => r.Preset).Distinct().ToArray() is [var preset] ? preset : "",
            })
            .ToArray();
        if (series.All(s => s.Points.All(p => p.Median is null)))
        {
            throw new NothingToDrawException($"no row of {metric} has a value; outcomes: {string.Join(", ", rows.Select(r => r.Outcome).Distinct())}.");
        }

        var references = PaperReference.For(figure, metric, units[0], x.Name, ticks);
        var values = series.SelectMany(s => s.Points).SelectMany(p => new[] { p.Median, p.Low, p.High }).OfType<double>()
            .Concat(references.Select(r => r.Y)).ToArray();
        return new FigureModel
        {
            Title = options.Title ?? TitleOf(rows, metric, figure),
            Note = NoteOf(series),
            XLabel = AxisText.Describe(x.Name),
            YLabel = AxisText.Describe(metric, units[0]),
            XScale = scale,
            YScale = values.Where(v => v > 0).ToArray() is { Length: > 1 } positive && positive.Max() / positive.Min() > DecadesForLog ? AxisScale.Log : AxisScale.Linear,
            Bars = isFamily || scale == AxisScale.Categories,
            Ticks = ticks,
            Series = series,
            References = references,
            Metric = metric,
            X = x.Name,
            RowCount = rows.Count,
        };
    }

    private (string Metric, IReadOnlyList<ResultRow> Rows, bool IsFamily) SelectMetric()
    {
        if (allRows.Count == 0)
        {
            throw new NothingToDrawException("the file holds no rows.");
        }

        // Rows stand in the order they were measured; a legend is read by number.
        var metric = options.Metric ?? Usual()?.MainMetric ?? allRows[0].Metric;
        var presets = allRows.Select(r => r.Preset).Distinct().ToList();
        ResultRow[] rows =
        [
            .. allRows.Where(r => r.Metric.Equals(metric, StringComparison.OrdinalIgnoreCase))
                .OrderBy(r => presets.IndexOf(r.Preset)).ThenBy(r => r.ServerCount).ThenByDescending(r => r.AliveCount),
        ];
        if (rows.Length > 0)
        {
            return (rows[0].Metric, rows, false);
        }

        ResultRow[] family = [.. allRows.Where(r => QuantileOf(r, metric) is not null)];
        return family.Length > 0
            ? (family[0].Metric[..metric.Length], family, true)
            : throw new NothingToDrawException($"there is no metric '{metric}'. Metrics: {string.Join(", ", allRows.Select(r => r.Metric).Distinct())}.");
    }

    /// <summary>The experiment that these rows come from, where it is one of ours: it knows what its figure shows.</summary>
    private ExperimentInfo? Usual() =>
        ExperimentCatalog.All.FirstOrDefault(e => allRows.All(r => r.Experiment == e.Name && r.Figure == e.Figure) && allRows.Any(r => r.Metric == e.MainMetric));

    private static string? QuantileOf(ResultRow row, string family) => row.Metric.StartsWith(family, StringComparison.OrdinalIgnoreCase)
        ? Quantiles.FirstOrDefault(q => row.Metric.AsSpan(family.Length).SequenceEqual(q))
        : null;

    private static ResultSchema.Column ChooseX(IReadOnlyList<ResultRow> rows, string figure)
    {
        if (XOfFigure.TryGetValue(figure, out var name) && rows.All(r => ResultSchema.Find(name).Format(r).Length > 0))
        {
            return ResultSchema.Find(name);
        }

        // The column with most values; among equals the more usual axis.
        return Varied.Select(ResultSchema.Find).MaxBy(c => Distinct(rows, c) is var n && n > 1 ? n : c.Format(rows[0]).Length > 0 ? 1 : 0)!;
    }

    private static int Distinct(IReadOnlyList<ResultRow> rows, ResultSchema.Column column) => rows.Select(column.Format).Distinct().Count();

    private static (AxisScale Scale, IReadOnlyList<XTick> Ticks, Func<ResultRow, double> XOf) PlaceX(IReadOnlyList<ResultRow> rows, ResultSchema.Column x)
    {
        if (x.Number is { } number && rows.All(r => number(r) is not null))
        {
            var numbers = rows.Select(r => number(r)!.Value).Distinct().Order().ToArray();
            if (numbers.Length > 1)
            {
                var log = numbers[0] > 0 && numbers[^1] / numbers[0] >= DecadesForLog;
                return (log ? AxisScale.Log : AxisScale.Linear, [.. numbers.Select(n => new XTick(n, AxisText.Format(x.Name, n)))], r => number(r)!.Value);
            }
        }

        var texts = rows.Select(r => TextOf(x, r)).Distinct().ToList();
        var ticks = texts.Select((t, i) => new XTick(i, t.Length == 0 ? "(none)" : AxisText.Category(x.Name, t))).ToArray();
        return (AxisScale.Categories, ticks, r => texts.IndexOf(TextOf(x, r)));
    }

    /// <summary>
    /// What separates the series: the column asked for, or all columns that vary independently of the x axis and of each
    /// other. A column that follows from those already chosen (as many alive as there are servers) says nothing new.
    /// </summary>
    private Func<ResultRow, string> ChooseSeries(IReadOnlyList<ResultRow> rows, ResultSchema.Column x, bool isFamily)
    {
        string Quantile(ResultRow row) => isFamily ? AxisText.Quantile(row.Metric) : "";
        var chosen = new List<ResultSchema.Column>();
        if (options.Series is not null)
        {
            chosen.Add(ResultSchema.Find(options.Series));
        }
        else
        {
            int Groups(IEnumerable<ResultSchema.Column> columns) => rows
                .Select(r => string.Join('\u001f', columns.Prepend(x).Select(c => TextOf(c, r)))).Distinct().Count();
            foreach (var column in SeriesFirst.Union(Varied).Select(ResultSchema.Find).Where(c => c != x))
            {
                if (Groups(chosen.Append(column)) > Groups(chosen))
                {
                    chosen.Add(column);
                }
            }
        }

        // What differs between presets follows from the preset, whose name is told anyway.
        var common = rows.GroupBy(r => r.Preset).ToDictionary(g => g.Key, g => AxisText.CommonOptions(g.Select(r => r.Options)));
        string Label(ResultRow row)
        {
            var parts = chosen.Select(c => AxisText.SeriesPart(c.Name, c.Format(row), common[row.Preset])).Append(Quantile(row)).Where(p => p.Length > 0);
            var label = string.Join(", ", parts);
            return label.Length > 0 ? label : row.Preset.Length > 0 ? row.Preset : row.Experiment;
        }

        return Label;
    }

    /// <summary>Options that an experiment names are told by that name; the rest of them follows from it.</summary>
    private static string TextOf(ResultSchema.Column column, ResultRow row) =>
        column.Name == "Options" && OptionText.VariationOf(row.Options) is { Length: > 0 } variation ? variation : column.Format(row);

    private static Point Summarise(double x, IReadOnlyList<ResultRow> rows, string unit)
    {
        // A time that was cut off is longer than every one that was not; anything else without a value is left out.
        var isTime = unit is "ms" or "s";
        var values = rows.Select(r => r.Value ?? (isTime ? double.PositiveInfinity : double.NaN)).Where(v => !double.IsNaN(v)).Order().ToArray();
        double? At(double share) => values.Length > 0 && AxisText.Quantile(values, share) is var v && double.IsFinite(v) ? v : null;
        return new Point(x, At(0.5), At(0.25), At(0.75), rows.Count, rows.Count(r => r.Outcome != "ok"));
    }

    private static string TitleOf(IReadOnlyList<ResultRow> rows, string metric, string figure)
    {
        var experiments = rows.Select(r => r.Experiment).Distinct().ToArray();
        var title = $"{(experiments.Length == 1 ? experiments[0] : "Results")}: {AxisText.Name(metric)}";
        return figure.Length > 0 && figure != "-" ? $"{title} (figure {figure})" : title;
    }

    internal static string NoteOf(IReadOnlyList<Series> series)
    {
        var counts = series.SelectMany(s => s.Points).Select(p => p.Count).Distinct().Order().ToArray();
        if (counts is [1])
        {
            return "";
        }

        var range = counts[0] == counts[^1] ? $"{counts[0]}" : string.Create(CultureInfo.InvariantCulture, $"{counts[0]} to {counts[^1]}");
        return $"medians of {range} repetitions, bars from the lower to the upper quartile";
    }
}
