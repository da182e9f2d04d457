using System.Diagnostics;
using RaftKv.Evaluation.Cells;

namespace RaftKv.Evaluation.Runs;

/// <summary>Tells how far the run is: what was expected of the rest, corrected by how the expectation held so far.</summary>
internal sealed class Pace(IProgress<ExperimentProgress>? progress, double[] expected, int reused)
{
    private readonly long _started = Stopwatch.GetTimestamp();

    public void Report(string text, int done)
    {
        var rest = expected.Skip(done).Sum();
        var past = expected.Take(done).Sum();
        var spent = Stopwatch.GetElapsedTime(_started).TotalSeconds;
        var left = past > 0 ? rest * spent / past : rest;
        var share = past + rest > 0 ? past / (past + rest) : 1;
        progress?.Report(new ExperimentProgress($"{text} ({reused + done} of {reused + expected.Length})", share, (int)Math.Ceiling(left)));
    }
}
