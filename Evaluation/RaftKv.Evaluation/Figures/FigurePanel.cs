using System.Globalization;
using ScottPlot;
using ScottPlot.TickGenerators;

namespace RaftKv.Evaluation.Figures;

/// <summary>Turns a model into one plot of ScottPlot.</summary>
internal sealed class FigurePanel : IDisposable
{
    private const double BarGroupWidth = 0.8;
    private const int MinBarsInGroup = 3;
    private const int ManyBars = 16;

    private readonly FigureModel _model;
    private readonly FigurePlaces _places;
    private readonly (double Bottom, double Top) _height;
    private readonly IReadOnlyList<string> _kinds;

    /// <param name="model">What to draw.</param>
    /// <param name="height">Where the y axis begins and ends.</param>
    /// <param name="kinds">What colours and shapes stand for, in all panels of the figure.</param>
    public FigurePanel(FigureModel model, (double Bottom, double Top) height, IReadOnlyList<string> kinds)
    {
        _model = model;
        _places = new FigurePlaces(model);
        _height = height;
        _kinds = kinds;

        // It would make the whole canvas transparent: other panels, and in an SVG black margins.
        Plot.RenderManager.RenderActions.RemoveAll(a => a is ScottPlot.Rendering.RenderActions.ClearCanvas);
        Draw();
    }

    public Plot Plot { get; } = new();

    /// <summary>The lines that are dashed: how, the painter of each format knows.</summary>
    public List<LineStyle> Dashed { get; } = [];

    public void Dispose() => Plot.Dispose();

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
        foreach (var series in _model.Series)
        {
            var index = _kinds.TakeWhile(k => k != _model.KindOf(series)).Count();
            var colour = Color.FromHex(FigureStyle.Colours[index % FigureStyle.Colours.Length]);
            var points = series.Points.Where(p => p.Median is not null).ToArray();
            var xs = points.Select(p => _places.Across(p.X)).ToArray();
            var ys = points.Select(p => _places.Up(p.Median!.Value)).ToArray();
            var scatter = Plot.Add.Scatter(xs, ys, colour);
            scatter.LegendText = Label(series);
            scatter.LineWidth = FigureStyle.Line;
            var isDashed = _model.IsPaired && series.Preset == _model.Series[0].Preset;
            if (isDashed)
            {
                Dashed.Add(scatter.LineStyle);
            }

            scatter.MarkerShape = (isDashed ? FigureStyle.PairedShapes : FigureStyle.Shapes)[index % FigureStyle.Shapes.Length];
            scatter.MarkerSize = FigureStyle.Marker;
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

        double[] below = [.. points.Select((p, i) => Math.Max(0, ys[i] - _places.Up(p.Low ?? p.Median!.Value)))];
        double[] above = [.. points.Select((p, i) => Math.Max(0, _places.Up(p.High ?? p.Median!.Value) - ys[i]))];
        Plot.Add.Plottable(new ScottPlot.Plottables.ErrorBar(xs, ys, xErrorsPositive: null, xErrorsNegative: null, yErrorsPositive: above, yErrorsNegative: below)
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
            var colour = Color.FromHex(FigureStyle.Colours[index % FigureStyle.Colours.Length]);
            var points = series.Points.Where(p => p.Median is not null).ToArray();
            var xs = points.Select(p => _places.Across(p.X) + ((index - ((_model.Series.Count - 1) / 2.0)) * width)).ToArray();
            var ys = points.Select(p => _places.Up(p.Median!.Value)).ToArray();
            var bars = points.Select((point, i) => new Bar
            {
                Position = xs[i],
                Value = ys[i],
                ValueBase = _places.Floor,
                Size = width * 0.94,
                FillColor = colour,
                LineWidth = 0,
            }).ToList();
            Plot.Add.Bars(bars).LegendText = Label(series);
            DrawQuartiles(points, xs, ys, Colors.Black);
            foreach (var (i, point) in points.Index())
            {
                WriteAbove(point, xs[i]);
            }
        }
    }

    /// <summary>The value of a bar, above its quartiles.</summary>
    private void WriteAbove(Point point, double x)
    {
        var isCrowded = _model.Ticks.Count * _model.Series.Count > ManyBars;
        var value = Significant(point.Median!.Value);
        var number = isCrowded && value >= 1000 ? AxisText.Number(value / 1000) + "k" : AxisText.Number(value);
        var label = Plot.Add.Text(number + (point.Censored > 0 ? "\n" + CutOff(point.Censored, point.Count) : ""), x, _places.Up(point.High ?? point.Median.Value));
        label.LabelFontSize = isCrowded ? 8 : 11;
        label.LabelFontName = FigureFont.Name;
        label.LabelAlignment = Alignment.LowerCenter;
        label.OffsetY = -3;
    }

