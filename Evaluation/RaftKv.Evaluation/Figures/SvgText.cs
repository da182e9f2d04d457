using System.Text.RegularExpressions;

namespace RaftKv.Evaluation.Figures;

/// <summary>
/// Makes an SVG that is the same each time (the library numbers its clip paths through the whole process), looks alike
/// where the drawing machine's typeface is missing, and has lines that git can compare.
/// </summary>
internal static partial class SvgText
{
    /// <summary>The width of lines that are to be dashed: no other line has it.</summary>
    public const float DashedWidth = 2.015625f;

    public static string Normalise(string svg)
    {
        var numbers = new Dictionary<string, int>(StringComparer.Ordinal);
        string Renumber(Match match)
        {
            numbers.TryAdd(match.Value, numbers.Count + 1);
            return $"cl_{numbers[match.Value]}";
        }

        var text = ClipId().Replace(svg.Replace("\r\n", "\n", StringComparison.Ordinal), Renumber);
        text = text.Replace("stroke-width=\"2.015625\"", "stroke-width=\"2\" stroke-dasharray=\"10 6\"", StringComparison.Ordinal);
        return text.Replace($"font-family=\"{FigureFont.Name}\"", $"font-family=\"{FigureFont.Name}, Verdana, sans-serif\"", StringComparison.Ordinal).TrimEnd() + "\n";
    }

    // Only inside of attributes: a title may hold the same letters, escaped quotes excluded.
    [GeneratedRegex("(?<=id=\"|url\\(#)cl_[0-9a-f]+")]
    private static partial Regex ClipId();
}
