using System.Globalization;
using ScottPlot.TickGenerators;

namespace RaftKv.Evaluation.Figures;

/// <summary>The marks on the axes and which of them are labelled.</summary>
internal static class FigureTicks
{
    /// <summary>As many names in lines as stand side by side at the width that figures are designed for.</summary>
    private const int MaxCrowdedNames = 12;

    /// <summary>The values that were measured label the axis themselves, as long as they stand far enough apart.</summary>
    public static NumericManual Measured(FigureModel model, FigurePlaces places, double width)
    {
        var ticks = new NumericManual();

        // Many names stand side by side only when each is broken into lines.
        var isCrowded = model.XScale == AxisScale.Categories && model.Ticks.Count > 4;
        string Lines(string text) => isCrowded ? text.Replace(' ', '\n') : text;
        int Width(string text) => Lines(text).Split('\n').Max(line => line.Length);
        var apart = 0.011 * width;
        var labelled = new List<XTick>();
        bool Fits(XTick tick) => (isCrowded && model.Ticks.Count <= MaxCrowdedNames) || labelled.All(l =>
            Math.Abs(places.Across(l.X) - places.Across(tick.X)) > apart * (1 + ((Width(l.Text) + Width(tick.Text)) / 2.0)));

        // The ends first: they say how far the axis goes.
        foreach (var tick in model.Ticks.Take(1).Concat(model.Ticks.TakeLast(1)).Concat(model.Ticks).Distinct())
        {
            if (Fits(tick))
            {
                labelled.Add(tick);
                ticks.AddMajor(places.Across(tick.X), Lines(tick.Text));
            }
            else
            {
                ticks.AddMinor(places.Across(tick.X));
            }
        }

        return ticks;
    }

    /// <summary>Decades, and 2 and 5 between them where there are few.</summary>
    /// <param name="min">The logarithm where the axis begins.</param>
    /// <param name="max">The logarithm where it ends.</param>
    public static NumericManual Decades(double min, double max)
    {
        var ticks = new NumericManual();
        var few = max - min < 3;
        for (var decade = (int)Math.Floor(min); decade <= Math.Ceiling(max); decade++)
        {
            for (var digit = 1; digit <= 9; digit++)
            {
                var value = digit * Math.Pow(10, decade);
                if (digit == 1 || (few && digit is 2 or 5))
                {
                    ticks.AddMajor(Math.Log10(value), AxisText.Number(double.Parse(value.ToString("G6", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture)));
                }
                else
                {
                    ticks.AddMinor(Math.Log10(value));
                }
            }
        }

        return ticks;
    }
}
