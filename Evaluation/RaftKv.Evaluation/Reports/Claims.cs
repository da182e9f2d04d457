using System.Globalization;
using RaftKv.Evaluation.Experiments;
using RaftKv.Evaluation.Results;

namespace RaftKv.Evaluation.Reports;

/// <summary>Holds the results against what the paper says and against what we set out to reach.</summary>
internal sealed class Claims(IReadOnlyList<ResultRow> allRows)
{
    private const string Paper = "Paper2019";
    private const string Ours = "Default";
    private const double PaperLatencyMs = 384;
    private const double PaperPeakPerSec = 2000 / 5.0;
    private const double FlatSpread = 1.5;
    private const double LinearRSquared = 0.95;
    private const int DropBytes = 32 * 1024;
    private const int LargeBytes = 1024 * 1024;

    /// <summary>All claims whose experiment was run.</summary>
    public IReadOnlyList<Claim> All() =>
    [
        .. Throughput(), .. Latency(), .. FirstPut(), .. Failure(), .. Sizes(), .. Recovery(), .. Timeouts(), .. Elections(), .. UnderDelay(), .. BeyondThePaper.Claims(allRows),
    ];

    private IEnumerable<Claim> Throughput()
    {
        foreach (var servers in Rows(nameof(Concurrency), Paper).Select(r => r.ServerCount).Distinct().Order())
        {
            var points = Of(nameof(Concurrency), Paper, "PutThroughput").Where(r => r.ServerCount == servers).By(r => r.ClientCount);
            var below = points.Where(p => p.Key <= 100).ToArray();
            var fit = Medians.RSquared(below);
            yield return Make(nameof(Concurrency), "1", Paper, $"linear up to 100 clients (R² at least {LinearRSquared}), {servers} servers", $"R² {Number(fit)}", fit >= LinearRSquared);
            if (servers is 5 or 23)
            {
                var stated = servers == 5 ? 2000 : 1900;
                yield return Make(nameof(Concurrency), "1", Paper, $"peak about {stated} puts in 5 s at 750 clients, {servers} servers", Peak(points), null);
            }
        }

        // The paper's peak is that of five servers.
        if (Of(nameof(Concurrency), Ours, "PutThroughput").Where(r => r.ServerCount == 5).By(r => r.ClientCount) is { Count: > 0 } ours)
        {
            var peak = ours.Max(p => p.Median);
            yield return Make(nameof(Concurrency), "1", Ours, "peak at least 20 times the paper's 2,000 in 5 s, 5 servers", Peak(ours), peak >= 20 * PaperPeakPerSec);
        }
    }

    private static string Peak(IReadOnlyList<(double Key, double Median)> points)
    {
        var best = points.MaxBy(p => p.Median);
        return $"{Number(best.Median * 5)} in 5 s at {Number(best.Key)} clients";
    }

    private IEnumerable<Claim> Latency()
    {
        var puts = Of(nameof(Experiments.Latency), Paper, "PutThroughput").By(r => r.ServerCount);
        if (puts.Count > 0)
        {
            var found = string.Join(", ", puts.Select(p => $"{Number(p.Median * 10)} ({p.Key} servers)"));
            yield return Make(nameof(Experiments.Latency), "2", Paper, "26 puts in 10 s: 24 to 28 at each server count", found, puts.All(p => p.Median * 10 is >= 24 and <= 28));
            yield return Flat(nameof(Experiments.Latency), "2", Paper, Of(nameof(Experiments.Latency), Paper, "PutLatencyMean").By(r => r.ServerCount));
        }

        var ours = Of(nameof(Experiments.Latency), Ours, "PutLatencyMean").By(r => r.ServerCount);
        foreach (var (_, median) in ours.Where(p => p.Key == 5))
        {
            yield return Make(nameof(Experiments.Latency), "2", Ours, $"at most a hundredth of the paper's {PaperLatencyMs} ms with 5 servers", $"{Number(median)} ms", median <= PaperLatencyMs / 100);
        }
    }

