using RaftKv.Api.Clusters;
using RaftKv.Evaluation.Cells;
using RaftKv.Evaluation.Measurement;
using RaftKv.Evaluation.Results;
using RaftKv.Evaluation.Runs;

namespace RaftKv.Tests.Evaluation;

public sealed class ExperimentTests
{
    private static readonly ExperimentRequest Quick = new() { CsvPath = "none.csv" };

    public static TheoryData<string> Names => [.. ExperimentCatalog.All.Select(e => e.Name)];

    [Fact]
    public void All_HasEveryFigureOfThePaperOnce()
    {
        var figures = ExperimentCatalog.All.Select(e => e.Figure).ToArray();
        Assert.All(Enumerable.Range(1, 9), n => Assert.Single(figures, $"{n}"));
        Assert.Single(figures, "-");
        Assert.Equal(figures.Length, ExperimentCatalog.All.Select(e => e.Name).Distinct(StringComparer.OrdinalIgnoreCase).Count());
    }

    [Fact]
    public void Find_AnotherName_ListsThoseThatAre()
    {
        var e = Assert.Throws<ArgumentException>(() => ExperimentCatalog.Find("Nope"));
        Assert.Contains("Concurrency, Latency", e.Message);
        Assert.Equal("Latency", ExperimentCatalog.Find("latency").Name);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Cells_AtEitherScale_HaveAPlaceOfTheirOwnAndShareClustersOnlyWithNeighbours(string name)
    {
        var experiment = ExperimentCatalog.Find(name);
        foreach (var scale in Enum.GetValues<ExperimentScale>())
        {
            var request = Quick with { Scale = scale };
            var cells = experiment.Cells(request).ToArray();
            var ledger = new Ledger(experiment, request, "build");
            Assert.NotEmpty(cells);
            Assert.Equal(cells.Length, cells.Select(ledger.PlaceOf).Distinct().Count());
            Assert.All(cells, c => Assert.True(c.ExpectedSec > 0, $"{c} expects no time"));

        }
    }

    [Fact]
    public void Of_AllTogether_StartsEachClusterOnceInARoundAndHasEveryFigureInTheFirst()
    {
        var all = ExperimentCatalog.All.Select(e => ExperimentCatalog.Find(e.Name)).ToArray();
        var full = Quick with { Scale = ExperimentScale.Full };
        var steps = ExperimentPlan.Of(all, full);
        Assert.Equal(all.Sum(e => e.Cells(full).Count()), steps.Count);

        // A cluster that is left is not come back to before the next round.
        var starts = steps.Where((s, i) => i == 0 || s.Key != steps[i - 1].Key).Select(s => s.Key).ToArray();
        Assert.Equal(starts.Distinct().Count(), starts.Length);
        Assert.True(starts.Length < all.Sum(e => Starts(ExperimentPlan.Of([e], full))), "nothing is gained by running them together");

        var first = steps.TakeWhile(s => s.Round == 1).ToArray();
        Assert.All(all, e => Assert.Contains(first, s => s.Experiment == e));
        Assert.True(first.Length < steps.Count);
        Assert.All(steps.Skip(first.Length), s => Assert.Equal(2, s.Round));

        static int Starts(IReadOnlyList<ExperimentPlan.Step> steps) => steps.Where((s, i) => i == 0 || s.Key != steps[i - 1].Key).Count();
    }

    [Fact]
    public void Of_AHeavyCellOfTheJsonLog_HasAFreshCluster()
    {
        var steps = ExperimentPlan.Of([ExperimentCatalog.Find("Concurrency"), ExperimentCatalog.Find("Latency")], Quick with { Scale = ExperimentScale.Full });
        foreach (var cluster in steps.Where(s => s.Cell.Preset == "Paper2019").GroupBy(s => s.Key))
        {
            Assert.True(cluster.Count() == 1 || cluster.All(s => s.Cell.ClientCount <= 100), "a thousand clients write where others wrote before");
        }
    }

    [Fact]
    public void Budget_OfAllAtFullScale_FitsIntoOneSitting()
    {
        var budget = ExperimentRunner.Budget([.. ExperimentCatalog.All.Select(e => e.Name)], Quick with { Scale = ExperimentScale.Full });
        Assert.InRange(budget.Sum(b => b.Minutes), 40, 90);
        Assert.All(budget, b => Assert.True(b.Cells > 0 && b.Minutes > 0, b.Experiment));
    }

    [Fact]
    public void Cells_WhatTheCallerNames_Wins()
    {
        var cells = ExperimentCatalog.Find("Concurrency").Cells(Quick with { ServerCounts = [7], ClientCounts = [3], Repetitions = 2 }).ToArray();
        Assert.Equal(4, cells.Length);
        Assert.All(cells, c => Assert.Equal((7, 3), (c.ServerCount, c.ClientCount!.Value)));
    }

    [Fact]
    public void CoinOf_CellsAndSeeds_AreDifferentAndRepeat()
    {
        var cells = ExperimentCatalog.All.SelectMany(e => ExperimentCatalog.Find(e.Name).Cells(Quick with { Scale = ExperimentScale.Full }))
            .Select(c => c with { Preset = "", Variation = "", Other = null, Round = null, Group = "", Options = ServerOptions.Default with { ElectionTimeoutUpperMs = c.Options.ElectionTimeoutUpperMs }, Duration = default, ExpectedSec = 1 })
            .Distinct().ToArray();
        Assert.Equal(cells.Length, cells.Select(c => c.CoinOf(1)).Distinct().Count());
        Assert.NotEqual(cells[0].CoinOf(1), cells[0].CoinOf(2));
        Assert.Equal(cells[0].CoinOf(1), cells[0].CoinOf(1));
    }

    [Fact]
    public void Share_ManyDraws_AreUniform()
    {
        var coin = new Coin(7);
        var draws = Enumerable.Range(0, 10_000).Select(_ => coin.Share()).ToArray();
        Assert.All(draws, d => Assert.InRange(d, 0, 0.99999999999));
        Assert.InRange(draws.Average(), 0.48, 0.52);
    }
}

public sealed class LedgerTests
{
    private static readonly ExperimentRequest Request = new() { CsvPath = "none.csv", Seed = 3 };
    private static readonly Experiment Latency = ExperimentCatalog.Find("Latency");

