namespace RaftKv.Evaluation.Measurement;

/// <summary>What a throughput measurement is asked for.</summary>
public sealed record ThroughputOptions
{
    /// <summary>What each client repeats.</summary>
    public Operation Operation { get; init; } = Operation.Put;

    /// <summary>Closed-loop clients: each sends the next operation when the last one ended. Tasks, not threads.</summary>
    public int ClientCount { get; init; } = 10;

    /// <summary>How long.</summary>
    public TimeSpan Duration { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long the clients already work before the clock starts.</summary>
    public TimeSpan Warmup { get; init; } = TimeSpan.FromMilliseconds(250);

    /// <summary>The value's size in bytes.</summary>
    public int ValueBytes { get; init; } = 64;

    /// <summary>The coin for keys and values.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>Leaves the keys where they are, for a cluster that ends with the measurement.</summary>
    public bool KeepKeys { get; init; }
}
