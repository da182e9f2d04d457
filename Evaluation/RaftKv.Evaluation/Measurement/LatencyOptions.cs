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

    /// <summary>Operations before the clock starts, but no more than fit into 2 s: fresh processes still compile their code.</summary>
    public int WarmupCount { get; init; } = 1000;

    /// <summary>The value's size in bytes.</summary>
    public int ValueBytes { get; init; } = 64;

    /// <summary>The coin for keys and values.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>Leaves the keys where they are, for a cluster that ends with the measurement.</summary>
    public bool KeepKeys { get; init; }
}