    private static Cell[] Cells => [.. Latency.Cells(Request)];

    [Fact]
    public void Compare_AFinishedCell_IsNotRunAgain()
    {
        var (todo, kept) = new Ledger(Latency, Request, "b1").Compare(Cells, [RowOf(Cells[0]), RowOf(Cells[1])]);
        Assert.Equal(Cells[2..], todo);
        Assert.Equal(2, kept.Count);
    }

    [Fact]
    public void Compare_AnotherSeedBuildOrOption_RunsTheCellAgainAndDropsItsRows()
    {
        ResultRow[] rows =
        [
            RowOf(Cells[0]) with { Seed = 4 },
            RowOf(Cells[1]) with { NodeBuild = "b0" },
            RowOf(Cells[2]) with { Options = RowHead.Describe(Cells[2].Options with { MaxInflightAppends = 7 }) },
            RowOf(Cells[3]),
        ];
        var (todo, kept) = new Ledger(Latency, Request, "b1").Compare(Cells, rows);
        Assert.Equal([.. Cells[..3], .. Cells[4..]], todo);
        Assert.Same(rows[3], Assert.Single(kept));
    }

    [Fact]
    public void Compare_RowsOfOtherCells_Stay()
    {
        ResultRow[] rows = [RowOf(Cells[0]) with { ServerCount = 63 }, RowOf(Cells[0]) with { Scale = "Full" }];
        var (todo, kept) = new Ledger(Latency, Request, "b1").Compare(Cells, rows);
        Assert.Equal(Cells.Length, todo.Count);
        Assert.Equal(rows, kept);
    }

    [Fact]
    public void Compare_Again_RunsEverything()
    {
        var (todo, kept) = new Ledger(Latency, Request with { Again = true }, "b1").Compare(Cells, [RowOf(Cells[0])]);
        Assert.Equal(Cells.Length, todo.Count);
        Assert.Empty(kept);
    }

    [Fact]
    public void Compare_CellsThatDifferInTheirVariation_AreToldApart()
    {
        var experiment = ExperimentCatalog.Find("LeaderCutOff");
        Cell[] cells = [.. experiment.Cells(Request)];
        var (todo, _) = new Ledger(experiment, Request, "b1").Compare(cells, [RowOf(cells[0], "LeaderCutOff")]);
        Assert.Equal(cells[1..], todo);
    }

    private static ResultRow RowOf(Cell cell, string experiment = "Latency") => new()
    {
        RunId = "r",
        UtcTime = DateTimeOffset.UnixEpoch,
        Experiment = experiment,
        Scale = "Quick",
        Preset = cell.Preset,
        ServerCount = cell.ServerCount,
        AliveCount = cell.ServerCount,
        ClientCount = cell.ClientCount ?? 1,
        ValueBytes = cell.ValueBytes,
        OneWayDelayMs = cell.OneWayDelayMs,
        ElectionTimeoutLowerMs = cell.Options.ElectionTimeoutLowerMs,
        ElectionTimeoutUpperMs = cell.Options.ElectionTimeoutUpperMs,
        Repetition = cell.Repetition,
        Metric = "PutLatencyMean",
        Value = 1,
        Unit = "ms",
        Seed = 3,
        Options = Ledger.OptionsOf(cell),
        NodeBuild = "b1",
    };
}
