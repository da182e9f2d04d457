namespace RaftKv.Evaluation.Figures;

/// <summary>What a figure shows of a CSV.</summary>
public sealed record FigureOptions
{
    /// <summary>
    /// Only rows of this metric; null: the file's only metric, or the first. The common beginning of quantile metrics,
    /// for example <c>PutLatency</c>, draws all its quantiles side by side.
    /// </summary>
    public string? Metric { get; init; }

    /// <summary>The column on the x axis; null: the column that varies.</summary>
    public string? X { get; init; }

    /// <summary>The column that separates the series; null: chosen.</summary>
    public string? Series { get; init; }

    /// <summary>The title; null: made from experiment and metric.</summary>
    public string? Title { get; init; }

    /// <summary>Width in pixels.</summary>
    public int Width { get; init; } = 1000;

    /// <summary>Height in pixels; null: as high as its panels need, 600 for one and 450 for each of several.</summary>
    public int? Height { get; init; }
}
