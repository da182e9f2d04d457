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
    private const int PanelHeight = 600;
    private const int SharedPanelHeight = 450;

    private readonly FigurePanel[] _panels;
    private readonly string _note;

    public FigureDrawing(FigureModel model)
    {
        // Panels that are compared have the same axis, and a colour means the same in all.
        var height = new FigurePlaces(model).Height();
        var kinds = model.Kinds;
        _panels = [.. PanelsOf(model, kinds).Select(m => new FigurePanel(m, height, kinds))];
        _note = model.Note;
    }

    /// <summary>The height in pixels at which lettering has its usual size in a figure 1,000 pixels wide.</summary>
    public int UsualHeight => _panels.Length == 1 ? PanelHeight : SharedPanelHeight * _panels.Length;

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
    private static IEnumerable<FigureModel> PanelsOf(FigureModel model, IReadOnlyList<string> kinds)
    {
        string[] presets = [.. model.Series.Select(s => s.Preset).Distinct()];
        return model.Bars || model.Series.Count <= MaxLinesInPanel || presets.Length == 1
            ? [model]
            : presets.Select(preset => model with
            {
                Title = $"{model.Title}, {preset}",
                Series = [.. kinds.SelectMany(k => model.Series.Where(s => s.Preset == preset && model.KindOf(s) == k)).Select(s => s with { Label = s.LabelWithoutPreset })],
            });
    }

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
        var scale = Math.Clamp(Math.Min(width / DesignWidth, height / (float)UsualHeight), 0.3f, 10f);
        canvas.Clear(SKColors.White);
        canvas.Scale(scale);
        var (right, bottom) = (width / scale, height / scale);
        var footer = _note.Length > 0 ? FooterHeight : 0;
        var panelHeight = (bottom - (2 * Margin) - footer) / _panels.Length;
        foreach (var (index, panel) in _panels.Index())
        {
            var top = Margin + (index * panelHeight);
            var place = new PixelRect(Margin, right - Margin, top + panelHeight, top);

            // The library paints a plot twice when it lays it out, which it does the first time.
            using var nowhere = new SKNoDrawCanvas((int)right, (int)bottom);
            panel.Plot.Render(nowhere, place);
            panel.Plot.Render(canvas, place);
        }

        if (footer > 0)
        {
            using var font = new SKFont(Fonts.GetTypeface(FigureFont.Name, false, false), 11);
            using var paint = new SKPaint { Color = new SKColor(0x55, 0x55, 0x55), IsAntialias = true };
            canvas.DrawText(_note, right - Margin, bottom - Margin, SKTextAlign.Right, font, paint);
        }
    }
}
