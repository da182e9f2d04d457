using System.Globalization;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using RaftKv.Evaluation.Figures;
using RaftKv.Evaluation.Results;

namespace RaftKv.Tests.Evaluation;

public sealed class FigureTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    private static ResultRow Row => new()
    {
        RunId = "run1",
        UtcTime = DateTimeOffset.UnixEpoch,
        Experiment = "Throughput",
        Preset = "Default",
        ServerCount = 5,
        ClientCount = 1,
        Repetition = 1,
        Metric = "PutThroughput",
        Value = 10,
        Unit = "1/s",
    };

    [Fact]
    public void Export_Png_IsAPictureOfTheSizeAskedFor()
    {
        Write(Clients(1, 10, 1000));
        Figure.Export(Csv, _directory.File("x.png"), new FigureOptions { Width = 640, Height = 480 });
        var bytes = File.ReadAllBytes(_directory.File("x.png"));
        Assert.Equal([0x89, (byte)'P', (byte)'N', (byte)'G'], bytes[..4]);
        Assert.Equal((640, 480), (BigEndian(bytes, 16), BigEndian(bytes, 20)));
        Assert.True(bytes.Length > 4000, $"a picture of {bytes.Length} bytes shows nothing");
    }

    [Fact]
    public void Export_SvgTwiceAndAfterOtherFigures_IsTheSameByteForByte()
    {
        Write(Clients(1, 10, 1000));
        Figure.Export(Csv, _directory.File("a.svg"));
        Figure.Export(Csv, _directory.File("other.svg"), new FigureOptions { Title = "another" });
        Figure.Export(Csv, _directory.File("b.svg"));
        Assert.Equal(File.ReadAllBytes(_directory.File("a.svg")), File.ReadAllBytes(_directory.File("b.svg")));
        Assert.NotEqual(File.ReadAllBytes(_directory.File("a.svg")), File.ReadAllBytes(_directory.File("other.svg")));
    }

    [Fact]
    public void Export_Svg_IsXmlWithLabelsAsText()
    {
        Write(Clients(1, 10, 1000));
        Figure.Export(Csv, _directory.File("a.svg"), new FigureOptions { Title = "a < b & ü cl_9" });
        var text = File.ReadAllText(_directory.File("a.svg"));
        Assert.DoesNotContain('\r', text);
        var words = XDocument.Parse(text).Descendants().Where(e => e.Name.LocalName == "text").Select(e => e.Value.Trim()).ToArray();
        Assert.Contains("a < b & ü cl_9", words);
        Assert.Contains("clients at once", words);
        Assert.Contains("Put throughput (operations per second)", words);
        Assert.Contains("1,000", words);
        Assert.Equal(
            Regex.Matches(text, "id=\"(cl_\\w+)\"").Select(m => m.Groups[1].Value),
            Enumerable.Range(1, Regex.Count(text, "id=\"cl_")).Select(i => $"cl_{i}"));
    }

    [Fact]
    public void Export_ToAMissingDirectory_MakesIt()
    {
        Write(Clients(1, 2));
        var path = Path.Combine(_directory.Root, "deep", "x.SVG");
        Figure.Export(Csv, path);
        Assert.True(File.Exists(path));
    }

    [Theory]
    [InlineData("x.jpg")]
    [InlineData("x")]
    public void Export_ToAnotherExtension_Refuses(string name)
    {
        Write(Clients(1, 2));
        Assert.Throws<ArgumentException>(() => Figure.Export(Csv, _directory.File(name)));
    }

    [Theory]
    [InlineData(10, 600)]
    [InlineData(600, 100_000)]
    public void Export_InAnImpossibleSize_Refuses(int width, int height)
    {
        Write(Clients(1, 2));
        Assert.Throws<ArgumentException>(() => Figure.Export(Csv, _directory.File("x.png"), new FigureOptions { Width = width, Height = height }));
    }

    [Fact]
    public void Export_AMetricThatIsNotThere_ListsThoseThatAre()
    {
        Write([Row, Row with { Metric = "Other" }]);
        var e = Assert.Throws<InvalidDataException>(() => Figure.Export(Csv, _directory.File("x.png"), new FigureOptions { Metric = "Nope" }));
        Assert.Contains("PutThroughput, Other", e.Message);
    }

    [Fact]
    public void Export_AColumnThatIsNotThere_ListsThoseThatAre()
    {
        Write([Row]);
        var e = Assert.Throws<ArgumentException>(() => Figure.Export(Csv, _directory.File("x.png"), new FigureOptions { X = "Nope" }));
        Assert.Contains("ClientCount", e.Message);
    }

    [Fact]
    public void Export_AFileWithoutRowsOrValues_SaysSo()
    {
        Write([]);
        Assert.Contains("no rows", Assert.Throws<InvalidDataException>(() => Figure.Export(Csv, _directory.File("x.png"))).Message);
        Write([Row with { Value = null, Outcome = "timeout" }]);
        Assert.Contains("outcomes: timeout", Assert.Throws<InvalidDataException>(() => Figure.Export(Csv, _directory.File("x.png"))).Message);
    }

    [Fact]
    public void Export_AResultCsvWithAColumnLess_SaysSo()
    {
        File.WriteAllText(Csv, string.Join(',', ResultSchema.ColumnNames.Skip(1)) + "\n");
        Assert.Contains("not a result CSV", Assert.Throws<InvalidDataException>(() => Figure.Export(Csv, _directory.File("x.png"))).Message);
    }

    [Theory]
    [InlineData(1, 99, AxisScale.Linear)]
    [InlineData(1, 100, AxisScale.Log)]
    public void Build_NumbersOverTwoDecades_MakeALogAxis(int low, int high, object scale)
    {
        Write(Clients(low, high));
        var model = Build();
        Assert.Equal((AxisScale)scale, model.XScale);
        Assert.False(model.Bars);
        Assert.Equal([low, high], model.Ticks.Select(t => t.X));
    }

    [Fact]
    public void Build_Names_MakeCategoriesWithBars()
    {
        Write([Row, Row with { Preset = "Paper2019" }]);
        var model = Build();
        Assert.Equal(AxisScale.Categories, model.XScale);
        Assert.True(model.Bars);
        Assert.Equal(["Default", "Paper2019"], model.Ticks.Select(t => t.Text));
    }

    [Fact]
    public void Build_Repetitions_BecomeMedianAndQuartiles()
    {
        Write([.. new[] { 1.0, 2, 3, 4, 100 }.SelectMany((v, i) => Clients(1, 2).Select(r => r with { Repetition = i, Value = v }))]);
        var point = Build().Series.Single().Points[0];
        Assert.Equal((3, 2, 4, 5), (point.Median, point.Low, point.High, point.Count));
        Assert.Contains("medians of 5", Build().Note);
    }

    [Fact]
    public void Build_SeveralColumnsVary_SeparatesSeriesByThoseThatAreIndependent()
    {
        Write([.. from p in new[] { "Paper2019", "Default" }
                  from s in new[] { 5, 23 }
                  from r in Clients(1, 10)
                  select r with { Preset = p, ServerCount = s, AliveCount = s, Seed = (ulong)s }]);
        Assert.Equal(["Paper2019, 5 servers", "Paper2019, 23 servers", "Default, 5 servers", "Default, 23 servers"], Build().Series.Select(s => s.Label));
    }

    [Fact]
    public void Build_OptionsThatDiffer_NameOnlyTheDifference()
    {
        Write([.. Clients(1, 10).Select(r => r with { Options = "A=1;B=2" }), .. Clients(1, 10).Select(r => r with { Options = "A=1;B=3" })]);
        Assert.Equal(["B=2", "B=3"], Build().Series.Select(s => s.Label));
    }

    [Fact]
    public void Build_TimesThatWereCutOff_CountAsLongerThanAllOthers()
    {
        var election = Row with { Metric = "ElectionTime", Unit = "ms", AliveCount = 16 };
        Write([election with { Value = 10 }, election with { Value = 20 }, election with { Value = null, Outcome = "timeout" },
            election with { AliveCount = 17, Value = 5 }]);
        var series = Build().Series.Single();
        Assert.Equal((20, 1, 3), (series.Points[0].Median, series.Points[0].Censored, series.Points[0].Count));
        Assert.Null(series.Points[0].High);
        Assert.Equal(0.25, series.CensoredShare);
        Figure.Export(Csv, _directory.File("x.svg"));
        var text = File.ReadAllText(_directory.File("x.svg"));
        Assert.Contains("Default (25% cut off)", text);
        Assert.Contains("33% cut off", text);
    }

    [Fact]
    public void Build_AQuantileFamily_DrawsItsQuantilesSideBySide()
    {
        Write([.. from q in new[] { "Mean", "P50", "P90", "P99", "Max" }
                  from r in Clients(1, 10)
                  select r with { Metric = "PutLatency" + q, Unit = "ms" }]);
        var model = Figure.Build(Csv, new FigureOptions { Metric = "putlatency" });
        Assert.Equal(["median (p50)", "p90", "p99", "maximum"], model.Series.Select(s => s.Label));
        Assert.True(model.Bars);
        Assert.Equal("Put latency (ms)", model.YLabel);
    }

    [Fact]
    public void Build_TheChosenAxes_AreTaken()
    {
        Write([.. Clients(1, 10), .. Clients(1, 10).Select(r => r with { ServerCount = 7 })]);
        var model = Figure.Build(Csv, new FigureOptions { X = "servercount", Series = "ClientCount" });
        Assert.Equal("servers", model.XLabel);
        Assert.Equal(["1 client", "10 clients"], model.Series.Select(s => s.Label));
    }

    [Fact]
    public void Build_DifferentUnits_Refuses()
    {
        Write([Row, Row with { Unit = "ms" }]);
        Assert.Contains("different units", Assert.Throws<InvalidDataException>(() => Build()).Message);
    }

    [Theory]
    [InlineData("1", "PutThroughput", "1/s", "400,380")]
    [InlineData("2", "PutLatencyP50", "ms", "384")]
    [InlineData("2", "PutThroughput", "1/s", "2.6")]
    [InlineData("-", "TimeToAcknowledgement", "ms", "618.6")]
    [InlineData("3", "PutLatencyMean", "ms", "")]
    [InlineData("4", "PutThroughput", "1/s", "2")]
    [InlineData("5", "PutLatencyP50", "ms", "")]
    [InlineData("6", "TimeToAcknowledgement", "ms", "")]
    [InlineData("8", "TimeToAcknowledgement", "ms", "")]
    [InlineData("9", "ElectionTime", "s", "1,120")]
    [InlineData("9", "ElectionTime", "ms", "1000,120000")]
    [InlineData("", "PutLatencyP50", "ms", "")]
    [InlineData("1", "PutLatencyP50", "ms", "")]
    public void Build_AFigureOfThePaper_HasTheValuesOfItsText(string figure, string metric, string unit, string expected)
    {
        Write([.. Enumerable.Range(0, 5).Select(i => Row with
        {
            Figure = figure,
            Metric = metric,
            Unit = unit,
            ClientCount = figure is "1" or "3" ? 250 * (i + 1) : 1,
            ServerCount = figure is "2" or "6" or "7" or "-" ? 5 + (6 * i) : 31,
            ValueBytes = figure is "4" or "5" ? 1024 << (2 * i) : 64,
            ElectionTimeoutUpperMs = figure is "8" ? 500 + (25 * i) : 1000,
            AliveCount = figure is "9" ? 16 + i : null,
        })]);
        Assert.Equal(expected, string.Join(',', Build().References.Select(r => r.Y.ToString(CultureInfo.InvariantCulture))));
    }

    public void Dispose() => _directory.Dispose();

    private string Csv => _directory.File("x.csv");

    private static ResultRow[] Clients(params int[] counts) => [.. counts.Select(c => Row with { ClientCount = c, Value = c * 7.5 })];

    private static int BigEndian(byte[] bytes, int at) => (bytes[at] << 24) | (bytes[at + 1] << 16) | (bytes[at + 2] << 8) | bytes[at + 3];

    private void Write(ResultRow[] rows) => ResultCsv.Write(Csv, rows);

    private FigureModel Build() => Figure.Build(Csv, new FigureOptions());
}