    private IEnumerable<Claim> FirstPut()
    {
        foreach (var preset in new[] { Paper, Ours })
        {
            foreach (var servers in Rows(nameof(LeaderFailureLatency), preset).Select(r => r.ServerCount).Distinct().Order())
            {
                double Median(string experiment, string metric) => Of(experiment, preset, metric).Where(r => r.ServerCount == servers).Quantile(0.5);
                var first = Median(nameof(LeaderFailureLatency), "TimeToAcknowledgement");
                var above = first - Median(nameof(Experiments.Latency), "PutLatencyMean");
                yield return Make(nameof(LeaderFailureLatency), "-", preset, $"618.6 ms for the first put after the leader was killed, 200 to 500 ms above figure 2, {servers} servers",
                    $"{Number(first)} ms, {Number(above)} above; a leader after {Time(Median(nameof(LeaderFailureLatency), "TimeToLeader"))}",
                    preset != Paper || double.IsNaN(above) ? null : above is >= 200 and <= 500);
            }
        }
    }

    private IEnumerable<Claim> Failure()
    {
        foreach (var preset in new[] { Paper, Ours })
        {
            double Total(string fault) => Of(nameof(LeaderFailureThroughput), preset, "PutThroughput")
                .Where(r => OptionText.VariationOf(r.Options) == $"{OptionText.Fault}={fault}").By(r => r.ClientCount).Sum(p => p.Median);
            if (Total("None") is var whole and > 0)
            {
                yield return Make(nameof(LeaderFailureThroughput), "3", preset, "slightly less when the leader is killed; no visible effect of a follower",
                    $"{Percent(Total("LeaderKilled") / whole)} with the leader killed, {Percent(Total("FollowerKilled") / whole)} with a follower killed", null);
            }
        }
    }

    private IEnumerable<Claim> Sizes()
    {
        var paper = Of(nameof(ValueSizeThroughput), Paper, "PutThroughput").By(r => r.ValueBytes);
        if (paper.Any(p => p.Key <= DropBytes) && paper.Any(p => p.Key > DropBytes))
        {
            var found = string.Join(", ", paper.Select(p => $"{Number(p.Median * 5)} ({p.Key / 1024} KiB)"));
            yield return Make(nameof(ValueSizeThroughput), "4", Paper, "puts in 5 s drop past 32 KB; at most 10 past 128 KB, about none at 1 MB", found,
                paper.Where(p => p.Key > DropBytes).Max(p => p.Median) < paper.Where(p => p.Key <= DropBytes).Min(p => p.Median) / 2);
        }

        foreach (var (experiment, figure) in new[] { (nameof(ValueSizeThroughput), "4"), (nameof(ValueSizeLatency), "5") })
        {
            var large = Rows(experiment, Ours).Where(r => r.ValueBytes == LargeBytes).ToArray();
            double Count(string metric) => large.Where(r => r.Metric == metric).Sum(r => r.Value ?? 0);
            if (large.Length > 0)
            {
                yield return Make(experiment, figure, Ours, "values of 1 MiB are served without a failure",
                    $"{Count("PutSucceeded")} served, {Count("PutFailed")} failed, {Count("PutUnknown")} of unknown outcome",
                    Count("PutFailed") + Count("PutUnknown") == 0 && Count("PutSucceeded") > 0);
            }
        }
    }

    private IEnumerable<Claim> Recovery()
    {
        foreach (var preset in new[] { Paper, Ours })
        {
            var cut = Of(nameof(LeaderCutOff), preset, "TimeToAcknowledgement").Where(r => OptionText.VariationOf(r.Options) == $"{OptionText.Fault}=LeaderCutOff").By(r => r.ServerCount);
            if (cut.Count > 1)
            {
                yield return Flat(nameof(LeaderCutOff), "6", preset, cut);
            }

            var healed = Of(nameof(MinorityPartitions), preset, "TimeToAcknowledgement").By(r => r.ServerCount);
            if (healed.Count > 1)
            {
                yield return Flat(nameof(MinorityPartitions), "7", preset, healed);
            }
        }
    }

    private IEnumerable<Claim> Timeouts()
    {
        foreach (var preset in new[] { Paper, Ours })
        {
            var points = Of(nameof(ElectionTimeout), preset, "TimeToAcknowledgement").By(r => r.ElectionTimeoutUpperMs);
            if (points.Count > 1)
            {
                // The paper shows means, which tell more of a cliff: it is one of rounds that are lost again and again.
                var means = Of(nameof(ElectionTimeout), preset, "TimeToAcknowledgement").MeansBy(r => r.ElectionTimeoutUpperMs);
                var ratio = points[0].Median / points[^1].Median;
                var found = $"medians {string.Join(", ", points.Select(p => $"{Time(p.Median)} ({p.Key})"))}; means {string.Join(", ", means.Select(p => Time(p.Mean)))}";
                yield return preset == Paper
                    ? Make(nameof(ElectionTimeout), "8", preset, "narrower is slower; a cliff at width zero (mean, as the paper has it, at least twice the widest's)", found, means[0].Mean >= 2 * means[^1].Mean)
                    : Make(nameof(ElectionTimeout), "8", preset, "width zero costs at most twice the widest", found, ratio <= 2);
            }
        }
    }

