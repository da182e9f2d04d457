using System.Text;
using ScottPlot;
using SkiaSharp;

namespace RaftKv.Evaluation.Figures;

/// <summary>Paints a model as SVG or PNG: in one panel, or in one for each preset where one would hold too many lines.</summary>
internal sealed class FigureDrawing : IDisposable
{
    /// <summary>More lines than this cannot be followed in one panel.</summary>
    private const int MaxLinesInPanel = 10;

    private const int Margin = 14;
    private const int FooterHeight = 14;
    private const float DesignWidth = 1000;
    private const float DesignHeight = 600;

    private readonly FigurePanel[] _panels;
    private readonly string _note;

    public FigureDrawing(FigureModel model)
    {
        // Panels that are compared have the same axis.
        var height = new FigurePlaces(model).Height();
        _panels = [.. PanelsOf(model).Select(m => new FigurePanel(m, height))];
        _note = model.Note;
    }

    public string ToSvg(int width, int height)
    {
        // The library that writes SVG leaves dashes out: such lines get a width that no other has, and dashes by it.
        Dash(LinePattern.Solid, SvgText.DashedWidth);
        using var stream = new MemoryStream();
        using (var canvas = SKSvgCanvas.Create(new SKRect(0, 0, width, height), stream))
        {
            Paint(canvas, width, height);
        }

        return SvgText.Normalise(Encoding.UTF8.GetString(stream.ToArray()));
    }

    public byte[] ToPng(int width, int height)
    {
        Dash(LinePattern.Dashed, FigureStyle.Line);
        using var surface = SKSurface.Create(new SKImageInfo(width, height));
        Paint(surface.Canvas, width, height);
        using var image = surface.Snapshot();
        using var data = image.Encode(SKEncodedImageFormat.Png, 100);
        return data.ToArray();
    }

    public void Dispose() => Array.ForEach(_panels, p => p.Dispose());

    /// <summary>The whole, or its series by preset, each panel with its preset in the title instead of in every label.</summary>
    private static IEnumerable<FigureModel> PanelsOf(FigureModel model)
    {
        string[] presets = [.. model.Series.Select(s => s.Preset).Distinct()];
        return model.Bars || model.Series.Count <= MaxLinesInPanel || presets.Length == 1
            ? [model]
            : presets.Select(preset => model with
            {
                Title = $"{model.Title}, {preset}",
                Series = [.. model.Series.Where(s => s.Preset == preset).Select(s => s with { Label = WithoutPreset(s) })],
            });
    }

    private static string WithoutPreset(Series series) =>
        series.Preset.Length > 0 && series.Label.StartsWith(series.Preset + ", ", StringComparison.Ordinal) ? series.Label[(series.Preset.Length + 2)..] : series.Label;

    private void Dash(LinePattern pattern, float width)
    {
        foreach (var line in _panels.SelectMany(p => p.Dashed))
        {
            (line.Pattern, line.Width) = (pattern, width);
        }
    }

    /// <summary>A smaller figure is the same figure made smaller: lettering and lines shrink with it, so nothing collides.</summary>
    private void Paint(SKCanvas canvas, int width, int height)
    {
        var scale = Math.Clamp(Math.Min(width / DesignWidth, height / DesignHeight), 0.3f, 10f);
        canvas.Clear(SKColors.White);
        canvas.Scale(scale);
        var (right, bottom) = (width / scale, height / scale);
        var footer = _note.Length > 0 ? FooterHeight : 0;
        var panelHeight = (bottom - (2 * Margin) - footer) / _panels.Length;
        foreach (var (index, panel) in _panels.Index())
        {
            var top = Margin + (index * panelHeight);
            panel.Plot.Render(canvas, new PixelRect(Margin, right - Margin, top + panelHeight, top));
        }

        if (footer > 0)
        {
            using var font = new SKFont(Fonts.GetTypeface(FigureFont.Name, false, false), 11);
            using var paint = new SKPaint { Color = new SKColor(0x55, 0x55, 0x55), IsAntialias = true };
            canvas.DrawText(_note, right - Margin, bottom - Margin, SKTextAlign.Right, font, paint);
        }
    }
}
