using System.Globalization;
using System.Text;
using ScottPlot;
using ScottPlot.TickGenerators;
using SkiaSharp;

namespace RaftKv.Evaluation.Figures;

/// <summary>Paints a model with ScottPlot. Log axes are drawn by plotting logarithms: the library has linear axes only.</summary>
internal sealed class FigureDrawing : IDisposable
{
    private const double BarGroupWidth = 0.8;
    private const int MinBarsInGroup = 3;
    private const int ManyBars = 16;

    /// <summary>As many names in lines as stand side by side at the width that figures are designed for.</summary>
    private const int MaxCrowdedNames = 12;

    private const float Line = 2;
    private const float Marker = 9;
    private const int Margin = 14;
    private const int FooterHeight = 14;
    private const float DesignWidth = 1000;
    private const float DesignHeight = 600;

    /// <summary>Colours that people with the common forms of colour blindness can tell apart (Okabe and Ito).</summary>
    private static readonly string[] Colours = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000", "#8C6D1F"];

    private static readonly string[] ReferenceColours = ["#555555", "#8A8A8A"];

    private static readonly MarkerShape[] Shapes =
    [
        MarkerShape.FilledCircle, MarkerShape.FilledSquare, MarkerShape.FilledTriangleUp, MarkerShape.FilledDiamond,
        MarkerShape.FilledTriangleDown, MarkerShape.OpenCircle, MarkerShape.OpenSquare, MarkerShape.OpenTriangleUp,
    ];

    /// <summary>The same shapes, hollow, for the preset whose lines are dashed.</summary>
    private static readonly MarkerShape[] PairedShapes =
    [
        MarkerShape.OpenCircle, MarkerShape.OpenSquare, MarkerShape.OpenTriangleUp, MarkerShape.OpenDiamond,
        MarkerShape.OpenTriangleDown, MarkerShape.FilledCircle, MarkerShape.FilledSquare, MarkerShape.FilledTriangleUp,
    ];

    private readonly Plot _plot = new();
    private readonly FigureModel _model;
    private readonly double _base;
    private readonly List<LineStyle> _dashed = [];

    public FigureDrawing(FigureModel model)
    {
        _model = model;
        var positive = Values().Where(v => v > 0).DefaultIfEmpty(1).Min();
        _base = model.YScale == AxisScale.Log ? Math.Floor(Math.Log10(positive)) : 0;
        Draw();
    }

    public string ToSvg(int width, int height)
    {
        // The library that writes SVG leaves dashes out: such lines get a width that no other has, and dashes by it.
        _dashed.ForEach(line => (line.Pattern, line.Width) = (LinePattern.Solid, SvgText.DashedWidth));
        using var stream = new MemoryStream();
        using (var canvas = SKSvgCanvas.Create(new SKRect(0, 0, width, height), stream))
        {
            Paint(canvas, width, height);
        }

        return SvgText.Normalise(Encoding.UTF8.GetString(stream.ToArray()));
    }

    public byte[] ToPng(int width, int height)
    {
        _dashed.ForEach(line => (line.Pattern, line.Width) = (LinePattern.Dashed, Line));
        using var surface = SKSurface.Create(new SKImageInfo(width, height));
        Paint(surface.Canvas, width, height);
        using var image = surface.Snapshot();
        using var data = image.Encode(SKEncodedImageFormat.Png, 100);
        return data.ToArray();
    }

    public void Dispose() => _plot.Dispose();

    /// <summary>A smaller figure is the same figure made smaller: lettering and lines shrink with it, so nothing collides.</summary>
    private void Paint(SKCanvas canvas, int width, int height)
    {
        var scale = Math.Clamp(Math.Min(width / DesignWidth, height / DesignHeight), 0.3f, 10f);
        canvas.Clear(SKColors.White);
        canvas.Scale(scale);
        var (right, bottom) = (width / scale, height / scale);
        var footer = _model.Note.Length > 0 ? FooterHeight : 0;
        _plot.Render(canvas, new PixelRect(Margin, right - Margin, bottom - Margin - footer, Margin));
        if (footer > 0)
        {
            using var font = new SKFont(Fonts.GetTypeface(FigureFont.Name, false, false), 11);
            using var paint = new SKPaint { Color = new SKColor(0x55, 0x55, 0x55), IsAntialias = true };
            canvas.DrawText(_model.Note, right - Margin, bottom - Margin, SKTextAlign.Right, font, paint);
        }
    }

