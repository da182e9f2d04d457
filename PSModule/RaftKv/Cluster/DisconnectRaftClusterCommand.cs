using System.Management.Automation;
using RaftKv.Base;

namespace RaftKv.Commands;

/// <summary>Ends this process' connections to a cluster without stopping it.</summary>
/// <remarks>
/// <para>The cluster goes on. One that this process started still ends with this process, unless it was started with -Detached.</para>
/// </remarks>
/// <example>
/// <code>Disconnect-RaftCluster</code>
/// Forgets the current cluster.
/// </example>
/// <example>
/// <code>Get-RaftCluster orders | Disconnect-RaftCluster</code>
/// Forgets one cluster by name.
/// </example>
[Cmdlet(VerbsCommunications.Disconnect, "RaftCluster")]
[OutputType(typeof(void))]
public sealed class DisconnectRaftClusterCommand : ClusterCmdlet
{
    /// <summary>The cluster: its name or its object. Without it, this runspace's last started or connected cluster.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(ClusterCompleter))]
    public override RaftClusterReference? Cluster { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        RaftCluster cluster = TargetCluster();
        SessionTable.Forget(cluster);
        TryRun(cluster, _ => cluster.Session.CloseAsync());
    }
}
