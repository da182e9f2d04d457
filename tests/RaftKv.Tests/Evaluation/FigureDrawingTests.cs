using System.Globalization;
using System.Text.RegularExpressions;
using RaftKv.Evaluation.Figures;

namespace RaftKv.Tests.Evaluation;

/// <summary>What is painted, read from the SVG.</summary>
public sealed partial class FigureDrawingTests
{
    [Fact]
    public void ToSvg_SkewedQuartiles_TheLongBarIsAboveTheMedian()
    {
        var points = new[] { new Point(1, 11, 10, 30, 3, 0), new Point(2, 11, 10, 30, 3, 0) };
        var svg = Svg(Model([new Series("one", points)]));
        var line = CurveOf(svg, "2");
        var (from, to) = (SpineOf(svg)[0], SpineOf(svg)[1]);
        var median = line[0];

        // Up is less in an SVG.
        Assert.True(Math.Min(from, to) < median && Math.Max(from, to) > median, $"{from} {median} {to}");
        Assert.InRange((median - Math.Min(from, to)) / (Math.Max(from, to) - median), 18, 20);
    }

    [Fact]
    public void ToSvg_TwoPresets_TheSameKindHasOneColourAndTheFirstPresetDashes()
    {
        Point[] points = [new Point(1, 10, null, null, 1, 0), new Point(2, 20, null, null, 1, 0)];
        var svg = Svg(Model(
        [
            new Series("Paper2019, a", points) { Preset = "Paper2019" },
            new Series("Paper2019, b", points) { Preset = "Paper2019" },
            new Series("Default, b", points) { Preset = "Default" },
            new Series("Default, a", points) { Preset = "Default" },
        ]));
        var lines = Curve().Matches(svg).Where(m => m.Groups["path"].Value.Count(c => c == 'L') == 1).ToArray();
        Assert.Equal(2, Colours(dashed: true).Length);
        Assert.Equal(Colours(dashed: true).Reverse(), Colours(dashed: false));

        string[] Colours(bool dashed) =>
            [.. lines.Where(m => m.Groups["dashes"].Success == dashed).Select(m => m.Groups["colour"].Value).Distinct()];
    }

    [Fact]
    public void ToSvg_AValueOfZeroOnALogAxis_StandsAtTheFloorAndSaysSo()
    {
        var model = Model([new Series("one", [new Point(1, 1000, null, null, 1, 0), new Point(2, 1, null, null, 1, 0), new Point(3, 0, null, null, 1, 0)])]) with { YScale = AxisScale.Log };
        var svg = Svg(model);
        var heights = CurveOf(svg, "2");
        Assert.True(heights[0] < heights[1]);
        Assert.Equal(heights[1], heights[2], 0.01);
        Assert.Matches(@">\s*0\s*<", svg);
    }

    [Theory]
    [InlineData(10, 0)]
    [InlineData(20, 1)]
    public void Floor_TheLowestBarOnALogAxis_CanBeSeen(double lowest, double floor)
    {
        var model = Model([new Series("one", [new Point(1, lowest, null, null, 1, 0), new Point(2, 10_000, null, null, 1, 0)])]) with { YScale = AxisScale.Log, Bars = true };
        Assert.Equal(floor, new FigurePlaces(model).Floor);
    }

    [Fact]
    public void ToSvg_MoreLinesThanCanBeFollowed_HasAPanelForEachPresetWithOneAxis()
    {
        Point[] points = [new Point(1, 10, null, null, 1, 0), new Point(2, 20, null, null, 1, 0)];
        Series[] Of(string preset, int count) => [.. Enumerable.Range(1, count).Select(i => new Series($"{preset}, kind {i}", points) { Preset = preset })];
        var many = Svg(Model([.. Of("Paper2019", 6), .. Of("Default", 6)]));
        Assert.Single(PaperTitle().Matches(many));
        Assert.Single(DefaultTitle().Matches(many));
        var few = Svg(Model([.. Of("Paper2019", 5), .. Of("Default", 5)]));
        Assert.DoesNotContain("t, Paper2019", few, StringComparison.Ordinal);

        // Only one fill covers the whole: what is painted later must not wipe out what is there.
        Assert.Single(WholeFill().Matches(many));
    }

