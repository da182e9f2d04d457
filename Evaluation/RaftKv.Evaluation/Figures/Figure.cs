namespace RaftKv.Evaluation.Figures;

/// <summary>What a figure shows of a CSV.</summary>
public sealed record FigureOptions
{
    /// <summary>Only rows of this metric; null: the file's only metric, or the first.</summary>
    public string? Metric { get; init; }

    /// <summary>The column on the x axis; null: the column that varies.</summary>
    public string? X { get; init; }

    /// <summary>The column that separates the series; null: chosen.</summary>
    public string? Series { get; init; }

    /// <summary>The title; null: made from experiment and metric.</summary>
    public string? Title { get; init; }

    /// <summary>Width in pixels.</summary>
    public int Width { get; init; } = 1000;

    /// <summary>Height in pixels.</summary>
    public int Height { get; init; } = 600;
}

/// <summary>Draws figures from result CSVs and nothing else, so that a figure can always be drawn again.</summary>
public static class Figure
{
    /// <summary>Draws one. The output's extension decides: <c>.png</c> or <c>.svg</c>.</summary>
    /// <exception cref="InvalidDataException">The CSV cannot be used or holds nothing to draw; the message says what is there.</exception>
    public static void Export(string csvPath, string outputPath, FigureOptions? options = null) => throw new NotImplementedException();
}
