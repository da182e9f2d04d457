namespace RaftKv.Evaluation.Measurement;

/// <summary>What a measurement found. Times are in milliseconds, from an HDR histogram (3 digits).</summary>
public sealed record MeasurementResult
{
    /// <summary>What was timed.</summary>
    public required Operation Operation { get; init; }

    /// <summary>How many clients worked at once.</summary>
    public required int ClientCount { get; init; }

    /// <summary>The value's size in bytes.</summary>
    public required int ValueBytes { get; init; }

    /// <summary>How long it took.</summary>
    public required TimeSpan Elapsed { get; init; }

    /// <summary>Operations acknowledged while the clock ran.</summary>
    public required long Succeeded { get; init; }

    /// <summary>Operations that certainly did not happen.</summary>
    public required long Failed { get; init; }

    /// <summary>Operations whose outcome is unknown.</summary>
    public required long Unknown { get; init; }

    /// <summary>Acknowledged operations a second.</summary>
    public required double PerSecond { get; init; }

    /// <summary>Mean time; the times are 0 when nothing succeeded.</summary>
    public required double MeanMs { get; init; }

    /// <summary>Half were at most this.</summary>
    public required double P50Ms { get; init; }

    /// <summary>90% were at most this.</summary>
    public required double P90Ms { get; init; }

    /// <summary>99% were at most this.</summary>
    public required double P99Ms { get; init; }

    /// <summary>The slowest.</summary>
    public required double MaxMs { get; init; }

    /// <summary>The measuring process' share of one core, in percent.</summary>
    public required double ClientCpuPercent { get; init; }

    /// <summary>Other processes' share of all cores' time, in percent; null where the system does not tell. The cluster's own processes are not others.</summary>
    public double? OtherCpuPercent { get; init; }

    /// <summary>Why the first operation that did not succeed failed; null when all succeeded.</summary>
    public string? FirstFailure { get; init; }

    /// <summary>What the keys begin with that could not be removed at the end; empty when none is left.</summary>
    public string LeftPrefix { get; init; } = "";
}
