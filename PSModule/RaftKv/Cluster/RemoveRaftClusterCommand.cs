using System.Management.Automation;
using RaftKv.Api.Clusters;
using RaftKv.Base;

namespace RaftKv.Commands;

/// <summary>Stops a cluster if it runs, then deletes its data and its cluster file.</summary>
/// <remarks>
/// <para>What is deleted cannot be brought back, so that the command asks first. In a script say -Confirm:$false.</para>
/// </remarks>
/// <example>
/// <code>Remove-RaftCluster -Cluster orders</code>
/// Asks, and then deletes the cluster with all its data.
/// </example>
/// <example>
/// <code>Get-RaftCluster | Remove-RaftCluster -Confirm:$false</code>
/// Deletes every cluster of this session without asking.
/// </example>
[Cmdlet(VerbsCommon.Remove, "RaftCluster", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.High)]
[OutputType(typeof(void))]
public sealed class RemoveRaftClusterCommand : ClusterCmdlet
{
    /// <summary>The cluster: its name or its object. A cluster of this user that the session does not know is found by its file.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(ClusterFileCompleter))]
    public override RaftClusterReference? Cluster { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        RaftCluster cluster = Target();
        if (!ShouldProcess($"Cluster '{cluster.Name}'", $"Stop it and delete its data{(cluster.DataPath is { } path ? $" in {path}" : "")}"))
        {
            return;
        }

        ClusterSpec spec = cluster.Session.Spec;
        if (TryRun(cluster, async token =>
        {
            await cluster.Session.CloseAsync();
            await LocalCluster.RemoveAsync(spec, token);
        }))
        {
            SessionTable.Forget(cluster);
        }
    }

    private RaftCluster Target()
    {
        bool known = Cluster is null || Cluster.Cluster is not null
            || SessionTable.Here.Known.Any(cluster => string.Equals(cluster.Name, Cluster.Name, StringComparison.OrdinalIgnoreCase))
            || SessionTable.Find(Cluster.Name) is not null;
        if (!known && TryRun(Cluster, _ => Task.FromResult(LocalCluster.List()), out IReadOnlyList<ClusterSpec> specs)
            && specs.OrderByDescending(spec => spec.Name == Cluster!.Name).FirstOrDefault(spec => string.Equals(spec.Name, Cluster!.Name, StringComparison.OrdinalIgnoreCase)) is { } found)
        {
            return RaftCluster.From(found);
        }

        return TargetCluster();
    }
}
