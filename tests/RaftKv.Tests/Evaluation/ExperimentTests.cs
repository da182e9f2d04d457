using RaftKv.Api.Clusters;
using RaftKv.Evaluation.Experiments;
using RaftKv.Evaluation.Measurement;
using RaftKv.Evaluation.Results;

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

            // A cluster that is left is not come back to: otherwise a cell would be measured on servers in another state.
            var starts = cells.Where((c, i) => i == 0 || !c.SharesClusterWith(cells[i - 1])).Select(c => (c.Preset, c.ServerCount, c.Options, c.Group)).ToArray();
            Assert.Equal(starts.Distinct().Count(), starts.Length);
        }
    }

    [Fact]
    public void ExpectSeconds_OfAllAtFullScale_FitsIntoTheBudget()
    {
        var full = Quick with { Scale = ExperimentScale.Full };
        var minutes = ExperimentCatalog.All.Sum(e => ExperimentRunner.ExpectSeconds(e.Name, full)) / 60;
        Assert.InRange(minutes, 60, 150);
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
            .Select(c => c with { Preset = "", Variation = "", Group = "", Options = ServerOptions.Default with { ElectionTimeoutUpperMs = c.Options.ElectionTimeoutUpperMs }, Duration = default, ExpectedSec = 1 })
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
            RowOf(Cells[2]) with { Options = MeasurementContext.Describe(Cells[2].Options with { MaxInflightAppends = 7 }) },
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
