using System.Management.Automation;
using RaftKv.Api.Clusters;
using RaftKv.Base;
using RaftKv.Evaluation.Measurement;
using RaftKv.Evaluation.Recoveries;
using RaftKv.Evaluation.Results;

namespace RaftKv;

/// <summary>The base of cmdlets that break a running cluster, time how long it takes to serve again, and mend it.</summary>
public abstract class RecoveryCmdlet : ClusterCmdlet
{
    /// <summary>The cluster: its name or its object. Without it, this runspace's last started or connected cluster.</summary>
    [Parameter(ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(ClusterCompleter))]
    public override RaftClusterReference? Cluster { get; set; }

    /// <summary>How often.</summary>
    [Parameter(Position = 0)]
    [ValidateRange(1, 10_000)]
    public int Count { get; set; } = 5;

    /// <summary>Decides at which phase of the heartbeat interval each fault is done.</summary>
    [Parameter]
    public ulong Seed { get; set; } = 1;

    /// <summary>A CSV file that gets one row for each number measured. Rows are added to one that exists.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? OutputPath { get; set; }

    /// <summary>Repeats a fault and writes one object a recovery.</summary>
    private protected void Measure(RecoveryFault fault, string action)
    {
        RaftCluster cluster = TargetCluster();
        if (!ShouldProcess($"Cluster '{cluster.Name}'", action))
        {
            return;
        }

        ClusterSpec spec = cluster.Session.Spec;
        string runId = RowHead.NewRunId();
        for (int repetition = 1; repetition <= Count; repetition++)
        {
            int number = repetition;
            if (!TryRun(cluster, token => OneAsync(spec, fault, number, token), out RecoveryTime time))
            {
                return;
            }

            RaftRecovery recovery = RaftRecovery.From(time, number, cluster);
            if (OutputPath is not null)
            {
                Keep(time, cluster, runId, number, ResolveOutputPath(OutputPath));
            }

            WriteObject(recovery);
        }
    }

    private Task<RecoveryTime> OneAsync(ClusterSpec spec, RecoveryFault fault, int number, CancellationToken token)
    {
        Feedback.Current?.Progress("Measuring recovery", $"{number} of {Count}", (number - 1.0) / Count);
        return RecoveryFaults.MeasureAsync(spec, fault, Seed, number, token);
    }

    private void Keep(RecoveryTime time, RaftCluster cluster, string runId, int repetition, string path)
    {
        if (!TryRun(cluster, token => NetworkFaults.ReadDelayAsync(cluster, token), out double? delayMs))
        {
            return;
        }

        ClusterSpec spec = cluster.Session.Spec;
        ResultRow head = RowHead.Of(spec, MyInvocation.MyCommand.Name.Split('-')[^1]) with
        {
            RunId = runId,
            Scale = "Quick",
            AliveCount = spec.Servers.Count - (time.Fault is RecoveryFault.LeaderKilled or RecoveryFault.LeaderMuted ? 1 : 0),
            Repetition = repetition,
            Seed = Seed,
            OneWayDelayMs = delayMs,
            OtherCpuPercent = time.OtherCpuPercent,
        };
        IReadOnlyList<ResultRow> rows = RecoveryRows.From(time, head);
        TryRun(path, _ => Task.Run(() => ResultCsv.Write(path, rows, File.Exists(path)), CancellationToken.None));
    }
}
