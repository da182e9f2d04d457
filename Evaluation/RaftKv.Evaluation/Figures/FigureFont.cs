using ScottPlot;
using SkiaSharp;

namespace RaftKv.Evaluation.Figures;

/// <summary>The typeface of all figures: the first of a fixed list that this machine has, so that equal machines draw equally.</summary>
internal static class FigureFont
{
    private static readonly string[] Wanted = ["DejaVu Sans", "Liberation Sans", "Noto Sans", "Arial", "Helvetica", "Segoe UI"];

    /// <summary>The family's name.</summary>
    public static string Name { get; } = Wanted.FirstOrDefault(Exists) ?? Fonts.Default;

    private static bool Exists(string family)
    {
        using var typeface = SKFontManager.Default.MatchFamily(family);
        return typeface is not null && typeface.FamilyName.Equals(family, StringComparison.OrdinalIgnoreCase);
    }
}
