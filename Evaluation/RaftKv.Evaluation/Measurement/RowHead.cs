using System.Globalization;
using RaftKv.Api.Clusters;
using RaftKv.Evaluation.Results;

namespace RaftKv.Evaluation.Measurement;

/// <summary>
/// What all rows of a measurement say besides their numbers: where, with what, as part of which experiment. It is a row
/// itself, without a metric; each number's row is a copy with its own.
/// </summary>
public static class RowHead
{
    /// <summary>A head of a run of its own, now and on this machine.</summary>
    public static ResultRow Of(string experiment) => new()
    {
        RunId = NewRunId(),
        UtcTime = DateTimeOffset.UtcNow,
        Experiment = experiment,
        Metric = "",
        Unit = "",
        HostCores = EnvironmentProbe.HostCores,
    };

    /// <summary>A head filled from a cluster's specification.</summary>
    public static ResultRow Of(ClusterSpec cluster, string experiment)
    {
        ArgumentNullException.ThrowIfNull(cluster);
        return Of(experiment) with
        {
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
}