    private IEnumerable<Claim> Elections()
    {
        foreach (var preset in new[] { Paper, Ours })
        {
            var alive = Of(nameof(ReElection), preset, "TimeToLeader").By(r => r.AliveCount);
            if (alive.Count > 1)
            {
                var rest = Of(nameof(ReElection), preset, "TimeToLeader").Where(r => r.AliveCount > alive[0].Key).Quantile(0.5);
                yield return Make(nameof(ReElection), "9", preset, "about 1 s down to 17 alive, about 2 minutes at 16",
                    $"{Time(alive[0].Median)} at {alive[0].Key} alive, {Time(rest)} with more", null);
            }
        }
    }

    private IEnumerable<Claim> UnderDelay()
    {
        foreach (var preset in new[] { Paper, Ours })
        {
            var rows = Rows(nameof(ReElectionUnderDelay), preset).Where(r => OptionText.VariationOf(r.Options) == OptionText.Candidates + (preset == Ours ? "=Defer" : "=Compete")).ToArray();
            if (rows.Length == 0)
            {
                continue;
            }

            var (few, many) = (rows.Min(r => r.AliveCount), rows.Max(r => r.AliveCount));
            double After(int? alive, double? delay, double share) => new Medians(rows.Where(r => r.AliveCount == alive && r.OneWayDelayMs == delay), "TimeToLeader").Quantile(share);
            (double? Delay, double Ratio)[] Ratios(double share) =>
                [.. rows.Select(r => r.OneWayDelayMs).Distinct().Order().Select(d => (d, After(few, d, share) / After(many, d, share)))];
            Claim MakeOf(string expected, double share, Func<(double? Delay, double Ratio)[], bool> holds) => Make(nameof(ReElectionUnderDelay), "9b", preset, expected,
                string.Join(", ", Ratios(share).Select(r => $"{Number(r.Ratio)} ({r.Delay} ms)")), holds(Ratios(share)));
            if (preset == Paper)
            {
                yield return MakeOf($"{few} alive take more than twice as long as {many} at 100 ms or less", 0.5, ratios => ratios.Any(r => r.Ratio > 2));
                continue;
            }

            yield return MakeOf($"{few} alive take at most twice as long as {many} at every delay", 0.5, ratios => ratios.All(r => r.Ratio <= 2));
            yield return MakeOf($"{few} alive take at most three times as long as {many} at every delay, 95th percentile", 0.95, ratios => ratios.All(r => r.Ratio <= 3));
        }
    }

    private static Claim Flat(string experiment, string figure, string preset, IReadOnlyList<(double Key, double Median)> points)
    {
        var spread = Medians.Spread(points);
        var found = string.Join(", ", points.Select(p => $"{Time(p.Median)} ({p.Key} servers)"));
        return Make(experiment, figure, preset, $"flat in the number of servers (largest over smallest at most {FlatSpread})", $"{Number(spread)}: {found}", spread <= FlatSpread);
    }

    private IEnumerable<ResultRow> Rows(string experiment, string preset) => allRows.Where(r => r.Experiment == experiment && r.Preset == preset);

    private Medians Of(string experiment, string preset, string metric) => new(Rows(experiment, preset), metric);

    internal static Claim Make(string experiment, string figure, string preset, FormattableString expected, string found, bool? holds) =>
        new(experiment, figure, preset, expected.ToString(CultureInfo.InvariantCulture), found, holds);

    internal static Claim Make(string experiment, string figure, string preset, string expected, string found, bool? holds) =>
        new(experiment, figure, preset, expected, found, holds);

    private static string Percent(double share) => (100 * share).ToString("0", CultureInfo.InvariantCulture) + "%";

    private static string Time(double milliseconds) => double.IsFinite(milliseconds) ? Number(milliseconds) + " ms" : "cut off";

    internal static string Number(double value) => double.IsNaN(value) ? "unknown" : !double.IsFinite(value) ? "cut off"
        : double.Parse(value.ToString("G4", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture).ToString("#,0.###", CultureInfo.InvariantCulture);
}