    private void Draw()
    {
        if (_model.Bars)
        {
            DrawBars();
        }
        else
        {
            DrawLines();
        }

        DrawReferences();
        SetLimits();
        SetTicks();
        SetStyle();
    }

    private void DrawLines()
    {
        // Where both presets are shown, a colour means the same in both and the line's pattern tells them apart.
        string[] presets = [.. _model.Series.Select(s => s.Preset).Distinct()];
        var isPaired = presets.Length > 1 && _model.Series.Count > 2;
        string Kind(Series series) => isPaired ? series.Label.Replace(series.Preset, "", StringComparison.Ordinal) : series.Label;
        var kinds = _model.Series.Select(Kind).Distinct().ToList();
        foreach (var series in _model.Series)
        {
            var index = kinds.IndexOf(Kind(series));
            var colour = Color.FromHex(Colours[index % Colours.Length]);
            var points = series.Points.Where(p => p.Median is not null).ToArray();
            var xs = points.Select(p => PlaceX(p.X)).ToArray();
            var ys = points.Select(p => PlaceY(p.Median!.Value)).ToArray();
            var scatter = _plot.Add.Scatter(xs, ys, colour);
            scatter.LegendText = Label(series);
            scatter.LineWidth = Line;
            var isDashed = isPaired && series.Preset == presets[0];
            if (isDashed)
            {
                _dashed.Add(scatter.LineStyle);
            }

            scatter.MarkerShape = (isDashed ? PairedShapes : Shapes)[index % Shapes.Length];
            scatter.MarkerSize = Marker;
            DrawQuartiles(points, xs, ys, colour);
            foreach (var point in points.Where(p => p.Censored > 0 || (p.Median <= 0 && _model.YScale == AxisScale.Log)))
            {
                Annotate(point, colour);
            }
        }
    }

    private void DrawQuartiles(Point[] points, double[] xs, double[] ys, Color colour)
    {
        if (points.All(p => p.Count == 1))
        {
            return;
        }

        double[] below = [.. points.Select((p, i) => Math.Max(0, ys[i] - PlaceY(p.Low ?? p.Median!.Value)))];
        double[] above = [.. points.Select((p, i) => Math.Max(0, PlaceY(p.High ?? p.Median!.Value) - ys[i]))];
        _plot.Add.Plottable(new ScottPlot.Plottables.ErrorBar(xs, ys, xErrorsPositive: null, xErrorsNegative: null, yErrorsPositive: above, yErrorsNegative: below)
        {
            Color = colour,
            LineWidth = 1.5f,
            CapSize = 6,
        });
    }

    private void DrawBars()
    {
        var width = BarGroupWidth / Math.Max(MinBarsInGroup, _model.Series.Count);
        foreach (var (index, series) in _model.Series.Index())
        {
            var colour = Color.FromHex(Colours[index % Colours.Length]);
            var points = series.Points.Where(p => p.Median is not null).ToArray();
            var xs = points.Select(p => Place(p.X) + ((index - ((_model.Series.Count - 1) / 2.0)) * width)).ToArray();
            var ys = points.Select(p => PlaceY(p.Median!.Value)).ToArray();
            var bars = points.Select((point, i) => new Bar
            {
                Position = xs[i],
                Value = ys[i],
                ValueBase = _base,
                Size = width * 0.94,
                FillColor = colour,
                LineWidth = 0,
                Label = AxisText.Number(Significant(point.Median!.Value)) + (point.Censored > 0 ? "\n" + CutOff(point.Censored, point.Count) : ""),
            }).ToList();
            var plot = _plot.Add.Bars(bars);
            plot.LegendText = Label(series);
            plot.ValueLabelStyle.FontSize = _model.Ticks.Count * _model.Series.Count > ManyBars ? 8 : 11;
            plot.ValueLabelStyle.FontName = FigureFont.Name;
            DrawQuartiles(points, xs, ys, Colors.Black);
        }
    }

