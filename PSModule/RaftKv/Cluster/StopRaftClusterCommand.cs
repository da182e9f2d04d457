using System.Management.Automation;
using RaftKv.Api.Clusters;
using RaftKv.Api.Launch;
using RaftKv.Base;

namespace RaftKv.Commands;

/// <summary>Stops a cluster: all its servers and the agent that looks after them.</summary>
/// <remarks>
/// <para>Temporary data is deleted; data in a folder named with -DataPath stays, and a later Start-RaftCluster with the same name and path goes on with it.</para>
/// </remarks>
/// <example>
/// <code>Stop-RaftCluster</code>
/// Stops this session's current cluster.
/// </example>
/// <example>
/// <code>Get-RaftCluster | Stop-RaftCluster</code>
/// Stops every cluster that this session has started or connected to.
/// </example>
[Cmdlet(VerbsLifecycle.Stop, "RaftCluster", SupportsShouldProcess = true)]
[OutputType(typeof(void))]
public sealed class StopRaftClusterCommand : ClusterCmdlet
{
    /// <summary>The cluster: its name or its object. Without it, this runspace's last started or connected cluster.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(ClusterCompleter))]
    public override RaftClusterReference? Cluster { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        RaftCluster cluster = TargetCluster();
        string effect = cluster.DataIsTemporary ? "Stop all servers and delete the temporary data" : "Stop all servers";
        if (!ShouldProcess($"Cluster '{cluster.Name}'", effect))
        {
            return;
        }

        ClusterSpec spec = cluster.Session.Spec;
        if (TryRun(cluster, async token =>
        {
            await cluster.Session.CloseAsync();
            await LocalCluster.StopAsync(spec, token);
        }))
        {
            SessionTable.Forget(cluster);
        }
    }
}
