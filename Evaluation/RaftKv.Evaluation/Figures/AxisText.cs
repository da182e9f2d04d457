using System.Globalization;
using System.Text.RegularExpressions;
using RaftKv.Evaluation.Results;

namespace RaftKv.Evaluation.Figures;

/// <summary>The words and numbers along the axes and in the legend.</summary>
internal static partial class AxisText
{
    private static readonly HashSet<string> NoOptions = [];

    private static readonly Dictionary<string, string> Columns = new(StringComparer.Ordinal)
    {
        ["ServerCount"] = "servers",
        ["AliveCount"] = "servers alive",
        ["ClientCount"] = "clients at once",
        ["ValueBytes"] = "value size",
        ["ElectionTimeoutLowerMs"] = "lower election timeout (ms)",
        ["ElectionTimeoutUpperMs"] = "upper election timeout (ms)",
        ["OneWayDelayMs"] = "injected one-way delay (ms)",
    };

    /// <summary>A column as an axis label.</summary>
    public static string Describe(string column) => Columns.TryGetValue(column, out var text) ? text : Name(column).ToLowerInvariant();

    /// <summary>A metric with its unit as an axis label.</summary>
    public static string Describe(string metric, string unit) => $"{Name(metric)} ({(unit == "1/s" ? "operations per second" : unit)})";

    /// <summary><c>PutLatencyP50</c> as "Put latency p50".</summary>
    public static string Name(string metric)
    {
        var words = WordStart().Replace(metric, " $1").Trim();
        return words.Length == 0 ? metric : words[..1].ToUpperInvariant() + words[1..].ToLowerInvariant();
    }

    /// <summary>The quantile that a metric's name ends with, as people write it.</summary>
    public static string Quantile(string metric) => metric switch
    {
        _ when metric.EndsWith("P50", StringComparison.Ordinal) => "median (p50)",
        _ when metric.EndsWith("P90", StringComparison.Ordinal) => "p90",
        _ when metric.EndsWith("P99", StringComparison.Ordinal) => "p99",
        _ => "maximum",
    };

    /// <summary>A number of a column as a tick's text.</summary>
    public static string Format(string column, double value) => column == "ValueBytes" ? Bytes(value) : Number(value);

    /// <summary>A category's text.</summary>
    public static string Category(string column, string text) => column switch
    {
        "ServerCount" or "AliveCount" or "ClientCount" or "ValueBytes" => SeriesPart(column, text, NoOptions),
        "Options" when OptionText.VariationOf(text) is { Length: > 0 } variation => OptionText.Describe(variation),
        _ => text,
    };

    /// <summary>One varied column within a series' label.</summary>
    public static string SeriesPart(string column, string text, HashSet<string> commonOptions) => column switch
    {
        _ when text.Length == 0 => "",
        "Options" when OptionText.VariationOf(text) is { Length: > 0 } variation => OptionText.Describe(variation),
        "Options" => string.Join(", ", text.Split(';').Where(o => !commonOptions.Contains(o))) is { Length: > 0 } differing ? differing : "as is",
        "ServerCount" => Plural(text, "server"),
        "AliveCount" => $"{text} alive",
        "ClientCount" => Plural(text, "client"),
        "ValueBytes" => Bytes(double.Parse(text, CultureInfo.InvariantCulture)),
        "OneWayDelayMs" => $"{text} ms one way",
        "ElectionTimeoutLowerMs" => $"from {text} ms",
        "ElectionTimeoutUpperMs" => $"to {text} ms",
        _ => text,
    };

    /// <summary>The options that all rows share: they do not tell series apart.</summary>
    public static HashSet<string> CommonOptions(IEnumerable<string> options)
    {
        HashSet<string>? common = null;
        foreach (var set in options.Distinct().Select(o => o.Split(';')))
        {
            if (common is null)
            {
                common = [.. set];
            }
            else
            {
                common.IntersectWith(set);
            }
        }

        return common ?? [];
    }

    /// <summary>A quantile of sorted values, interpolated linearly; infinity where it falls on one.</summary>
    public static double Quantile(IReadOnlyList<double> sorted, double share)
    {
        var at = share * (sorted.Count - 1);
        var below = (int)Math.Floor(at);
        var above = (int)Math.Ceiling(at);
        return below == above ? sorted[below] : sorted[below] + ((at - below) * (sorted[above] - sorted[below]));
    }

    /// <summary>A number with separators between thousands and no more digits than it needs.</summary>
    public static string Number(double value) => Math.Abs(value) >= 1000
        ? value.ToString("#,0.##", CultureInfo.InvariantCulture)
        : value.ToString("0.######", CultureInfo.InvariantCulture);

    private static string Bytes(double bytes) => bytes switch
    {
        >= 1024 * 1024 => $"{Number(bytes / (1024 * 1024))} MiB",
        >= 1024 => $"{Number(bytes / 1024)} KiB",
        _ => $"{Number(bytes)} B",
    };

    private static string Plural(string count, string noun) => $"{count} {noun}{(count == "1" ? "" : "s")}";

    [GeneratedRegex("(?<=[a-z0-9])([A-Z])")]
    private static partial Regex WordStart();
}
