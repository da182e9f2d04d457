using System.Globalization;

namespace RaftKv.Evaluation.Results;

/// <summary>
/// The columns of a result CSV, in their order: the one place that the writer, the reader, the figures and the tests
/// take them from. A column that is missing here does not exist.
/// </summary>
public static class ResultSchema
{
    private static readonly Column[] All =
    [
        Column.OfText("RunId", r => r.RunId, (r, v) => r with { RunId = v }, required: true),
        new("UtcTime", r => FormatTime(r.UtcTime), ParseTime),
        Column.OfText("Experiment", r => r.Experiment, (r, v) => r with { Experiment = v }, required: true),
        Column.OfText("Figure", r => r.Figure, (r, v) => r with { Figure = v }),
        Column.OfText("Preset", r => r.Preset, (r, v) => r with { Preset = v }),
        Column.OfText("Scale", r => r.Scale, (r, v) => r with { Scale = v }),
        Column.OfCount("ServerCount", r => r.ServerCount, (r, v) => r with { ServerCount = v }),
        Column.OfCount("AliveCount", r => r.AliveCount, (r, v) => r with { AliveCount = v }),
        Column.OfCount("ClientCount", r => r.ClientCount, (r, v) => r with { ClientCount = v }),
        Column.OfCount("ValueBytes", r => r.ValueBytes, (r, v) => r with { ValueBytes = v }),
        Column.OfNumber("ElectionTimeoutLowerMs", r => r.ElectionTimeoutLowerMs, (r, v) => r with { ElectionTimeoutLowerMs = v }),
        Column.OfNumber("ElectionTimeoutUpperMs", r => r.ElectionTimeoutUpperMs, (r, v) => r with { ElectionTimeoutUpperMs = v }),
        Column.OfNumber("OneWayDelayMs", r => r.OneWayDelayMs, (r, v) => r with { OneWayDelayMs = v }),
        Column.OfCount("Repetition", r => r.Repetition, (r, v) => r with { Repetition = v }),
        Column.OfText("Metric", r => r.Metric, (r, v) => r with { Metric = v }, required: true),
        Column.OfNumber("Value", r => r.Value, (r, v) => r with { Value = v }),
        Column.OfText("Unit", r => r.Unit, (r, v) => r with { Unit = v }, required: true),
        Column.OfText("Outcome", r => r.Outcome, (r, v) => r with { Outcome = v }, required: true),
        new("Seed", r => r.Seed?.ToString(CultureInfo.InvariantCulture) ?? "", ParseSeed),
        Column.OfText("Options", r => r.Options, (r, v) => r with { Options = v }),
        Column.OfText("NodeBuild", r => r.NodeBuild, (r, v) => r with { NodeBuild = v }),
        Column.OfCount("HostCores", r => r.HostCores, (r, v) => r with { HostCores = v }),
        Column.OfNumber("OtherCpuPercent", r => r.OtherCpuPercent, (r, v) => r with { OtherCpuPercent = v }),
    ];

    /// <summary>The columns' names, in their order.</summary>
    public static IReadOnlyList<string> ColumnNames { get; } = [.. All.Select(c => c.Name)];

    /// <summary>The columns, for the reader and writer of this assembly.</summary>
    internal static IReadOnlyList<Column> Columns => All;

    /// <summary>The text of one column of a row, as the CSV holds it.</summary>
    /// <exception cref="ArgumentException">There is no such column.</exception>
    public static string TextOf(ResultRow row, string columnName)
    {
        ArgumentNullException.ThrowIfNull(row);
        return Find(columnName).Format(row);
    }

    /// <summary>A row with another value in one column: a text as the CSV holds it, a number, a time, or null for none.</summary>
    /// <exception cref="ArgumentException">There is no such column, or the value is none of its kind.</exception>
    public static ResultRow With(ResultRow row, string columnName, object? value)
    {
        ArgumentNullException.ThrowIfNull(row);
        var column = Find(columnName);
        var text = value switch
        {
            null => "",
            DateTime time => FormatTime(time.ToUniversalTime()),
            DateTimeOffset time => FormatTime(time),
            IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
            _ => value.ToString() ?? "",
        };
        return column.Parse(row, text) ?? throw new ArgumentException($"'{text}' is no value of the column {column.Name}.", nameof(value));
    }

