using RaftKv.Evaluation.Experiments;
using RaftKv.Evaluation.Results;

namespace RaftKv.Evaluation.Reports;

/// <summary>What was found where the paper says nothing: what each optimisation is worth, and another store beside ours.</summary>
internal static class BeyondThePaper
{
    private const string Ours = "Default";

    /// <summary>All of it that was measured.</summary>
    public static IEnumerable<Claim> Claims(IReadOnlyList<ResultRow> rows) => [.. Ablations(rows), .. Comparisons(rows)];

    private static IEnumerable<Claim> Ablations(IReadOnlyList<ResultRow> rows)
    {
        var all = rows.Where(r => r.Experiment == nameof(Ablation)).ToLookup(r => OptionText.VariationOf(r.Options));
        var whole = all[$"{OptionText.Off}=Nothing"].ToArray();
        foreach (var group in all.Where(g => g.Key != $"{OptionText.Off}=Nothing"))
        {
            var found = new List<string>();
            foreach (var (clients, median) in new Medians(group, "PutThroughput").By(r => r.ClientCount))
            {
                var before = new Medians(whole, "PutThroughput").Where(r => r.ClientCount == clients).Quantile(0.5);
                var latency = new Medians(group, "PutLatencyP50").Where(r => r.ClientCount == clients).Quantile(0.5);
                found.Add(clients == 1
                    ? $"{Reports.Claims.Number(latency)} ms at 1 client"
                    : $"{Reports.Claims.Number(100 * median / before)}% of the puts at {Reports.Claims.Number(clients)} clients");
            }

            yield return Reports.Claims.Make(nameof(Ablation), "", Ours, OptionText.Describe(group.Key), string.Join(", ", found), null);
        }
    }

    private static IEnumerable<Claim> Comparisons(IReadOnlyList<ResultRow> rows)
    {
        var all = rows.Where(r => r.Experiment == nameof(Comparison)).ToLookup(r => r.Preset);
        foreach (var other in all.Where(g => g.Key != Ours))
        {
            var theirs = new Medians(other, "PutThroughput").By(r => r.ClientCount);
            var ours = new Medians(all[Ours], "PutThroughput").By(r => r.ClientCount);
            var found = theirs.Join(ours, t => t.Key, o => o.Key, (t, o) =>
                $"{Reports.Claims.Number(o.Median)} against {Reports.Claims.Number(t.Median)} at {Reports.Claims.Number(t.Key)} client{(t.Key == 1 ? "" : "s")}");
            yield return Reports.Claims.Make(nameof(Comparison), "", Ours, $"puts a second, ours against {other.Key}", string.Join(", ", found), null);
        }
    }
}