    private void DrawReferences()
    {
        foreach (var (index, reference) in _model.References.Index())
        {
            var colour = Color.FromHex(FigureStyle.ReferenceColours[index % FigureStyle.ReferenceColours.Length]);
            var y = _places.Up(reference.Y);
            var (from, to) = (_places.AcrossReference(reference.FromX), _places.AcrossReference(reference.ToX));
            if (reference.FromX == reference.ToX && !_model.Bars)
            {
                var point = Plot.Add.Scatter(from, y, colour);
                point.MarkerShape = index % 2 == 0 ? MarkerShape.Cross : MarkerShape.Eks;
                point.MarkerSize = 14;
                point.MarkerLineWidth = 2.5f;
                point.LineWidth = 0;
                point.LegendText = reference.Label;
                continue;
            }

            var edge = _model.Bars ? 0.5 : 0;
            var line = Plot.Add.Line(from - edge, y, to + edge, y);
            line.LineColor = colour;
            line.LineWidth = FigureStyle.Line;
            Dashed.Add(line.LineStyle);
            line.MarkerSize = 0;
            line.LegendText = reference.Label;
        }
    }

    private void Annotate(Point point, Color colour)
    {
        var label = Plot.Add.Text(point.Censored > 0 ? CutOff(point.Censored, point.Count) : "0", _places.Across(point.X), _places.Up(point.High ?? point.Median!.Value));
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
        var xs = _model.Ticks.Select(t => _places.Across(t.X)).Concat(_model.References.SelectMany(r => new[] { _places.AcrossReference(r.FromX), _places.AcrossReference(r.ToX) })).ToArray();
        var pad = _model.Bars ? 0.6 : Math.Max(0.04 * (xs.Max() - xs.Min()), 1e-9);
        Plot.Axes.SetLimitsX(xs.Min() - pad, xs.Max() + pad);
        var (bottom, top) = _height;
        Plot.Axes.SetLimitsY(bottom, top);
    }

    private void SetTicks()
    {
        Plot.Axes.Bottom.TickGenerator = FigureTicks.Measured(_model, _places, Plot.Axes.Bottom.Max - Plot.Axes.Bottom.Min);
        if (_model.YScale == AxisScale.Log)
        {
            Plot.Axes.Left.TickGenerator = FigureTicks.Decades(Plot.Axes.Left.Min, Plot.Axes.Left.Max);
            return;
        }

        Plot.Axes.Left.TickGenerator = new NumericAutomatic { LabelFormatter = AxisText.Number, TickDensity = 0.5 };
    }

    private void SetStyle()
    {
        Plot.Title(_model.Title);
        Plot.XLabel(_model.XLabel);
        Plot.YLabel(_model.YLabel);
        var titles = Plot.Axes.Title.Label;
        titles.FontSize = 16;
        titles.Bold = false;
        foreach (var axis in new IAxis[] { Plot.Axes.Bottom, Plot.Axes.Left })
        {
            axis.Label.FontSize = 14;
            axis.Label.Bold = false;
            axis.TickLabelStyle.FontSize = 12;
        }

        Plot.Grid.MajorLineColor = Colors.Black.WithAlpha(0.12);
        Plot.Grid.XAxisStyle.IsVisible = !_model.Bars;
        Plot.Axes.Right.IsVisible = false;
        Plot.Axes.Top.IsVisible = false;
        var legend = Plot.ShowLegend(Edge.Right);
        legend.Alignment = Alignment.UpperCenter;
        legend.Legend.SymbolWidth = 30;
        legend.Legend.FontSize = 12;
        legend.Legend.ShadowColor = Colors.Transparent;
        legend.Legend.OutlineColor = Colors.Transparent;
        Plot.Font.Set(FigureFont.Name);
        legend.Legend.FontName = FigureFont.Name;
    }

    private static double Significant(double value) =>
        double.Parse(value.ToString("G3", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);

    private static string Label(Series series) => series.CensoredShare > 0
        ? $"{series.Label} ({Percent(series.CensoredShare)} cut off)"
        : series.Label;

    private static string CutOff(int censored, int count) => $"{Percent(censored / (double)count)} cut off";

    private static string Percent(double share) => (100 * share).ToString(share < 0.1 ? "0.#" : "0", CultureInfo.InvariantCulture) + "%";
}
