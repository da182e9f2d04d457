using System.Management.Automation;
using RaftKv.Api.Clients;
using RaftKv.Api.Views;
using RaftKv.Evaluation.Measurement;
using RaftKv.Evaluation.Results;

namespace RaftKv;

/// <summary>The base of cmdlets that measure a running cluster and can keep the result as rows of a CSV.</summary>
public abstract class MeasureCmdlet : ClusterCmdlet
{
    /// <summary>The cluster: its name or its object. Without it, this runspace's last started or connected cluster.</summary>
    [Parameter(ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(ClusterCompleter))]
    public override RaftClusterReference? Cluster { get; set; }

    /// <summary>What to time: Put writes fresh values, Get reads linearizably.</summary>
    [Parameter]
    public RaftOperation Operation { get; set; } = RaftOperation.Put;

    /// <summary>The size of each value in bytes.</summary>
    [Parameter]
    [ValidateRange(0, 32 * 1024 * 1024)]
    public int ValueBytes { get; set; } = 64;

    /// <summary>The coin for keys and values: the same seed does the same operations.</summary>
    [Parameter]
    public ulong Seed { get; set; } = 1;

    /// <summary>A CSV file that gets one row for each number measured. Rows are added to one that exists. A delay that Set-RaftLink injected stands in the column OneWayDelayMs; of links that differ, the longest.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? OutputPath { get; set; }

    /// <summary>The name of the experiment in the CSV.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Experiment { get; set; }

    /// <summary>The scale that the CSV's rows name: how much was measured.</summary>
    [Parameter]
    public string Scale { get; set; } = "Quick";

    /// <summary>The number of this repetition in the CSV, from 1.</summary>
    [Parameter]
    [ValidateRange(1, int.MaxValue)]
    public int Repetition { get; set; } = 1;

    /// <summary>The path of the CSV, or null.</summary>
    private protected string? CsvPath => OutputPath is null ? null : ResolveOutputPath(OutputPath);

    /// <summary>Adds the numbers of a measurement to the CSV, if one is wanted.</summary>
    private protected void Keep(MeasurementResult result, RaftCluster cluster, string experiment)
    {
        if (CsvPath is not { } path
            || !TryRun(cluster, token => cluster.Session.Client.GetServerViewsAsync(token), out IReadOnlyList<ServerView> views)
            || !TryRun(cluster, token => NetworkFaults.ReadDelayAsync(cluster, token), out double? delayMs))
        {
            return;
        }

        ResultRow head = RowHead.Of(cluster.Session.Spec, Experiment ?? experiment) with
        {
            Scale = Scale,
            AliveCount = views.Count(view => view.Answered),
            Repetition = Repetition,
            Seed = Seed,
            OneWayDelayMs = delayMs,
            NodeBuild = views.FirstOrDefault(view => view.Build.Length > 0)?.Build ?? "",
        };
        IReadOnlyList<ResultRow> rows = MeasurementRows.From(result, head);
        TryRun(path, _ => Task.Run(() => ResultCsv.Write(path, rows, File.Exists(path)), CancellationToken.None));
    }
}
