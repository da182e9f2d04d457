using System.Globalization;
using RaftKv.Api.Clusters;
using RaftKv.Evaluation.Results;

namespace RaftKv.Evaluation.Measurement;

/// <summary>What a measurement's rows say besides its numbers: where, with what, as part of which experiment.</summary>
public sealed record MeasurementContext
{
    /// <summary>Groups the rows of one run.</summary>
    public string RunId { get; init; } = NewRunId();

    /// <summary>When it was measured.</summary>
    public DateTimeOffset UtcTime { get; init; } = DateTimeOffset.UtcNow;

    /// <summary>The experiment's name.</summary>
    public required string Experiment { get; init; }

    /// <summary>The paper's figure number, or empty.</summary>
    public string Figure { get; init; } = "";

    /// <summary>The preset.</summary>
    public string Preset { get; init; } = "";

    /// <summary>Quick, Full or Quickstart; empty for a measurement by hand.</summary>
    public string Scale { get; init; } = "";

    /// <summary>Servers in the cluster.</summary>
    public int? ServerCount { get; init; }

    /// <summary>Servers alive; null: not looked at.</summary>
    public int? AliveCount { get; init; }

    /// <summary>From 1.</summary>
    public int? Repetition { get; init; }

    /// <summary>The coin.</summary>
    public ulong? Seed { get; init; }

    /// <summary>The effective options, as <c>name=value;...</c>.</summary>
    public string Options { get; init; } = "";

    /// <summary>The lower election timeout.</summary>
    public double? ElectionTimeoutLowerMs { get; init; }

    /// <summary>The upper election timeout.</summary>
    public double? ElectionTimeoutUpperMs { get; init; }

    /// <summary>The delay injected into the cluster's links, one way; of links that differ, the longest. Null: none.</summary>
    public double? OneWayDelayMs { get; init; }

    /// <summary>The node's build.</summary>
    public string NodeBuild { get; init; } = "";

    /// <summary>Other processes' share of the CPU; null: as the measurement itself saw it.</summary>
    public double? OtherCpuPercent { get; init; }

    /// <summary>A context filled from a cluster's specification.</summary>
    public static MeasurementContext For(ClusterSpec cluster, string experiment)
    {
        ArgumentNullException.ThrowIfNull(cluster);
        return new MeasurementContext
        {
            Experiment = experiment,
            Preset = cluster.Preset,
            ServerCount = cluster.Servers.Count,
            ElectionTimeoutLowerMs = cluster.Options.ElectionTimeoutLowerMs,
            ElectionTimeoutUpperMs = cluster.Options.ElectionTimeoutUpperMs,
            Options = Describe(cluster.Options),
        };
    }

    /// <summary>A run's id: its start in UTC and four random digits, so that ids sort by time.</summary>
    public static string NewRunId() =>
        string.Create(CultureInfo.InvariantCulture, $"{DateTime.UtcNow:yyyyMMdd'T'HHmmss}-{Random.Shared.Next(0x10000):x4}");

    /// <summary>All effective options as <c>name=value;...</c>, by name.</summary>
    public static string Describe(ServerOptions options) => string.Join(';', typeof(ServerOptions)
        .GetProperties()
        .Where(p => p.GetMethod is { IsStatic: false })
        .OrderBy(p => p.Name, StringComparer.Ordinal)
        .Select(p => string.Create(CultureInfo.InvariantCulture, $"{p.Name}={p.GetValue(options)}")));

    /// <summary>A row with everything but the number.</summary>
    internal ResultRow Row(string metric, string unit) => new()
    {
        RunId = RunId,
        UtcTime = UtcTime,
        Experiment = Experiment,
        Figure = Figure,
        Preset = Preset,
        Scale = Scale,
        ServerCount = ServerCount,
        AliveCount = AliveCount,
        Repetition = Repetition,
        Seed = Seed,
        Options = Options,
        ElectionTimeoutLowerMs = ElectionTimeoutLowerMs,
        ElectionTimeoutUpperMs = ElectionTimeoutUpperMs,
        OneWayDelayMs = OneWayDelayMs,
        NodeBuild = NodeBuild,
        HostCores = EnvironmentProbe.HostCores,
        OtherCpuPercent = OtherCpuPercent,
        Metric = metric,
        Unit = unit,
    };
}
