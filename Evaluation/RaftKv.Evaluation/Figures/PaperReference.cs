namespace RaftKv.Evaluation.Figures;

/// <summary>
/// What the text of the published evaluation states, figure by figure: Xu, Lu, Wang, 2019, section 4.2. Only numbers of
/// the text; nothing is read off its pictures.
/// </summary>
internal static class PaperReference
{
    private const double PutsPerWindow = 5; // Seconds: the paper counts PUTs in 5 s.

    /// <summary>The references that belong on these axes; none when metric, unit or axis are other ones than the paper's.</summary>
    public static IReadOnlyList<Reference> For(string figure, string metric, string unit, string xColumn, IReadOnlyList<XTick> ticks)
    {
        var isRate = unit == "1/s" && metric.Contains("Throughput", StringComparison.OrdinalIgnoreCase);
        var isTime = unit is "ms" or "s";
        var perMillisecond = unit == "s" ? 0.001 : 1;
        var (first, last) = (ticks[0].X, ticks[^1].X);
        return (figure, xColumn) switch
        {
            ("1", "ClientCount") when isRate =>
            [
                new("paper: 5 servers, peak", 750, 750, 2000 / PutsPerWindow),
                new("paper: 23 servers, peak", 750, 750, 1900 / PutsPerWindow),
            ],
            ("2", "ServerCount") when isTime => [new("paper: 384 ms", first, last, 384 * perMillisecond)],
            ("2", "ServerCount") when isRate => [new("paper: 26 in 10 s", first, last, 2.6)],
            ("-", "ServerCount") when isTime && metric == "TimeToAcknowledgement" => [new("paper: 618.6 ms", first, last, 618.6 * perMillisecond)],
            ("4", "ValueBytes") when isRate && last > 128 * 1024 =>
                [new("paper: at most 10 in 5 s past 128 KB", 128 * 1024, last, 10 / PutsPerWindow)],
            ("9", "AliveCount") when isTime && last >= 17 =>
            [
                new("paper: about 1 s down to 17 alive", 17, last, 1000 * perMillisecond),
                new("paper: about 2 minutes at 16 alive", 16, 16, 120_000 * perMillisecond),
            ],
            _ => [],
        };
    }
}
