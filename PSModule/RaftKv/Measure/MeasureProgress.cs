using System.Diagnostics;
using RaftKv.Base;

namespace RaftKv.Commands;

/// <summary>Shows how far a measurement is and how long it will take.</summary>
internal sealed class MeasureProgress : IProgress<double>
{
    private readonly Feedback? _feedback = Feedback.Current;
    private readonly long _started = Stopwatch.GetTimestamp();
    private readonly string _activity;

    public MeasureProgress(string activity) => _activity = activity;

    public void Report(double value)
    {
        double elapsed = Stopwatch.GetElapsedTime(_started).TotalSeconds;
        int left = value > 0 ? (int)Math.Ceiling((elapsed / value) - elapsed) : -1;
        _feedback?.Progress(_activity, FormattableString.Invariant($"{value:0%}"), value, left);
    }
}
