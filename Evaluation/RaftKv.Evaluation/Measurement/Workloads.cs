using RaftKv.Api;

namespace RaftKv.Evaluation.Measurement;

/// <summary>What a latency measurement is asked for.</summary>
public sealed record LatencyOptions
{
    /// <summary>What to time.</summary>
    public Operation Operation { get; init; } = Operation.Put;

    /// <summary>How many operations; 0: as many as fit in <see cref="Duration"/>.</summary>
    public int Count { get; init; }

    /// <summary>How long, when <see cref="Count"/> is 0.</summary>
    public TimeSpan Duration { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Operations before the clock starts.</summary>
    public int WarmupCount { get; init; } = 20;

    /// <summary>The value's size in bytes.</summary>
    public int ValueBytes { get; init; } = 64;

    /// <summary>The coin for keys and values.</summary>
    public ulong Seed { get; init; } = 1;
}

/// <summary>What a throughput measurement is asked for.</summary>
public sealed record ThroughputOptions
{
    /// <summary>What each client repeats.</summary>
    public Operation Operation { get; init; } = Operation.Put;

    /// <summary>Closed-loop clients: each sends the next operation when the last one ended. Tasks, not threads.</summary>
    public int ClientCount { get; init; } = 10;

    /// <summary>How long.</summary>
    public TimeSpan Duration { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>The value's size in bytes.</summary>
    public int ValueBytes { get; init; } = 64;

    /// <summary>The coin for keys and values.</summary>
    public ulong Seed { get; init; } = 1;
}

/// <summary>A timed operation.</summary>
public enum Operation
{
    /// <summary>A put of a fresh value.</summary>
    Put,

    /// <summary>A linearizable get.</summary>
    Get,
}

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

    /// <summary>Operations acknowledged.</summary>
    public required long Succeeded { get; init; }

    /// <summary>Operations that certainly did not happen.</summary>
    public required long Failed { get; init; }

    /// <summary>Operations whose outcome is unknown.</summary>
    public required long Unknown { get; init; }

    /// <summary>Acknowledged operations a second.</summary>
    public required double PerSecond { get; init; }

    /// <summary>Mean time.</summary>
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
}

/// <summary>The workloads behind <c>Measure-RaftLatency</c> and <c>Measure-RaftThroughput</c>.</summary>
public static class Workloads
{
    /// <summary>One client, one operation after the other.</summary>
    public static Task<MeasurementResult> MeasureLatencyAsync(ClusterClient cluster, LatencyOptions options, IProgress<double>? progress = null, CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <summary>Many closed-loop clients at once.</summary>
    public static Task<MeasurementResult> MeasureThroughputAsync(ClusterClient cluster, ThroughputOptions options, IProgress<double>? progress = null, CancellationToken cancellationToken = default) => throw new NotImplementedException();
}
