using System.Management.Automation;
using RaftKv.Api.Clients;

namespace RaftKv.Commands;

/// <summary>Mends the network: ends partitions, link faults and muting on all servers.</summary>
/// <remarks>
/// <para>Stopped and frozen processes stay as they are: see Start-RaftServer and Resume-RaftServer.</para>
/// </remarks>
/// <example>
/// <code>Clear-RaftFault</code>
/// Heals the current cluster.
/// </example>
/// <example>
/// <code>Clear-RaftFault; Wait-RaftCluster -For CaughtUp</code>
/// Heals it and waits until all servers have everything again.
/// </example>
[Cmdlet(VerbsCommon.Clear, "RaftFault", SupportsShouldProcess = true)]
[OutputType(typeof(void))]
public sealed class ClearRaftFaultCommand : ClusterCmdlet
{
    /// <summary>The cluster: its name or its object. Without it, this runspace's last started or connected cluster.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(ClusterCompleter))]
    public override RaftClusterReference? Cluster { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        RaftCluster cluster = TargetCluster();
        if (ShouldProcess($"Cluster '{cluster.Name}'", "Mend the network")
            && TryRun(cluster, token => cluster.Session.Client.Chaos.ResetAsync(token), out ChaosResult result))
        {
            ChaosReport.Write(this, result, cluster);
        }
    }
}