    /// <summary>Finds a column by name, without regard to case.</summary>
    /// <exception cref="ArgumentException">There is none; the message lists those that are.</exception>
    internal static Column Find(string columnName) =>
        All.FirstOrDefault(c => c.Name.Equals(columnName, StringComparison.OrdinalIgnoreCase))
        ?? throw new ArgumentException($"There is no column '{columnName}'. Columns: {string.Join(", ", ColumnNames)}.", nameof(columnName));

    /// <summary>What a row violates although each of its columns parses; empty when it is sound.</summary>
    internal static IEnumerable<string> FaultsOf(ResultRow row)
    {
        foreach (var column in All.Where(c => c.Required && string.IsNullOrWhiteSpace(c.Format(row))))
        {
            yield return $"{column.Name} is empty";
        }

        if (row.Value is null && row.Outcome == "ok")
        {
            yield return "Value is empty although Outcome is ok";
        }

        foreach (var column in All.Where(c => c.Number?.Invoke(row) is { } number && !double.IsFinite(number)))
        {
            yield return $"{column.Name} is not a finite number";
        }
    }

    private static string FormatTime(DateTimeOffset time) =>
        time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fffffff", CultureInfo.InvariantCulture).TrimEnd('0').TrimEnd('.') + "Z";

    private static ResultRow? ParseTime(ResultRow row, string text) =>
        text.EndsWith('Z') && DateTimeOffset.TryParseExact(
            text,
            ["yyyy-MM-dd'T'HH:mm:ss'Z'", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFF'Z'"],
            CultureInfo.InvariantCulture,
            DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal,
            out var time)
            ? row with { UtcTime = time }
            : null;

    private static ResultRow? ParseSeed(ResultRow row, string text)
    {
        if (text.Length == 0)
        {
            return row with { Seed = null };
        }

        return ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var seed) ? row with { Seed = seed } : null;
    }

    /// <summary>One column: its name, how a row is written to it, and how its text is put into a row (null: does not parse).</summary>
    internal sealed record Column(string Name, Func<ResultRow, string> Format, Func<ResultRow, string, ResultRow?> Parse)
    {
        /// <summary>Whether an empty text is a fault.</summary>
        public bool Required { get; private init; }

        /// <summary>The column as a number, where it is one.</summary>
        public Func<ResultRow, double?>? Number { get; private init; }

        public static Column OfText(string name, Func<ResultRow, string> get, Func<ResultRow, string, ResultRow> set, bool required = false) =>
            new(name, get, set) { Required = required };

        public static Column OfCount(string name, Func<ResultRow, int?> get, Func<ResultRow, int?, ResultRow> set) =>
            new(name, r => get(r)?.ToString(CultureInfo.InvariantCulture) ?? "", (r, text) => ParseCount(r, text, set)) { Number = r => get(r) };

        public static Column OfNumber(string name, Func<ResultRow, double?> get, Func<ResultRow, double?, ResultRow> set) =>
            new(name, r => get(r)?.ToString("R", CultureInfo.InvariantCulture) ?? "", (r, text) => ParseNumber(r, text, set)) { Number = get };

        private static ResultRow? ParseCount(ResultRow row, string text, Func<ResultRow, int?, ResultRow> set)
        {
            if (text.Length == 0)
            {
                return set(row, null);
            }

            return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var count) ? set(row, count) : null;
        }

        private static ResultRow? ParseNumber(ResultRow row, string text, Func<ResultRow, double?, ResultRow> set)
        {
            if (text.Length == 0)
            {
                return set(row, null);
            }

            return double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number)
                ? set(row, number)
                : null;
        }
    }
}