    private void DrawReferences()
    {
        foreach (var (index, reference) in _model.References.Index())
        {
            var colour = Color.FromHex(ReferenceColours[index % ReferenceColours.Length]);
            var y = PlaceY(reference.Y);
            var (from, to) = (PlaceReference(reference.FromX), PlaceReference(reference.ToX));
            if (reference.FromX == reference.ToX && !_model.Bars)
            {
                var point = _plot.Add.Scatter(from, y, colour);
                point.MarkerShape = index % 2 == 0 ? MarkerShape.Cross : MarkerShape.Eks;
                point.MarkerSize = 14;
                point.MarkerLineWidth = 2.5f;
                point.LineWidth = 0;
                point.LegendText = reference.Label;
                continue;
            }

            var edge = _model.Bars ? 0.5 : 0;
            var line = _plot.Add.Line(from - edge, y, to + edge, y);
            line.LineColor = colour;
            line.LineWidth = Line;
            _dashed.Add(line.LineStyle);
            line.MarkerSize = 0;
            line.LegendText = reference.Label;
        }
    }

    private void Annotate(Point point, Color colour)
    {
        var label = _plot.Add.Text(point.Censored > 0 ? CutOff(point.Censored, point.Count) : "0", PlaceX(point.X), PlaceY(point.High ?? point.Median!.Value));
        label.LabelFontColor = colour;
        label.LabelFontSize = 11;
        label.LabelFontName = FigureFont.Name;

        // At the ends of the axis the text would be cut by the frame.
        label.LabelAlignment = point.X == _model.Ticks[0].X ? Alignment.LowerLeft
            : point.X == _model.Ticks[^1].X ? Alignment.LowerRight
            : Alignment.LowerCenter;
        label.OffsetY = -8;
    }

    private void SetLimits()
    {
        var xs = _model.Ticks.Select(t => Place(t.X)).Concat(_model.References.SelectMany(r => new[] { PlaceReference(r.FromX), PlaceReference(r.ToX) })).ToArray();
        var pad = _model.Bars ? 0.6 : Math.Max(0.04 * (xs.Max() - xs.Min()), 1e-9);
        _plot.Axes.SetLimitsX(xs.Min() - pad, xs.Max() + pad);
        var top = Values().Select(PlaceY).DefaultIfEmpty(1).Max();
        var bottom = _model.YScale == AxisScale.Log ? _base : Math.Min(0, Values().DefaultIfEmpty(0).Min());
        _plot.Axes.SetLimitsY(bottom, bottom + (Math.Max(top - bottom, 1e-9) * (_model.Bars ? 1.16 : 1.1)));
    }

    private void SetTicks()
    {
        _plot.Axes.Bottom.TickGenerator = XTicks();
        if (_model.YScale == AxisScale.Log)
        {
            _plot.Axes.Left.TickGenerator = LogTicks(_plot.Axes.Left.Min, _plot.Axes.Left.Max);
            return;
        }

        _plot.Axes.Left.TickGenerator = new NumericAutomatic { LabelFormatter = AxisText.Number, TickDensity = 0.5 };
    }

