using ScottPlot;

namespace RaftKv.Evaluation.Figures;

/// <summary>How series are told apart: by colour, shape and, where two presets share both, by dashes.</summary>
internal static class FigureStyle
{
    public const float Line = 2;
    public const float Marker = 9;

    /// <summary>Colours that people with the common forms of colour blindness can tell apart (Okabe and Ito).</summary>
    public static readonly string[] Colours = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000", "#8C6D1F"];

    public static readonly string[] ReferenceColours = ["#555555", "#8A8A8A"];

    public static readonly MarkerShape[] Shapes =
    [
        MarkerShape.FilledCircle, MarkerShape.FilledSquare, MarkerShape.FilledTriangleUp, MarkerShape.FilledDiamond,
        MarkerShape.FilledTriangleDown, MarkerShape.OpenCircle, MarkerShape.OpenSquare, MarkerShape.OpenTriangleUp,
    ];

    /// <summary>The same shapes, hollow, for the preset whose lines are dashed.</summary>
    public static readonly MarkerShape[] PairedShapes =
    [
        MarkerShape.OpenCircle, MarkerShape.OpenSquare, MarkerShape.OpenTriangleUp, MarkerShape.OpenDiamond,
        MarkerShape.OpenTriangleDown, MarkerShape.FilledCircle, MarkerShape.FilledSquare, MarkerShape.FilledTriangleUp,
    ];
}
