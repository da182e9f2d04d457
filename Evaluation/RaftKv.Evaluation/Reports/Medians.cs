using RaftKv.Evaluation.Figures;
using RaftKv.Evaluation.Results;

namespace RaftKv.Evaluation.Reports;

/// <summary>Medians of one metric, by whatever names the points. A repetition that was cut off counts as endless.</summary>
internal sealed class Medians(IEnumerable<ResultRow> rows, string metric)
{
    private readonly ResultRow[] _rows = [.. rows.Where(r => r.Metric == metric)];

    /// <summary>The median for each key, by rising key.</summary>
    public IReadOnlyList<(double Key, double Median)> By(Func<ResultRow, double?> key) =>
    [
        .. _rows.Where(r => key(r) is not null).GroupBy(r => key(r)!.Value).OrderBy(g => g.Key)
            .Select(g => (g.Key, At(g, 0.5))),
    ];

    /// <summary>The mean for each key, by rising key; infinite when a repetition was cut off.</summary>
    public IReadOnlyList<(double Key, double Mean)> MeansBy(Func<ResultRow, double?> key) =>
    [
        .. _rows.Where(r => key(r) is not null).GroupBy(r => key(r)!.Value).OrderBy(g => g.Key)
            .Select(g => (g.Key, g.Average(r => r.Value ?? double.PositiveInfinity))),
    ];

    /// <summary>Only rows of which this holds.</summary>
    public Medians Where(Func<ResultRow, bool> holds) => new(_rows.Where(holds), metric);

    /// <summary>A quantile of all rows; infinite when it was cut off, not a number when there is none.</summary>
    public double Quantile(double share) => At(_rows, share);

    /// <summary>Largest over smallest median.</summary>
    public static double Spread(IReadOnlyList<(double Key, double Median)> points) =>
        points.Count == 0 ? double.NaN : points.Max(p => p.Median) / points.Min(p => p.Median);

    /// <summary>How well a straight line through all points explains them.</summary>
    public static double RSquared(IReadOnlyList<(double Key, double Median)> points)
    {
        if (points.Count < 3)
        {
            return double.NaN;
        }

        var meanX = points.Average(p => p.Key);
        var meanY = points.Average(p => p.Median);
        var covariance = points.Sum(p => (p.Key - meanX) * (p.Median - meanY));
        var varianceX = points.Sum(p => Math.Pow(p.Key - meanX, 2));
        var varianceY = points.Sum(p => Math.Pow(p.Median - meanY, 2));
        return covariance * covariance / (varianceX * varianceY);
    }

    private static double At(IEnumerable<ResultRow> rows, double share)
    {
        double[] values = [.. rows.Select(r => r.Value ?? double.PositiveInfinity).Order()];
        if (values.Length == 0)
        {
            return double.NaN;
        }

        var value = AxisText.Quantile(values, share);
        return double.IsNaN(value) ? double.PositiveInfinity : value;
    }
}
