using System.Globalization;
using System.Text;
using RaftKv.Tests.Tidy;

namespace RaftKv.Tests.Elections;

/// <summary>The curves: how long a cluster of 31 is without a leader, under each set of rules. Kept in <c>tests/elections.md</c>.</summary>
internal static class ElectionReport
{
    private const string File = "tests/elections.md";

    private static readonly int[] Delays = [0, 5, 25, 50, 100];

    private static readonly (string Name, Func<ElectionSetting, ElectionSetting> Change)[] Rules =
    [
        ("default", s => s),
        ("default without deference", s => s with { Rules = ElectionRules.NoDeference }),
        ("the paper's", s => s with { Rules = ElectionRules.Paper }),
        ("the paper's with deference", s => s with { Rules = ElectionRules.PaperWithDeference }),
        ("default, window 500 to 600 ms", s => s with { TimeoutUpper = TimeSpan.FromMilliseconds(600) }),
        ("default, window 500 to 500 ms", s => s with { TimeoutUpper = TimeSpan.FromMilliseconds(500) }),
    ];

    private static readonly (string Name, int Alive, Trouble Trouble)[] Troubles =
    [
        ("16 alive, 8 of them lack the last entry", 16, Trouble.EightStale),
        ("17 alive, the best candidate is deaf", 17, Trouble.TopDeaf),
        ("17 alive, the deaf one has the longest log", 17, Trouble.LongestDeaf),
        ("17 alive, the best dies after its pre-vote", 17, Trouble.TopDiesAsking),
    ];

    /// <summary>Measures and writes the page.</summary>
    /// <param name="arguments">How many elections a number comes from; 1,000 unless said otherwise.</param>
    /// <param name="output">Where to print the page too.</param>
    public static int Run(IReadOnlyList<string> arguments, TextWriter output)
    {
        var trials = arguments is [var count] ? int.Parse(count, CultureInfo.InvariantCulture) : 1000;
        var page = new StringBuilder(Head(trials));
        foreach (var (name, change) in Rules)
        {
            foreach (var alive in new[] { 30, 16 })
            {
                Row(page, $"{name} | {alive} alive", d => change(new ElectionSetting { OneWayDelay = d, Alive = alive }), trials);
            }
        }

        foreach (var (name, alive, trouble) in Troubles)
        {
            Row(page, $"default | {name}", d => new ElectionSetting { OneWayDelay = d, Alive = alive, Trouble = trouble }, trials);
        }

        System.IO.File.WriteAllText(Path.Combine(Repository.Root, File), page.ToString());
        output.Write(page);
        return 0;
    }

    private static string Head(int trials) => string.Create(CultureInfo.InvariantCulture, $"""
        # Elections of 31 servers

        The time from a leader's death until another is elected whom all come to follow, in simulated milliseconds: median / 95th percentile
        of {trials:N0} elections, by one-way delay. Bare cores on a network in which every message takes the same time; disks that
        take none; timeouts of 500 to 1,000 ms unless a row says otherwise. Of 16 alive every single vote is needed. The numbers
        follow from the seeds and come out the same on every machine:

            dotnet run -c Release --project tests/RaftKv.Tests -- elections {trials}

        `Elections/ElectionTests.cs` holds the default rules to: the median with 16 alive at most twice, the 95th percentile at
        most three times that with 30; a window of 500 to 500 ms at most twice the median of the widest; every trouble elects;
        no term has two leaders.

        | rules | servers | 0 ms | 5 ms | 25 ms | 50 ms | 100 ms |
        | --- | --- | --- | --- | --- | --- | --- |

        """).ReplaceLineEndings("\n");

    private static void Row(StringBuilder page, string name, Func<TimeSpan, ElectionSetting> setting, int trials)
    {
        page.Append($"| {name} |");
        foreach (var delay in Delays)
        {
            var times = setting(TimeSpan.FromMilliseconds(delay)).Measure(trials);
            page.Append(CultureInfo.InvariantCulture, $" {times.Median:N0} / {times.P95:N0} |");
        }

        page.Append('\n');
    }
}
