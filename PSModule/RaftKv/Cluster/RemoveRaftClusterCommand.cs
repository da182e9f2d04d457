using System.Management.Automation;
using RaftKv.Api.Clusters;
using RaftKv.Api.Launch;
using RaftKv.Base;

namespace RaftKv.Commands;

/// <summary>Stops a cluster if it runs, then deletes its data and its cluster file.</summary>
/// <remarks>
/// <para>By its name it also removes what a start left that was cut off because its session was killed: servers, agent and data.</para>
/// <para>What is deleted cannot be brought back, so that the command asks first. In a script say -Confirm:$false. A name must be written exactly, with its capital and small letters. Only the files of its servers are deleted; a folder that holds others stays with them, which a warning says. Where the cluster's file was copied, so that two names stand for the same data, nothing is deleted before one of the files is.</para>
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
        if (CutOff() is { } cutOff)
        {
            if (ShouldProcess($"What a start of cluster '{cutOff.Name}' left that was cut off", $"End and delete it{(cutOff.DataPath is { } place ? $" in {place}" : "")}"))
            {
                TryRun(cutOff.Name, token => CutOffLaunch.RemoveAsync(cutOff.Name, token));
            }

            return;
        }

        RaftCluster cluster = Target();
        if (!ShouldProcess($"Cluster '{cluster.Name}'", $"Stop it and delete its data{(cluster.DataPath is { } path ? $" in {path}" : "")}"))
        {
            return;
        }

        ClusterSpec spec = cluster.Session.Spec;
        bool isDataThere = spec.Agents.Any(agent => agent.ProcessId == 0) || spec.DataPath is not { } data || Directory.Exists(data);
        if (!TryRun(cluster, async token =>
        {
            await cluster.Session.CloseAsync();
            return await LocalCluster.RemoveAsync(spec, token);
        }, out IReadOnlyList<string>? left))
        {
            return;
        }

        SessionTable.Forget(cluster);
        if (!isDataThere)
        {
            WriteWarning($"No data of cluster '{spec.Name}' was found in '{spec.DataPath}', so only the cluster's file was deleted. Where the data was moved, or its disk is not mounted, it is still there.");
        }

        foreach (string directory in left)
        {
            WriteWarning($"'{directory}' was not deleted: files lie in it that are none of the server's, which is deleted.");
        }
    }

    /// <summary>What a killed session left of a start, where there is no cluster of that name.</summary>
    private ClusterSpec? CutOff() =>
        Cluster is { Cluster: null, Name: { } name } && !IsKnown(name) && TryRun(name, _ => Task.FromResult(CutOffLaunch.Find(name)), out ClusterSpec? found)
        && found?.Name == name ? found : null;

    private static bool IsKnown(string name) =>
        SessionTable.Here.Known.Any(cluster => string.Equals(cluster.Name, name, StringComparison.OrdinalIgnoreCase)) || SessionTable.Find(name) is not null;

    private RaftCluster Target()
    {
        if (Cluster is not { Cluster: null, Name: { } name })
        {
            return TargetCluster();
        }

        ClusterSpec? found = null;
        if (!IsKnown(name))
        {
            TryRun(Cluster, _ => Task.FromResult(LocalCluster.Find(name)), out found);
        }

        RaftCluster target = found is null ? TargetCluster() : RaftCluster.From(found);
        if (target.Name != name)
        {
            Fail(ErrorIds.NoCluster, ErrorCategory.ObjectNotFound, name,
                $"There is no cluster '{name}', but '{target.Name}'. What is deleted cannot be brought back, so its name is to be written exactly: nothing was deleted.");
        }

        return target;
    }
}
