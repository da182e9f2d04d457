using System.Management.Automation;
using RaftKv.Evaluation.Measurement;

namespace RaftKv.Commands;

/// <summary>Measures how long single operations take, one after the other.</summary>
/// <remarks>
/// <para>One client does one operation at a time; every one is timed. Times are in milliseconds. With -OutputPath the numbers are also added to a CSV that Export-RaftFigure can draw.</para>
/// <para>The keys that it writes begin with raftkv-measure/ and a random word, so that they are no one else's, and are removed at the end; where that cannot be done a warning names them.</para>
/// </remarks>
/// <example>
/// <code>Measure-RaftLatency -Count 1000</code>
/// Times a thousand writes.
/// </example>
/// <example>
/// <code>Measure-RaftLatency -Operation Get -DurationSec 5 -OutputPath results/quick/latency.csv</code>
/// Times linearizable reads for five seconds and keeps the numbers.
/// </example>
[Cmdlet(VerbsDiagnostic.Measure, "RaftLatency", SupportsShouldProcess = true, DefaultParameterSetName = DurationSet)]
[OutputType(typeof(RaftMeasurement))]
public sealed class MeasureRaftLatencyCommand : MeasureCmdlet
{
    private const string CountSet = "Count";
    private const string DurationSet = "Duration";

    /// <summary>How many operations to time.</summary>
    [Parameter(ParameterSetName = CountSet, Mandatory = true)]
    [ValidateRange(1, int.MaxValue)]
    public int Count { get; set; }

    /// <summary>How many seconds to time operations for.</summary>
    [Parameter(ParameterSetName = DurationSet)]
    [ValidateRange(0.1, 86400.0)]
    public double DurationSec { get; set; } = 5;

    /// <summary>How many operations to do before any is timed, as far as they fit into two seconds.</summary>
    [Parameter]
    [ValidateRange(0, int.MaxValue)]
    public int WarmupCount { get; set; } = 1000;

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        RaftCluster cluster = TargetCluster();
        if (!ShouldProcess($"Cluster '{cluster.Name}'", "Write and read keys below raftkv-measure/ and remove them"))
        {
            return;
        }

        LatencyOptions options = new()
        {
            Operation = Operation == RaftOperation.Get ? Evaluation.Measurement.Operation.Get : Evaluation.Measurement.Operation.Put,
            Count = Count,
            Duration = TimeSpan.FromSeconds(DurationSec),
            WarmupCount = WarmupCount,
            ValueBytes = ValueBytes,
            Seed = Seed,
        };
        if (!TryRun(
            cluster,
            token => Workloads.MeasureLatencyAsync(cluster.Session.Client, options, new MeasureProgress("Measuring latency"), token),
            out MeasurementResult result))
        {
            return;
        }

        WarnOfLeftKeys(result.LeftPrefix);
        Keep(result, cluster, "Latency");
        WriteObject(RaftMeasurement.From(result, cluster, CsvPath));
    }
}
