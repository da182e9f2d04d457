namespace RaftKv.Evaluation.Figures;

/// <summary>Where values stand. Log axes are drawn by plotting logarithms: the library has linear axes only.</summary>
internal sealed class FigurePlaces
{
    /// <summary>A part of a decade below which a bar could not be seen.</summary>
    private const double LowestBar = 0.05;

    private readonly FigureModel _model;

    public FigurePlaces(FigureModel model)
    {
        _model = model;
        Values =
        [
            .. model.Series.SelectMany(s => s.Points).SelectMany(p => new[] { p.Median, p.Low, p.High }).OfType<double>(),
            .. model.References.Select(r => r.Y),
        ];
        Floor = IsLog ? Math.Floor(Math.Log10(Values.Where(v => v > 0).DefaultIfEmpty(1).Min()) - (model.Bars ? LowestBar : 0)) : 0;
    }

    /// <summary>Every value that the y axis must reach.</summary>
    public IReadOnlyList<double> Values { get; }

    /// <summary>Where bars stand on.</summary>
    public double Floor { get; }

    private bool IsLog => _model.YScale == AxisScale.Log;

    /// <summary>Where the y axis begins and ends, with room for what is written above the highest.</summary>
    public (double Bottom, double Top) Height()
    {
        var top = Values.Select(Up).DefaultIfEmpty(1).Max();
        var bottom = IsLog ? Floor : Math.Min(0, Values.DefaultIfEmpty(0).Min());
        return (bottom, bottom + (Math.Max(top - bottom, 1e-9) * (_model.Bars ? 1.16 : 1.1)));
    }

    /// <summary>Where an x value stands: bars stand side by side whatever their distance in value.</summary>
    public double Across(double x) => _model.Bars ? _model.Ticks.TakeWhile(t => t.X != x).Count() : AlongAxis(x);

    /// <summary>Where an end of a reference stands: between bars when none is at its x.</summary>
    public double AcrossReference(double x) => _model.Bars ? _model.Ticks.Count(t => t.X < x) : AlongAxis(x);

    /// <summary>Where a y value stands. On a log axis nothing stands at its floor, and says so.</summary>
    public double Up(double y) => !IsLog ? y : y > 0 ? Math.Log10(y) : Floor;

    private double AlongAxis(double x) => _model.XScale == AxisScale.Log ? Math.Log10(x) : x;
}
