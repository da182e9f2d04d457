using RaftKv.Evaluation.Cells;

namespace RaftKv.Evaluation.Experiments;

/// <summary>The sizes of figures 4 and 5, and the limit that must be raised for them.</summary>
internal static class ValueSizes
{
    private const int Kibi = 1024;

    /// <summary>Room for a key beside the largest value.</summary>
    private const int LimitBytes = 2 * Kibi * Kibi;

    private static readonly int[] Full = [1 * Kibi, 32 * Kibi, 1024 * Kibi, 128 * Kibi, 16 * Kibi, 512 * Kibi];
    private static readonly int[] Quick = [1 * Kibi, 128 * Kibi, 1024 * Kibi];

    // The published log needs a fresh cluster for each size, whose start takes longer than the measurement.
    public static IEnumerable<Cell> Cells(ExperimentRequest request, int clientCount, TimeSpan duration, int quickTimes) =>
        from preset in request.Presets
        from servers in request.Servers([3], [31])
        from repetition in request.Times(quickTimes, preset.Options.Storage == "Json" ? 1 : 2)
        from bytes in request.Pick(Quick, Full)
        select new Cell
        {
            Preset = preset.Name,
            ServerCount = servers,
            Options = preset.Options with { MaxValueBytes = Math.Max(LimitBytes, preset.Options.MaxValueBytes) },
            ClientCount = clientCount,
            ValueBytes = bytes,
            Repetition = repetition,

            // What one size leaves in the log must not slow the next: the published one is rewritten as a whole.
            Group = preset.Options.Storage == "Json" ? $"ValueSize/{repetition}/{bytes}" : "",
            Duration = duration,
            ExpectedSec = duration.TotalSeconds + 3,
        };
}
