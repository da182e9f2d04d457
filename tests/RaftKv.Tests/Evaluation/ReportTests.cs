using System.Xml.Linq;
using RaftKv.Evaluation.Figures;
using RaftKv.Evaluation.Reports;
using RaftKv.Evaluation.Results;
using RaftKv.Tests.Tidy;

namespace RaftKv.Tests.Evaluation;

public sealed class ReportTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    private static ResultRow Row => new()
    {
        RunId = "run1",
        UtcTime = DateTimeOffset.UnixEpoch,
        Experiment = "Latency",
        Figure = "2",
        Scale = "Full",
        Preset = "Paper2019",
        ServerCount = 5,
        ClientCount = 1,
        Repetition = 1,
        Metric = "PutLatencyMean",
        Value = 400,
        Unit = "ms",
        Seed = 1,
        HostCores = 2,
        OtherCpuPercent = 3,
    };

    [Fact]
    public void Write_Twice_GivesTheSameFilesByteForByte()
    {
        Csv("Latency", Latencies(25, 26));
        var first = EvaluationReport.Write(_directory.Root, _directory.Root).ToDictionary(f => f, File.ReadAllBytes);
        Assert.Equal(["Latency.png", "Latency.svg", "README.md", "report.html"], first.Keys.Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.All(EvaluationReport.Write(_directory.Root, _directory.Root), f => Assert.Equal(first[f], File.ReadAllBytes(f)));
    }

    [Fact]
    public void Write_Html_IsOneWholeFileThatLoadsNothing()
    {
        Csv("Latency", Latencies(25, 26));
        EvaluationReport.Write(_directory.Root, _directory.Root);
        var html = File.ReadAllText(_directory.File("report.html"));
        Assert.Contains("<svg", html, StringComparison.Ordinal);
        Assert.Contains("Latency (figure 2)", html, StringComparison.Ordinal);
        Assert.DoesNotContain(" src=", html, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("<link", html, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("<script", html, StringComparison.OrdinalIgnoreCase);
        XDocument.Parse(html.Replace("<!DOCTYPE html>", "", StringComparison.Ordinal).Replace("<meta charset=\"utf-8\">", "", StringComparison.Ordinal));
    }

    [Fact]
    public void Write_Notes_AreTakenOver()
    {
        Csv("Latency", Latencies(25, 26));
        Directory.CreateDirectory(_directory.File("notes"));
        File.WriteAllText(_directory.File("notes/Latency.md"), "It follows from the `heartbeat`.");
        EvaluationReport.Write(_directory.Root, _directory.Root);
        Assert.Contains("It follows from the <code>heartbeat</code>.", File.ReadAllText(_directory.File("report.html")), StringComparison.Ordinal);
        Assert.Contains("It follows from the `heartbeat`.", File.ReadAllText(_directory.File("README.md")), StringComparison.Ordinal);
    }

    [Fact]
    public void Write_NoCsv_SaysWhatMakesThem() =>
        Assert.Contains("Invoke-RaftExperiment", Assert.Throws<InvalidDataException>(() => EvaluationReport.Write(_directory.Root, _directory.Root)).Message);

    [Theory]
    [InlineData(25, 26, true)]
    [InlineData(25, 29, false)]
    [InlineData(23, 26, false)]
    public void All_PutsInTenSeconds_HoldBetween24And28AtEachServerCount(double few, double many, bool holds)
    {
        var claim = new Claims(Latencies(few, many)).All().Single(c => c.Expected.StartsWith("26 puts", StringComparison.Ordinal));
        Assert.Equal(holds, claim.Holds);
        Assert.Contains($"{few} (5 servers), {many} (31 servers)", claim.Found);
    }

    [Fact]
    public void All_ATimeThatWasCutOff_IsNotFlat()
    {
        var row = Row with { Experiment = "MinorityPartitions", Figure = "7", Metric = "TimeToAcknowledgement" };
        ResultRow[] rows = [row, row with { ServerCount = 31, Value = null, Outcome = "timeout" }];
        var claim = Assert.Single(new Claims(rows).All());
        Assert.False(claim.Holds);
        Assert.Contains("cut off (31 servers)", claim.Found);
        Assert.True(new Claims([row, row with { ServerCount = 31, Value = 590 }]).All().Single().Holds);
    }

    [Theory]
    [InlineData(100, true)]
    [InlineData(20, false)]
    public void All_ThroughputUpTo100Clients_IsHeldAgainstAStraightLine(double at100, bool holds)
    {
        ResultRow[] rows =
        [
            .. new[] { (1, 1.0), (10, 10), (50, 50), (100, at100), (1000, 1) }.Select(p =>
                Row with { Experiment = "Concurrency", Figure = "1", Metric = "PutThroughput", Unit = "1/s", ClientCount = p.Item1, Value = p.Item2 }),
        ];
        Assert.Equal(holds, new Claims(rows).All().Single(c => c.Expected.StartsWith("linear", StringComparison.Ordinal)).Holds);
    }

    [Theory]
    [InlineData(700, true)]
    [InlineData(950, false)]
    public void All_TheFirstPutAfterAKill_IsHeldAgainstFigure2(double first, bool holds)
    {
        var row = Row with { Experiment = "LeaderFailureLatency", Figure = "-" };
        ResultRow[] rows = [Row, row with { Metric = "TimeToAcknowledgement", Value = first }, row with { Metric = "TimeToLeader", Value = 300 }];
        var claim = Assert.Single(new Claims(rows).All(), c => c.Experiment == row.Experiment);
        Assert.Equal((holds, $"{first} ms, {first - 400} above; a leader after 300 ms"), (claim.Holds, claim.Found));
    }

    [Theory]
    [InlineData(2, true)]
    [InlineData(9, false)]
    public void All_TheDropPast32KB_IsBetweenThereAndTheNextSize(double at128, bool holds)
    {
        ResultRow[] rows =
        [
            .. new[] { (1, 26), (32, 17), (128, at128), (1024, 1) }.Select(p =>
                Row with { Experiment = "ValueSizeThroughput", Figure = "4", Metric = "PutThroughput", Unit = "1/s", ValueBytes = p.Item1 * 1024, Value = p.Item2 }),
        ];
        Assert.Equal(holds, Assert.Single(new Claims(rows).All()).Holds);
    }

    [Theory]
    [InlineData("ValueSizeThroughput", "PutFailed", 0, true)]
    [InlineData("ValueSizeThroughput", "PutFailed", 1, false)]
    [InlineData("ValueSizeLatency", "PutUnknown", 0, true)]
    [InlineData("ValueSizeLatency", "PutUnknown", 1, false)]
    public void All_LargeValues_AreServedOnlyIfNoneFailedOrIsUnknown(string experiment, string metric, double count, bool holds)
    {
        var row = Row with { Experiment = experiment, Preset = "Default", ValueBytes = 1024 * 1024, Unit = "operations" };
        ResultRow[] rows = [row with { Metric = "PutSucceeded", Value = 9 }, row with { Metric = metric, Value = count }, row with { Metric = metric, Value = 7, ValueBytes = 1024 }];
        var claim = Assert.Single(new Claims(rows).All());
        Assert.Equal(holds, claim.Holds);
        Assert.StartsWith("9 served", claim.Found, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(200, 200, true, true)]
    [InlineData(200, 900, true, false)]
    [InlineData(201, 201, false, true)]
    public void All_ABareMajorityUnderDelay_IsHeldToMedianAndTail(double median, double slowest, bool medianHolds, bool tailHolds)
    {
        var row = Row with { Experiment = "ReElectionUnderDelay", Figure = "9b", Preset = "Default", Metric = "TimeToLeader", Options = "Candidates=Defer", OneWayDelayMs = 50, ServerCount = 31 };
        ResultRow[] rows =
        [
            .. new double[] { 100, 100, 100 }.Select(v => row with { AliveCount = 30, Value = v }),
            .. new[] { median, median, slowest }.Select(v => row with { AliveCount = 16, Value = v }),
        ];
        Assert.Equal([medianHolds, tailHolds], new Claims(rows).All().Select(c => c.Holds!.Value));
    }

    [Theory]
    [InlineData(9000, true)]
    [InlineData(1700, false)]
    public void All_TheCliffAtWidthZero_IsOneOfTheMean(double slowest, bool holds)
    {
        var row = Row with { Experiment = "ElectionTimeout", Figure = "8", Metric = "TimeToAcknowledgement" };
        ResultRow[] rows =
        [
            .. new[] { 1000, 1600, slowest }.Select(v => row with { ElectionTimeoutUpperMs = 500, Value = v }),
            .. new double[] { 1000, 1500, 2000 }.Select(v => row with { ElectionTimeoutUpperMs = 600, Value = v }),
        ];
        var claim = Assert.Single(new Claims(rows).All());
        Assert.Equal(holds, claim.Holds);
        Assert.StartsWith("medians 1,600 ms (500), 1,500 ms (600); means ", claim.Found, StringComparison.Ordinal);
    }

    [Fact]
    public void Build_WhatAnExperimentVaries_NamesTheSeriesWithoutTheOptionsThatFollow()
    {
        var row = Row with { Experiment = "LeaderCutOff", Figure = "6", Metric = "TimeToAcknowledgement" };
        Csv("LeaderCutOff",
        [
            row with { Options = "Fault=LeaderCutOff;A=1" },
            row with { Options = "Fault=FollowerCutOff;A=1" },
            row with { Options = "Fault=LeaderCutOff;A=2", Preset = "Default" },
            row with { Options = "Fault=LeaderCutOff;A=2", Preset = "Default", ServerCount = 31 },
        ]);
        var model = Figure.Build(_directory.File("LeaderCutOff.csv"), new FigureOptions());
        Assert.Equal(["Paper2019, leader cut off", "Paper2019, follower cut off", "Default, leader cut off"], model.Series.Select(s => s.Label));
    }

    [Fact]
    public void Insert_TheReadmesBlock_StandsBeforeTheFirstSectionAndIsReplaced()
    {
        var once = ReadmeHead.Insert("# Name\n\nWhat it is.\n\n## Install\n", ReadmeHead.Begin + "\nfirst\n" + ReadmeHead.End);
        Assert.Equal($"# Name\n\nWhat it is.\n\n{ReadmeHead.Begin}\nfirst\n{ReadmeHead.End}\n\n## Install\n", once);
        var twice = ReadmeHead.Insert(once, ReadmeHead.Begin + "\nsecond\n" + ReadmeHead.End);
        Assert.Equal(once.Replace("first", "second", StringComparison.Ordinal), twice);
        Assert.Throws<InvalidDataException>(() => ReadmeHead.Insert(ReadmeHead.Begin, ""));
    }

    /// <summary>A README of the user's own, and one that would not come out of it byte for byte but for the block, stay as they are.</summary>
    [Theory]
    [InlineData("README.md", new byte[] { (byte)'m', (byte)'y' })]
    [InlineData("mine.md", new byte[] { (byte)'c', (byte)'a', (byte)'f', 0xE9 })]
    [InlineData("mine.md", new byte[] { 0xEF, 0xBB, 0xBF, (byte)'a' })]
    [InlineData("mine.md", new byte[] { (byte)'a', (byte)'\r', (byte)'\n' })]
    public void Write_OverAReadmeThatWouldNotStay_IsRefused(string name, byte[] bytes)
    {
        var file = _directory.File(name);
        File.WriteAllBytes(file, bytes);
        Csv("Latency", Latencies(25, 26));
        var error = Assert.Throws<InvalidDataException>(() => EvaluationReport.Write(_directory.Root, _directory.Root, name == "README.md" ? null : file));
        Assert.Contains(file, error.Message, StringComparison.Ordinal);
        Assert.Equal(bytes, File.ReadAllBytes(file));
    }

    [Fact]
    public void Write_WithAReadme_ShowsOurNumbersBesideThePapers()
    {
        Csv("Latency", Latencies(25, 26));
        File.WriteAllText(_directory.File("top.md"), "# Name\n");
        EvaluationReport.Write(_directory.Root, _directory.Root, _directory.File("top.md"));
        var text = File.ReadAllText(_directory.File("top.md"));
        Assert.Contains("| one client's put, 5 servers | 384 ms | 400 ms | not measured |", text);
    }

    /// <summary>What is committed under results/full is drawn, reported and shown in the README exactly as its CSVs say.</summary>
    [Fact]
    public void Write_TheCommittedResults_GivesTheCommittedFilesByteForByte()
    {
        var results = Path.Combine(Repository.Root, "results");
        var readme = File.ReadAllText(Path.Combine(Repository.Root, "README.md"));
        if (!Directory.Exists(Path.Combine(results, "full")))
        {
            Assert.DoesNotContain(ReadmeHead.Begin, readme);
            return;
        }

        var copy = _directory.File("results");
        foreach (var file in Directory.GetFiles(results, "*", SearchOption.AllDirectories).Where(f => Path.GetRelativePath(results, f) is var r && !r.StartsWith("quick", StringComparison.Ordinal)))
        {
            var target = Path.Combine(copy, Path.GetRelativePath(results, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }

        File.WriteAllText(_directory.File("README.md"), readme);
        foreach (var written in EvaluationReport.Write(Path.Combine(copy, "full"), copy, _directory.File("README.md")).Where(f => !f.EndsWith(".png", StringComparison.Ordinal)))
        {
            var committed = Path.Combine(Repository.Root, Path.GetRelativePath(_directory.Root, written));
            Assert.True(File.ReadAllText(committed) == File.ReadAllText(written), $"{committed} is not what the CSVs say: run Export-RaftReport results/full results -ReadmePath README.md.");
        }
    }

    public void Dispose() => _directory.Dispose();

    private static ResultRow[] Latencies(double few, double many) =>
    [
        .. new[] { (5, few), (31, many) }.SelectMany(p => new[]
        {
            Row with { ServerCount = p.Item1, Metric = "PutThroughput", Unit = "1/s", Value = p.Item2 / 10 },
            Row with { ServerCount = p.Item1, Value = 10_000 / p.Item2 },
        }),
    ];

    private void Csv(string name, ResultRow[] rows) => ResultCsv.Write(_directory.File(name + ".csv"), rows);
}