    /// <summary>The values that were measured label the axis themselves, as long as they stand far enough apart.</summary>
    private NumericManual XTicks()
    {
        var ticks = new NumericManual();

        // Many names stand side by side only when each is broken into lines.
        var isCrowded = _model.XScale == AxisScale.Categories && _model.Ticks.Count > 4;
        string Lines(string text) => isCrowded ? text.Replace(' ', '\n') : text;
        int Width(string text) => Lines(text).Split('\n').Max(line => line.Length);
        var apart = 0.011 * (_plot.Axes.Bottom.Max - _plot.Axes.Bottom.Min);
        var labelled = new List<XTick>();
        bool Fits(XTick tick) => (isCrowded && _model.Ticks.Count <= MaxCrowdedNames) || labelled.All(l =>
            Math.Abs(Place(l.X) - Place(tick.X)) > apart * (1 + ((Width(l.Text) + Width(tick.Text)) / 2.0)));

        // The ends first: they say how far the axis goes.
        foreach (var tick in _model.Ticks.Take(1).Concat(_model.Ticks.TakeLast(1)).Concat(_model.Ticks).Distinct())
        {
            if (Fits(tick))
            {
                labelled.Add(tick);
                ticks.AddMajor(Place(tick.X), Lines(tick.Text));
            }
            else
            {
                ticks.AddMinor(Place(tick.X));
            }
        }

        return ticks;
    }

    private static NumericManual LogTicks(double min, double max)
    {
        var ticks = new NumericManual();
        var few = max - min < 3;
        for (var decade = (int)Math.Floor(min); decade <= Math.Ceiling(max); decade++)
        {
            for (var digit = 1; digit <= 9; digit++)
            {
                var value = digit * Math.Pow(10, decade);
                if (digit == 1 || (few && digit is 2 or 5))
                {
                    ticks.AddMajor(Math.Log10(value), AxisText.Number(double.Parse(value.ToString("G6", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture)));
                }
                else
                {
                    ticks.AddMinor(Math.Log10(value));
                }
            }
        }

        return ticks;
    }

    private void SetStyle()
    {
        _plot.Title(_model.Title);
        _plot.XLabel(_model.XLabel);
        _plot.YLabel(_model.YLabel);
        var titles = _plot.Axes.Title.Label;
        titles.FontSize = 16;
        titles.Bold = false;
        foreach (var axis in new IAxis[] { _plot.Axes.Bottom, _plot.Axes.Left })
        {
            axis.Label.FontSize = 14;
            axis.Label.Bold = false;
            axis.TickLabelStyle.FontSize = 12;
        }

        _plot.Grid.MajorLineColor = Colors.Black.WithAlpha(0.12);
        _plot.Grid.XAxisStyle.IsVisible = !_model.Bars;
        _plot.Axes.Right.IsVisible = false;
        _plot.Axes.Top.IsVisible = false;
        var legend = _plot.ShowLegend(Edge.Right);
        legend.Alignment = Alignment.UpperCenter;
        legend.Legend.SymbolWidth = 30;
        legend.Legend.FontSize = 12;
        legend.Legend.ShadowColor = Colors.Transparent;
        legend.Legend.OutlineColor = Colors.Transparent;
        _plot.Font.Set(FigureFont.Name);
        legend.Legend.FontName = FigureFont.Name;
    }

    private IEnumerable<double> Values() => _model.Series.SelectMany(s => s.Points)
        .SelectMany(p => new[] { p.Median, p.Low, p.High }).OfType<double>()
        .Concat(_model.References.Select(r => r.Y));

    /// <summary>Where an x value stands: bars stand side by side whatever their distance in value.</summary>
    private double Place(double x) => _model.Bars ? _model.Ticks.TakeWhile(t => t.X != x).Count() : PlaceX(x);

    private double PlaceReference(double x) => _model.Bars ? _model.Ticks.Count(t => t.X < x) : PlaceX(x);

    private double PlaceX(double x) => _model.XScale == AxisScale.Log ? Math.Log10(x) : x;

    /// <summary>On a log axis nothing stands at its floor, and says so.</summary>
    private double PlaceY(double y) => _model.YScale != AxisScale.Log ? y : y > 0 ? Math.Log10(y) : _base;

    private static double Significant(double value) =>
        double.Parse(value.ToString("G3", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);

    private static string Label(Series series) => series.CensoredShare > 0
        ? $"{series.Label} ({Percent(series.CensoredShare)} cut off)"
        : series.Label;

    private static string CutOff(int censored, int count) => $"{Percent(censored / (double)count)} cut off";

    private static string Percent(double share) => (100 * share).ToString(share < 0.1 ? "0.#" : "0", CultureInfo.InvariantCulture) + "%";
}
