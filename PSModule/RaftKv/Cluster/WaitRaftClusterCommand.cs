using System.Management.Automation;
using RaftKv.Base;
using RaftKv.Cmdlets;

namespace RaftKv.Commands;

/// <summary>What <c>Wait-RaftCluster</c> waits for.</summary>
public enum RaftWaitGoal
{
    /// <summary>A leader that a majority follows and that has committed.</summary>
    Leader,

    /// <summary>That, and every server answers and follows it.</summary>
    Ready,

    /// <summary>That, and every server has applied all that the leader has committed.</summary>
    CaughtUp,
}

/// <summary>Waits until a cluster has a leader, is ready, or has caught up.</summary>
/// <remarks>
/// <para>Leader: a majority follows one leader that has committed. Ready: moreover every server answers and follows it. CaughtUp: moreover every server has applied what the leader has committed.</para>
/// <para>When the time is over the command fails with the id WaitTimeout and says what is missing on which server.</para>
/// </remarks>
/// <example>
/// <code>Stop-RaftServer (Get-RaftLeader) -Force; Wait-RaftCluster -For Leader</code>
/// Kills the leader and waits for the next one.
/// </example>
/// <example>
/// <code>Start-RaftServer n3; Wait-RaftCluster -For CaughtUp -Server n3 -TimeoutSec 5</code>
/// Starts a server and waits until it has everything again.
/// </example>
[Cmdlet(VerbsLifecycle.Wait, "RaftCluster")]
[OutputType(typeof(RaftCluster))]
public sealed class WaitRaftClusterCommand : ClusterCmdlet
{
    /// <summary>The cluster: its name or its object. Without it, this runspace's last started or connected cluster.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(ClusterCompleter))]
    public override RaftClusterReference? Cluster { get; set; }

    /// <summary>What to wait for.</summary>
    [Parameter]
    public RaftWaitGoal For { get; set; } = RaftWaitGoal.Leader;

    /// <summary>The servers that must be ready or caught up: ids, names with wildcards, or server objects. Without it, all.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(ServerCompleter))]
    public RaftServerReference[]? Server { get; set; }

    /// <summary>How many seconds to wait at most.</summary>
    [Parameter]
    [Alias("Timeout")]
    [ValidateRange(0.0, 86400.0)]
    public double TimeoutSec { get; set; } = 30;

    /// <summary>Returns the cluster.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        RaftCluster cluster = TargetCluster();
        HashSet<int>? servers = Server is null ? null : [.. TargetServers(Server).Select(target => target.Id)];
        WaitGoal goal = For switch
        {
            RaftWaitGoal.Ready => WaitGoal.Ready,
            RaftWaitGoal.CaughtUp => WaitGoal.CaughtUp,
            _ => WaitGoal.Leader,
        };
        TimeSpan timeout = TimeSpan.FromSeconds(TimeoutSec);
        if (!TryRun(cluster, token => ClusterWait.UntilAsync(cluster, goal, servers, timeout, token), out string missing))
        {
            return;
        }

        if (missing.Length > 0)
        {
            Fail(ErrorIds.WaitTimeout, ErrorCategory.OperationTimeout, cluster,
                FormattableString.Invariant($"Cluster '{cluster.Name}' did not reach {For} within {TimeoutSec:0.###} s: {missing}."));
        }

        if (PassThru)
        {
            WriteObject(cluster);
        }
    }
}
