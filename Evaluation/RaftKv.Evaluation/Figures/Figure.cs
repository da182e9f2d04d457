using RaftKv.Api;
using RaftKv.Evaluation.Results;

namespace RaftKv.Evaluation.Figures;

/// <summary>
/// Draws figures from tables and nothing else, so that a figure can always be drawn again. An SVG is byte for byte
/// the same for the same CSV on the same fonts.
/// </summary>
public static class Figure
{
    private const int MinPixels = 200;
    private const int MaxPixels = 10_000;
    private const int MaxHeaderChars = 1024 * 1024;

    /// <summary>Differences and squares of what is smaller still are numbers.</summary>
    private const double LargestDrawn = 1e150;

    /// <summary>Draws a CSV: a result CSV, or any table with a header. The output's extension decides: <c>.png</c> or <c>.svg</c>.</summary>
    /// <exception cref="InvalidDataException">The CSV cannot be used or holds nothing to draw; the message says what is there.</exception>
    /// <exception cref="ArgumentException">The extension is another one, the size is out of range, or a column named in the options does not exist.</exception>
    public static FigureSummary Export(string csvPath, string outputPath, FigureOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(csvPath);
        options ??= new FigureOptions();
        return Draw(() => Build(csvPath, options), outputPath, options);
    }

    /// <summary>Draws a table from elsewhere.</summary>
    /// <exception cref="InvalidDataException">It holds nothing to draw; the message says what is there.</exception>
    /// <exception cref="ArgumentException">As for a CSV.</exception>
    public static FigureSummary Export(TidyTable table, string outputPath, FigureOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(table);
        options ??= new FigureOptions();
        return Draw(() => Build(table, "The objects", options), outputPath, options);
    }

    /// <summary>The metrics and columns that a CSV has, for a choice among them.</summary>
    /// <exception cref="InvalidDataException">It is no table.</exception>
    public static (IReadOnlyList<string> Metrics, IReadOnlyList<string> Columns) ChoicesOf(string csvPath)
    {
        var table = TidyTable.Read(csvPath);
        return (new TidyFigureBuilder(table, new FigureOptions()).Metrics, table.Columns);
    }

    /// <summary>What a figure of this CSV shows, before it is drawn.</summary>
    internal static FigureModel Build(string csvPath, FigureOptions options)
    {
        if (!HasResultHeader(csvPath))
        {
            return Build(TidyTable.Read(csvPath), csvPath, options);
        }

        try
        {
            return new FigureBuilder(ResultCsv.Read(csvPath), options).Build();
        }
        catch (NothingToDrawException e)
        {
            throw new InvalidDataException($"{csvPath}: {e.Message}", e);
        }
    }

    /// <summary>What a figure of a table shows.</summary>
    internal static FigureModel Build(TidyTable table, string source, FigureOptions options)
    {
        try
        {
            return table.IsResult ? new FigureBuilder(table.ToResults(), options).Build() : new TidyFigureBuilder(table, options).Build();
        }
        catch (NothingToDrawException e)
        {
            throw new InvalidDataException($"{source}: {e.Message}", e);
        }
    }

    /// <summary>A file that is meant to be a result CSV is judged as one, with all its faults; an empty one too.</summary>
    private static bool HasResultHeader(string csvPath)
    {
        var first = FileLines.Read(csvPath, MaxHeaderChars).FirstOrDefault().Text;
        return first is null || new TidyTable(first.Split(','), []).IsResult;
    }

    private static FigureSummary Draw(Func<FigureModel> build, string outputPath, FigureOptions options)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(outputPath);
        RequireSize(options.Width, nameof(options.Width));
        RequireSize(options.Height ?? MinPixels, nameof(options.Height));
        var extension = Path.GetExtension(outputPath).ToUpperInvariant();
        if (extension is not (".PNG" or ".SVG"))
        {
            throw new ArgumentException($"A figure is written as .png or .svg, not '{Path.GetExtension(outputPath)}'.", nameof(outputPath));
        }

        var model = build();
        if (model.Series.SelectMany(s => s.Points).SelectMany(p => new[] { p.X, p.Median ?? 0, p.Low ?? 0, p.High ?? 0 }).Any(v => Math.Abs(v) > LargestDrawn))
        {
            throw new InvalidDataException($"A number of {model.Metric} or {model.XLabel} is beyond 1e150, which no axis can show.");
        }

        using var drawing = new FigureDrawing(model);
        var height = options.Height ?? drawing.UsualHeight;
        if (extension == ".SVG")
        {
            OutputFile.Write(outputPath, drawing.ToSvg(options.Width, height));
        }
        else
        {
            OutputFile.Write(outputPath, drawing.ToPng(options.Width, height));
        }

        return new FigureSummary(
            model.Title, model.Metric, model.X, [.. model.Series.Select(s => s.Label)], model.Series.Sum(s => s.Points.Count), model.RowCount, options.Width, height);
    }

    private static void RequireSize(int pixels, string name)
    {
        if (pixels is < MinPixels or > MaxPixels)
        {
            throw new ArgumentException($"{name} must be {MinPixels} to {MaxPixels} pixels, not {pixels}.", name);
        }
    }
}

/// <summary>What a figure that was drawn shows.</summary>
/// <param name="Title">Its title.</param>
/// <param name="Metric">The metric.</param>
/// <param name="X">The column on the x axis; empty for the number of the row.</param>
/// <param name="Series">The labels of the series.</param>
/// <param name="PointCount">Points of all series together.</param>
/// <param name="RowCount">Rows behind them.</param>
/// <param name="Width">Width in pixels.</param>
/// <param name="Height">Height in pixels.</param>
public sealed record FigureSummary(
    string Title, string Metric, string X, IReadOnlyList<string> Series, int PointCount, int RowCount, int Width, int Height);

/// <summary>The CSV is sound, but what was asked for is not in it.</summary>
internal sealed class NothingToDrawException(string message) : Exception(message);
