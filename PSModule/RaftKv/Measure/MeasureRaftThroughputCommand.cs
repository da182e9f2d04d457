using System.Management.Automation;
using RaftKv.Evaluation.Measurement;

namespace RaftKv.Commands;

/// <summary>Measures how many operations many clients get done together.</summary>
/// <remarks>
/// <para>Each client sends its next operation when the last one ended. With -OutputPath the numbers are also added to a CSV that Export-RaftFigure can draw, so that a loop over -ClientCount makes a curve.</para>
/// <para>The keys that it writes begin with raftkv-measure/ and a random word, so that they are no one else's, and are removed at the end; where that cannot be done a warning names them.</para>
/// </remarks>
/// <example>
/// <code>Measure-RaftThroughput -ClientCount 100 -DurationSec 5</code>
/// Lets a hundred clients write for five seconds.
/// </example>
/// <example>
/// <code>1, 10, 100 | ForEach-Object { Measure-RaftThroughput -ClientCount $_ -OutputPath results/quick/throughput.csv }</code>
/// Measures a curve of three points and keeps it.
/// </example>
[Cmdlet(VerbsDiagnostic.Measure, "RaftThroughput", SupportsShouldProcess = true)]
[OutputType(typeof(RaftMeasurement))]
public sealed class MeasureRaftThroughputCommand : MeasureCmdlet
{
    /// <summary>How many clients work at once.</summary>
    [Parameter(Position = 0)]
    [ValidateRange(1, 100_000)]
    public int ClientCount { get; set; } = 10;

    /// <summary>For how many seconds.</summary>
    [Parameter]
    [ValidateRange(0.1, 86400.0)]
    public double DurationSec { get; set; } = 5;

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        RaftCluster cluster = TargetCluster();
        if (!ShouldProcess($"Cluster '{cluster.Name}'", "Write and read keys below raftkv-measure/ and remove them"))
        {
            return;
        }

        ThroughputOptions options = new()
        {
            Operation = Operation == RaftOperation.Get ? Evaluation.Measurement.Operation.Get : Evaluation.Measurement.Operation.Put,
            ClientCount = ClientCount,
            Duration = TimeSpan.FromSeconds(DurationSec),
            ValueBytes = ValueBytes,
            Seed = Seed,
        };
        if (!TryRun(
            cluster,
            token => Workloads.MeasureThroughputAsync(cluster.Session.Client, options, new MeasureProgress("Measuring throughput"), token),
            out MeasurementResult result))
        {
            return;
        }

        WarnOfLeftKeys(result.LeftPrefix);
        Keep(result, cluster, "Throughput");
        WriteObject(RaftMeasurement.From(result, cluster, CsvPath));
    }
}
