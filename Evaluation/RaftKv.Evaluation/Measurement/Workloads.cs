using RaftKv.Api;
using RaftKv.Api.Clients;

namespace RaftKv.Evaluation.Measurement;

/// <summary>The workloads behind <c>Measure-RaftLatency</c> and <c>Measure-RaftThroughput</c>.</summary>
/// <remarks>
/// They write below a prefix of their own in <c>raftkv-measure/</c>, at most 64 MiB in all, and remove it at the end.
/// </remarks>
public static class Workloads
{
    private const int MaxValueBytes = 32 * 1024 * 1024;
    private const int MaxClients = 100_000;
    private static readonly TimeSpan MaxDuration = TimeSpan.FromDays(1);

    /// <summary>One client, one operation after the other.</summary>
    /// <exception cref="ArgumentException">An option makes no sense; the message names all that do not.</exception>
    /// <exception cref="RaftKvException">The session cannot be opened, or no operation of this kind can ever succeed (for example ValueTooLarge).</exception>
    public static Task<MeasurementResult> MeasureLatencyAsync(ClusterClient cluster, LatencyOptions options, IProgress<double>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(cluster);
        ArgumentNullException.ThrowIfNull(options);
        return MeasureLatencyAsync(() => new ClusterOperations(cluster.CreateKvClient()), options, progress, cancellationToken, ProcessesOf(cluster), remove: Remover(cluster, options.KeepKeys));
    }

    /// <summary>Many closed-loop clients at once.</summary>
    /// <exception cref="ArgumentException">An option makes no sense; the message names all that do not.</exception>
    /// <exception cref="RaftKvException">A session cannot be opened, or no operation of this kind can ever succeed (for example ValueTooLarge).</exception>
    public static Task<MeasurementResult> MeasureThroughputAsync(ClusterClient cluster, ThroughputOptions options, IProgress<double>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(cluster);
        ArgumentNullException.ThrowIfNull(options);
        return MeasureThroughputAsync(() => new ClusterOperations(cluster.CreateKvClient()), options, progress, cancellationToken, ProcessesOf(cluster), remove: Remover(cluster, options.KeepKeys));
    }

    internal static Task<MeasurementResult> MeasureLatencyAsync(Func<IKvOperations> connect, LatencyOptions options, IProgress<double>? progress, CancellationToken cancellationToken, int[]? clusterProcesses = null, TimeProvider? time = null, Func<string, Task<bool>>? remove = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        Validate(
            nameof(options),
            (options.Count is >= 0 and <= 100_000_000, $"Count must be 0 to 100000000, not {options.Count}"),
            (options.Count > 0 || IsDuration(options.Duration), $"Duration must be above 0 and at most a day, not {options.Duration}"),
            (options.WarmupCount is >= 0 and <= 1_000_000, $"WarmupCount must be 0 to 1000000, not {options.WarmupCount}"),
            CheckValueBytes(options.ValueBytes),
            CheckOperation(options.Operation));
        return new ClosedLoop
        {
            Operation = options.Operation,
            ClientCount = 1,
            ValueBytes = options.ValueBytes,
            Seed = options.Seed,
            Count = options.Count,
            Duration = options.Duration,
            WarmupCount = options.WarmupCount,
            Progress = progress,
            ClusterProcesses = clusterProcesses ?? [],
            Time = time ?? TimeProvider.System,
            Remove = remove,
        }.RunAsync(connect, cancellationToken);
    }

    internal static Task<MeasurementResult> MeasureThroughputAsync(Func<IKvOperations> connect, ThroughputOptions options, IProgress<double>? progress, CancellationToken cancellationToken, int[]? clusterProcesses = null, TimeProvider? time = null, Func<string, Task<bool>>? remove = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        Validate(
            nameof(options),
            (options.ClientCount is >= 1 and <= MaxClients, $"ClientCount must be 1 to {MaxClients}, not {options.ClientCount}"),
            (IsDuration(options.Duration), $"Duration must be above 0 and at most a day, not {options.Duration}"),
            (options.Warmup == TimeSpan.Zero || IsDuration(options.Warmup), $"Warmup must be 0 to a day, not {options.Warmup}"),
            CheckValueBytes(options.ValueBytes),
            CheckOperation(options.Operation));
        return new ClosedLoop
        {
            Operation = options.Operation,
            ClientCount = options.ClientCount,
            ValueBytes = options.ValueBytes,
            Seed = options.Seed,
            Duration = options.Duration,
            Warmup = options.Warmup,
            Progress = progress,
            ClusterProcesses = clusterProcesses ?? [],
            Time = time ?? TimeProvider.System,
            Remove = remove,
        }.RunAsync(connect, cancellationToken);
    }

    private static Func<string, Task<bool>>? Remover(ClusterClient cluster, bool keepKeys) =>
        keepKeys ? null : prefix => MeasurementKeys.RemoveAsync(cluster, prefix);

    private static int[] ProcessesOf(ClusterClient cluster) => [.. cluster.Spec.Agents.Select(a => a.ProcessId).Where(id => id > 0)];

    private static bool IsDuration(TimeSpan duration) => duration > TimeSpan.Zero && duration <= MaxDuration;

    private static (bool Holds, string Otherwise) CheckValueBytes(int bytes) =>
        (bytes is >= 0 and <= MaxValueBytes, $"ValueBytes must be 0 to {MaxValueBytes}, not {bytes}");

    private static (bool Holds, string Otherwise) CheckOperation(Operation operation) =>
        (Enum.IsDefined(operation), $"Operation {(int)operation} is unknown");

    private static void Validate(string parameter, params ReadOnlySpan<(bool Holds, string Otherwise)> rules)
    {
        var faults = new List<string>();
        foreach (var (holds, otherwise) in rules)
        {
            if (!holds)
            {
                faults.Add(otherwise);
            }
        }

        if (faults.Count > 0)
        {
            throw new ArgumentException(string.Join("; ", faults) + ".", parameter);
        }
    }
}