    [Fact]
    public void ToSvg_PanelsOfTwoPresets_AKindHasItsColourAndPlaceInBoth()
    {
        Point[] points = [new Point(1, 10, null, null, 1, 0), new Point(2, 20, null, null, 1, 0)];
        Series[] Of(string preset, params int[] kinds) => [.. kinds.Select(k => new Series($"{preset}, kind {k}", points) { Preset = preset })];
        var svg = Svg(Model([.. Of("Paper2019", 1, 2, 3, 4, 5, 6), .. Of("Default", 6, 4, 3, 5, 2)]));

        // A legend's line follows its text.
        string[] legend = [.. LegendEntry().Matches(svg).Select(m => $"{m.Groups["kind"].Value} {m.Groups["colour"].Value}")];
        Assert.Equal(11, legend.Length);
        Assert.Equal(legend[1..6], legend[6..]);
    }

    [Fact]
    public void UsualHeight_OfTwoPanels_LeavesRoomForTheLabelsOfBoth()
    {
        Point[] points = [new Point(1, 10, null, null, 1, 0), new Point(2, 20, null, null, 1, 0)];
        Series[] Of(string preset, int count) => [.. Enumerable.Range(1, count).Select(i => new Series($"{preset}, kind {i}", points) { Preset = preset })];
        using var many = new FigureDrawing(Model([.. Of("Paper2019", 6), .. Of("Default", 6)]));
        using var few = new FigureDrawing(Model(Of("Default", 6)));
        Assert.Equal((900, 600), (many.UsualHeight, few.UsualHeight));
    }

    private static FigureModel Model(Series[] series) => new()
    {
        Title = "t",
        XLabel = "x",
        YLabel = "y",
        XScale = AxisScale.Linear,
        YScale = AxisScale.Linear,
        Bars = false,
        Ticks = [new XTick(1, "1"), new XTick(2, "2"), new XTick(3, "3")],
        Series = series,
    };

    private static string Svg(FigureModel model)
    {
        using var drawing = new FigureDrawing(model);
        return drawing.ToSvg(1000, 600);
    }

    /// <summary>The heights of a series' points.</summary>
    private static double[] CurveOf(string svg, string width) =>
        Heights(Curve().Matches(svg).First(m => m.Groups["width"].Value == width && m.Groups["path"].Value.Contains('L', StringComparison.Ordinal)).Groups["path"].Value);

    /// <summary>Where the first error bar begins and ends: it is the first stroke that does not change its x.</summary>
    private static double[] SpineOf(string svg)
    {
        var strokes = Curve().Matches(svg).Where(m => m.Groups["width"].Value == "1.5").SelectMany(m => m.Groups["path"].Value.Split('M', StringSplitOptions.RemoveEmptyEntries));
        var ends = strokes.Select(s => s.Split('L')).Where(e => e.Length == 2 && e[0].Split(' ')[0] == e[1].Split(' ')[0]).SelectMany(e => Heights(string.Join('L', e))).ToArray();
        return [ends.Min(), ends.Max()];
    }

    private static double[] Heights(string path) =>
        [.. path.TrimStart('M').Split('L').Select(p => double.Parse(p.Split(' ')[1], CultureInfo.InvariantCulture))];

    [GeneratedRegex(">\\s*(?<kind>kind [0-9])\\s*</text>\\s*<path[^>]* stroke=\"(?<colour>#[0-9A-F]+)\"")]
    private static partial Regex LegendEntry();

    [GeneratedRegex(@">\s*t, Paper2019\s*<")]
    private static partial Regex PaperTitle();

    [GeneratedRegex(@">\s*t, Default\s*<")]
    private static partial Regex DefaultTitle();

    [GeneratedRegex("<rect [^>]*width=\"1000\" height=\"600\"[^>]*/>")]
    private static partial Regex WholeFill();

    [GeneratedRegex("stroke=\"(?<colour>#[0-9A-F]+)\" stroke-width=\"(?<width>[0-9.]+)\"(?<dashes> stroke-dasharray=\"[0-9 ]+\")?[^>]* d=\"(?<path>[^\"]+)\"")]
    private static partial Regex Curve();
}
