using System.Text;
using RaftKv.Evaluation.Figures;
using RaftKv.Evaluation.Results;

namespace RaftKv.Tests.Evaluation;

/// <summary>Figures of tables that are no result CSVs: what is taken for which axis, and what errors say.</summary>
public sealed class TidyFigureTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void Build_AWideTable_TakesTheFirstColumnAsX_ANumberAsMetric_AndTextAsSeries()
    {
        var model = Build("size,kind,ms\n1,a,2\n2,a,3\n1,b,5\n2,b,9\n");
        Assert.Equal(("size", "ms"), (model.X, model.Metric));
        Assert.Equal(["a", "b"], model.Series.Select(s => s.Label));
        Assert.Equal([5.0, 9.0], model.Series[1].Points.Select(p => p.Median!.Value));
        Assert.Equal(AxisScale.Linear, model.XScale);
    }

    [Fact]
    public void Build_ALongTable_TakesTheRowsOfAMetric()
    {
        const string Text = "Metric,Value,Unit,Clients\nLatency,1.5,ms,1\nLatency,2.5,ms,10\nRate,100,1/s,1\n";
        Assert.Equal("Latency (ms)", Build(Text).YLabel);
        var model = Build(Text, new FigureOptions { Metric = "rate" });
        Assert.Equal(("Rate", "Clients", 1), (model.Metric, model.X, model.RowCount));
    }

    [Fact]
    public void Export_NumbersThatNoAxisCanShow_SaysSo()
    {
        var csv = _directory.File("huge.csv");
        File.WriteAllText(csv, "x,y\n1,1e308\n2,-1e308\n");
        var error = Assert.Throws<InvalidDataException>(() => Figure.Export(csv, _directory.File("huge.svg")));
        Assert.Contains("beyond 1e150", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Build_RowsOfOnePoint_BecomeTheirMedian()
    {
        var point = Build("x,y\n1,1\n1,2\n1,9\n2,5\n").Series.Single().Points[0];
        Assert.Equal((2, 3), (point.Median, point.Count));
    }

    [Fact]
    public void Build_OneColumn_IsDrawnByTheNumberOfTheRow()
    {
        var model = Build("ms\n3\n4\n");
        Assert.Equal(("", "ms"), (model.X, model.Metric));
        Assert.Equal([1.0, 2.0], model.Ticks.Select(t => t.X));
    }

    [Fact]
    public void Build_AMarkAtTheBeginningAndAnEmptyLineAtTheEnd_DoNoHarm() =>
        Assert.Equal("x", Build("\uFEFFx,y\n1,2\n2,3\n\n").X);

    [Theory]
    [InlineData("x,y\n1,2\n2,3\n", "Nope", null, "there is no metric 'Nope'. Metrics: x, y.")]
    [InlineData("x,y\n1,2\n2,3\n", null, "Nope", "There is no column 'Nope'. Columns: x, y.")]
    [InlineData("x,y\na,b\n", null, null, "no column holds numbers. Columns: x, y.")]
    [InlineData("x;y;s\n1;3;2,5\n2;4;3\n", "s", null, "The column s holds '2,5' in row 1, which is no number: decimals are written with a point, as in 2.5.")]
    [InlineData("x;y\na;\nb;2,5\n", null, null, "The column y holds '2,5' in row 2, which is no number: decimals")]
    [InlineData("x;y;s\n1;3;fast\n2;4;3\n", "S", null, "The column s holds 'fast' in row 1, which is no number.")]
    [InlineData("x,y\n1\n1,2,3\n", null, null, "line 3: 3 fields instead of 2")]
    [InlineData("x,X\n1,2\n", null, null, "the first line must name the columns, each once")]
    [InlineData("x,y\n", null, null, "there are no rows")]
    public void Build_WhatCannotBeDrawn_SaysWhatThereIs(string text, string? metric, string? x, string said)
    {
        var failure = Assert.ThrowsAny<Exception>(() => Build(text, new FigureOptions { Metric = metric, X = x }));
        Assert.Contains(said, failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ChoicesOf_ATable_AreItsMetricsAndColumns()
    {
        File.WriteAllText(Csv, "size,kind,ms\n1,a,2\n");
        var (metrics, columns) = Figure.ChoicesOf(Csv);
        Assert.Equal(["size", "ms"], metrics);
        Assert.Equal(["size", "kind", "ms"], columns);
    }

    [Fact]
    public void Export_ATable_TellsWhatItShows()
    {
        var summary = Figure.Export(new TidyTable(["x", "y"], [["1", "2"], ["2", "3"]]), _directory.File("t.svg"));
        Assert.Equal(("y", "x", 2, 2), (summary.Metric, summary.X, summary.PointCount, summary.RowCount));
        Assert.True(new FileInfo(_directory.File("t.svg")).Length > 0);
    }

    private string Csv => _directory.File("t.csv");

    private FigureModel Build(string text, FigureOptions? options = null)
    {
        // Cells with commas are quoted; the rows of a test say it with semicolons.
        text = text.Contains(';', StringComparison.Ordinal) ? "\"" + text.TrimEnd('\n').Replace(";", "\",\"", StringComparison.Ordinal).Replace("\n", "\"\n\"", StringComparison.Ordinal) + "\"\n" : text;
        File.WriteAllText(Csv, text, new UTF8Encoding(false));
        return Figure.Build(Csv, options ?? new FigureOptions());
    }
}
