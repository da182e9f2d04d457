using RaftKv.Evaluation.Figures;

namespace RaftKv;

/// <summary>A figure that was drawn.</summary>
public sealed class RaftFigure
{
    /// <summary>The picture.</summary>
    public string Path { get; init; } = "";

    /// <summary>The picture again, under the name that files have it.</summary>
    public string FullName => Path;

    /// <summary>Its length in bytes.</summary>
    public long Length { get; init; }

    /// <summary>Its title.</summary>
    public string Title { get; init; } = "";

    /// <summary>The metric that it shows.</summary>
    public string Metric { get; init; } = "";

    /// <summary>The column on its x axis; empty for the number of the row.</summary>
    public string X { get; init; } = "";

    /// <summary>The labels of its series.</summary>
    public IReadOnlyList<string> Series { get; init; } = [];

    /// <summary>How many series it has.</summary>
    public int SeriesCount => Series.Count;

    /// <summary>Points of all series together.</summary>
    public int PointCount { get; init; }

    /// <summary>Rows behind them.</summary>
    public int RowCount { get; init; }

    /// <summary>Its width in pixels.</summary>
    public int Width { get; init; }

    /// <summary>Its height in pixels.</summary>
    public int Height { get; init; }

    /// <summary>The picture.</summary>
    public override string ToString() => Path;

    internal static RaftFigure From(FigureSummary summary, string path) => new()
    {
        Path = path,
        Length = new FileInfo(path).Length,
        Title = summary.Title,
        Metric = summary.Metric,
        X = summary.X,
        Series = summary.Series,
        PointCount = summary.PointCount,
        RowCount = summary.RowCount,
        Width = summary.Width,
        Height = summary.Height,
    };
}
