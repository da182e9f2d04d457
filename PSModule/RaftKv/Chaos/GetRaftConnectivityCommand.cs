using System.Management.Automation;
using RaftKv.Api.Clients;
using RaftKv.Api.Views;

namespace RaftKv.Commands;

/// <summary>Gets the matrix of which server reaches which.</summary>
/// <remarks>
/// <para>There is one row for each sending server. Its column To lists the ids of the servers it reaches, with dots in the place of those it does not.</para>
/// </remarks>
/// <example>
/// <code>Get-RaftConnectivity</code>
/// Shows the matrix of the current cluster.
/// </example>
/// <example>
/// <code>Get-RaftConnectivity | Where-Object { $_.Blocked.Count -gt 0 }</code>
/// Shows only servers that are cut off from another one.
/// </example>
[Cmdlet(VerbsCommon.Get, "RaftConnectivity")]
[OutputType(typeof(RaftConnectivity))]
public sealed class GetRaftConnectivityCommand : ClusterCmdlet
{
    /// <summary>The cluster: its name or its object. Without it, this runspace's last started or connected cluster.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(ClusterCompleter))]
    public override RaftClusterReference? Cluster { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        RaftCluster cluster = TargetCluster();
        if (TryRun(cluster, token => cluster.Session.Client.GetMatrixViewsAsync(token), out IReadOnlyList<MatrixView> matrices))
        {
            WriteObject(RaftConnectivity.From(matrices, cluster), true);
        }
    }
}
