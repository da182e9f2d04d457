using System.Text;
using RaftKv.Evaluation.Results;

namespace RaftKv.Evaluation.Figures;

/// <summary>
/// Draws figures from result CSVs and nothing else, so that a figure can always be drawn again. An SVG is byte for byte
/// the same for the same CSV on the same fonts.
/// </summary>
public static class Figure
{
    private const int MinPixels = 200;
    private const int MaxPixels = 10_000;

    /// <summary>Draws one. The output's extension decides: <c>.png</c> or <c>.svg</c>.</summary>
    /// <exception cref="InvalidDataException">The CSV cannot be used or holds nothing to draw; the message says what is there.</exception>
    /// <exception cref="ArgumentException">The extension is another one, the size is out of range, or a column named in the options does not exist.</exception>
    public static void Export(string csvPath, string outputPath, FigureOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(csvPath);
        ArgumentException.ThrowIfNullOrWhiteSpace(outputPath);
        options ??= new FigureOptions();
        RequireSize(options.Width, nameof(options.Width));
        RequireSize(options.Height ?? MinPixels, nameof(options.Height));
        var extension = Path.GetExtension(outputPath).ToUpperInvariant();
        if (extension is not (".PNG" or ".SVG"))
        {
            throw new ArgumentException($"A figure is written as .png or .svg, not '{Path.GetExtension(outputPath)}'.", nameof(outputPath));
        }

        var model = Build(csvPath, options);
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(outputPath))!);
        using var drawing = new FigureDrawing(model);
        var height = options.Height ?? drawing.UsualHeight;
        if (extension == ".SVG")
        {
            File.WriteAllText(outputPath, drawing.ToSvg(options.Width, height), new UTF8Encoding(false));
        }
        else
        {
            File.WriteAllBytes(outputPath, drawing.ToPng(options.Width, height));
        }
    }

    /// <summary>What a figure of this CSV shows, before it is drawn.</summary>
    internal static FigureModel Build(string csvPath, FigureOptions options)
    {
        try
        {
            return new FigureBuilder(ResultCsv.Read(csvPath), options).Build();
        }
        catch (NothingToDrawException e)
        {
            throw new InvalidDataException($"{csvPath}: {e.Message}", e);
        }
    }

    private static void RequireSize(int pixels, string name)
    {
        if (pixels is < MinPixels or > MaxPixels)
        {
            throw new ArgumentException($"{name} must be {MinPixels} to {MaxPixels} pixels, not {pixels}.", name);
        }
    }
}

/// <summary>The CSV is sound, but what was asked for is not in it.</summary>
internal sealed class NothingToDrawException(string message) : Exception(message);
