using System.Text;
using RaftKv.Evaluation.Experiments;
using RaftKv.Evaluation.Recoveries;
using RaftKv.Evaluation.Results;

namespace RaftKv.Evaluation.Reports;

/// <summary>
/// What the repository's README shows of the results: two figures and our numbers beside the paper's. It stands between
/// two comments and is written from the CSVs, so that it cannot say anything else than they do.
/// </summary>
internal static class ReadmeHead
{
    public const string Begin = "<!-- results: written by Export-RaftReport, do not edit -->";
    public const string End = "<!-- /results -->";
    private const string Paper = "Paper2019";
    private const string Ours = "Default";
    private const string Unknown = "not measured";

    /// <summary>The two experiments whose figures are shown.</summary>
    private static readonly string[] Shown = [nameof(Concurrency), nameof(ElectionTimeout)];

    /// <summary>The README with the block replaced, or put before its first section.</summary>
    /// <exception cref="InvalidDataException">Only one of the two comments is there.</exception>
    public static string Insert(string readme, string block)
    {
        var begin = readme.IndexOf(Begin, StringComparison.Ordinal);
        var end = readme.IndexOf(End, StringComparison.Ordinal);
        if (begin < 0 != end < 0 || end < begin)
        {
            throw new InvalidDataException($"The README has only one of the lines '{Begin}' and '{End}', or has them in the wrong order.");
        }

        if (begin >= 0)
        {
            return readme[..begin] + block + readme[(end + End.Length)..];
        }

        var section = readme.IndexOf("\n## ", StringComparison.Ordinal);
        return section < 0 ? $"{readme.TrimEnd()}\n\n{block}\n" : $"{readme[..section]}\n{block}\n{readme[section..]}";
    }

    /// <summary>The block: figures, table, and where more is.</summary>
    /// <param name="chapters">What was measured.</param>
    /// <param name="figures">The folder of the figures, from the README.</param>
    /// <param name="report">The folder of the report, from the README.</param>
    public static string Block(IReadOnlyList<Chapter> chapters, string figures, string report)
    {
        ResultRow[] rows = [.. chapters.SelectMany(c => c.Rows)];
        var text = new StringBuilder(Begin).Append("\n\n");
        foreach (var chapter in chapters.Where(c => Shown.Contains(c.Info.Name)))
        {
            text.Append($"![{chapter.Model.Title}]({figures}/{chapter.Info.Name}.svg)\n\n");
        }

        text.Append("| | the paper's text | `Paper2019` here | `Default` here |\n| --- | --- | --- | --- |\n");
        foreach (var (what, paper, of) in Lines(rows))
        {
            text.Append($"| {what} | {paper} | {of(Paper)} | {of(Ours)} |\n");
        }

        return text.Append($"\nMedians; all servers and clients on one machine, where the paper had five. What was run, and where it differs and why: [{report}/README.md]({report}/README.md).\n\n").Append(End).ToString();
    }

    private static IEnumerable<(string What, string Paper, Func<string, string> Of)> Lines(ResultRow[] rows)
    {
        Medians Of(string experiment, string preset, string metric) => new(rows.Where(r => r.Experiment == experiment && r.Preset == preset), metric);
        yield return ("most puts in 5 s, 5 servers", "about 2,000", preset =>
            Of(nameof(Concurrency), preset, "PutThroughput").Where(r => r.ServerCount == 5).By(r => r.ClientCount) is { Count: > 0 } points
                ? $"{Claims.Number(5 * points.Max(p => p.Median))} at {Claims.Number(points.MaxBy(p => p.Median).Key)} clients" : Unknown);
        yield return ("one client's put, 5 servers", "384 ms", preset => Time(Of(nameof(Latency), preset, "PutLatencyMean").Where(r => r.ServerCount == 5).Quantile(0.5)));
        yield return ("first put after the leader was killed, 5 servers", "618.6 ms", preset =>
            Time(Of(nameof(LeaderFailureLatency), preset, "TimeToAcknowledgement").Where(r => r.ServerCount == 5).Quantile(0.5)));
        yield return ("puts of 1 MiB in 5 s, 10 clients, 31 servers", "about none", preset =>
            Of(nameof(ValueSizeThroughput), preset, "PutThroughput").Where(r => r.ValueBytes == 1024 * 1024).Quantile(0.5) is var perSecond && !double.IsNaN(perSecond)
                ? Claims.Number(5 * perSecond) : Unknown);
        foreach (var (alive, paper) in new[] { (17, "about 1 s"), (16, "about 2 minutes") })
        {
            yield return ($"a new leader, {alive} of 31 alive", paper, preset => Time(Of(nameof(ReElection), preset, "TimeToLeader").Where(r => r.AliveCount == alive && r.ServerCount == 31).Quantile(0.5)));
        }
    }

    private static string Time(double milliseconds) => double.IsNaN(milliseconds) ? Unknown
        : !double.IsFinite(milliseconds) ? $"over {RecoveryProbe.Limit.TotalSeconds:0} s"
        : $"{Claims.Number(milliseconds)} ms";
}
