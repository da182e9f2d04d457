using RaftKv.Evaluation.Measurement;

namespace RaftKv;

/// <summary>What is timed.</summary>
public enum RaftOperation
{
    /// <summary>A put of a fresh value.</summary>
    Put,

    /// <summary>A linearizable get.</summary>
    Get,
}

/// <summary>What a measurement found. Times are in milliseconds.</summary>
public sealed class RaftMeasurement
{
    /// <summary>What was timed.</summary>
    public RaftOperation Operation { get; init; }

    /// <summary>How many clients worked at once.</summary>
    public int ClientCount { get; init; }

    /// <summary>The value's size in bytes.</summary>
    public int ValueBytes { get; init; }

    /// <summary>How long it took.</summary>
    public TimeSpan Elapsed { get; init; }

    /// <summary>Operations acknowledged.</summary>
    public long Succeeded { get; init; }

    /// <summary>Operations that certainly did not happen.</summary>
    public long Failed { get; init; }

    /// <summary>Operations whose outcome is unknown.</summary>
    public long Unknown { get; init; }

    /// <summary>Acknowledged operations a second.</summary>
    public double PerSecond { get; init; }

    /// <summary>Mean time.</summary>
    public double MeanMs { get; init; }

    /// <summary>Half were at most this.</summary>
    public double P50Ms { get; init; }

    /// <summary>90% were at most this.</summary>
    public double P90Ms { get; init; }

    /// <summary>99% were at most this.</summary>
    public double P99Ms { get; init; }

    /// <summary>The slowest.</summary>
    public double MaxMs { get; init; }

    /// <summary>The measuring process' share of one core, in percent.</summary>
    public double ClientCpuPercent { get; init; }

    /// <summary>The CSV it was written to, or null.</summary>
    public string? Path { get; init; }

    /// <summary>Its cluster.</summary>
    public RaftCluster? Cluster { get; init; }

    internal static RaftMeasurement From(MeasurementResult result, RaftCluster cluster, string? path) => new()
    {
        Operation = result.Operation == Evaluation.Measurement.Operation.Get ? RaftOperation.Get : RaftOperation.Put,
        ClientCount = result.ClientCount,
        ValueBytes = result.ValueBytes,
        Elapsed = result.Elapsed,
        Succeeded = result.Succeeded,
        Failed = result.Failed,
        Unknown = result.Unknown,
        PerSecond = Math.Round(result.PerSecond, 1),
        MeanMs = result.MeanMs,
        P50Ms = result.P50Ms,
        P90Ms = result.P90Ms,
        P99Ms = result.P99Ms,
        MaxMs = result.MaxMs,
        ClientCpuPercent = result.ClientCpuPercent,
        Path = path,
        Cluster = cluster,
    };
}
