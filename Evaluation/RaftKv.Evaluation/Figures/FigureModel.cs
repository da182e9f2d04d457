namespace RaftKv.Evaluation.Figures;

/// <summary>How positions on an axis follow from values.</summary>
internal enum AxisScale
{
    /// <summary>Evenly.</summary>
    Linear,

    /// <summary>By the logarithm: the values span two decades.</summary>
    Log,

    /// <summary>One place a value, in the order of appearance: names, not numbers.</summary>
    Categories,
}

/// <summary>What a figure shows, without how it is painted: what tests look at.</summary>
internal sealed record FigureModel
{
    public required string Title { get; init; }

    /// <summary>What the points and bars are, in a line below the title; empty when there is nothing to say.</summary>
    public string Note { get; init; } = "";

    public required string XLabel { get; init; }

    public required string YLabel { get; init; }

    public required AxisScale XScale { get; init; }

    /// <summary>Linear or log.</summary>
    public required AxisScale YScale { get; init; }

    /// <summary>Grouped bars instead of lines with markers.</summary>
    public required bool Bars { get; init; }

    /// <summary>The x values that occur, in their order, with their texts. Under categories X is the index.</summary>
    public required IReadOnlyList<XTick> Ticks { get; init; }

    public required IReadOnlyList<Series> Series { get; init; }

    public IReadOnlyList<Reference> References { get; init; } = [];

    /// <summary>The metric by its name in the table.</summary>
    public string Metric { get; init; } = "";

    /// <summary>The column on the x axis; empty for the number of the row.</summary>
    public string X { get; init; } = "";

    /// <summary>How many rows are drawn.</summary>
    public int RowCount { get; init; }

    /// <summary>Whether presets are told apart by the line's pattern, so that a colour means the same in both.</summary>
    public bool IsPaired => Series.Count > 2 && Series.Select(s => s.Preset).Distinct().Count() > 1;

    /// <summary>What colours and shapes stand for, in the order in which they are given out.</summary>
    public IReadOnlyList<string> Kinds => [.. Series.Select(KindOf).Distinct()];

    /// <summary>What the colour of a series stands for.</summary>
    public string KindOf(Series series) => IsPaired ? series.LabelWithoutPreset : series.Label;
}

/// <summary>A place on the x axis.</summary>
internal sealed record XTick(double X, string Text);

/// <summary>Points that belong together.</summary>
internal sealed record Series(string Label, IReadOnlyList<Point> Points)
{
    /// <summary>The preset that all its rows have, or empty: series of one preset share a line pattern.</summary>
    public string Preset { get; init; } = "";

    /// <summary>The label, less the preset that it may begin with.</summary>
    public string LabelWithoutPreset =>
        Preset.Length > 0 && Label.StartsWith(Preset + ", ", StringComparison.Ordinal) ? Label[(Preset.Length + 2)..] : Label;

    /// <summary>The share of repetitions that were cut off, over all points.</summary>
    public double CensoredShare => Points.Sum(p => p.Censored) / (double)Math.Max(1, Points.Sum(p => p.Count));
}

/// <summary>One x of one series.</summary>
/// <param name="X">Where.</param>
/// <param name="Median">The median over the repetitions; null when more than half of them were cut off without a value.</param>
/// <param name="Low">The lower quartile.</param>
/// <param name="High">The upper quartile; null when it was cut off.</param>
/// <param name="Count">Repetitions.</param>
/// <param name="Censored">Repetitions that were cut off or whose outcome is unknown.</param>
internal sealed record Point(double X, double? Median, double? Low, double? High, int Count, int Censored);

/// <summary>What the paper's text states, from one x to another (equal: a point).</summary>
internal sealed record Reference(string Label, double FromX, double ToX, double Y);
