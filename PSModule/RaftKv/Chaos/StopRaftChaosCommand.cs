using System.Management.Automation;

namespace RaftKv.Commands;

/// <summary>Ends the monkey that Start-RaftChaos let loose, waits until everything is mended, and returns what it did.</summary>
/// <remarks>
/// <para>Servers run again and the network is whole when this returns; whether the cluster has caught up is Wait-RaftCluster's question. Where no monkey is at work, nothing happens.</para>
/// </remarks>
/// <example>
/// <code>Stop-RaftChaos | Format-Table Number, StartedSec, Row, Error</code>
/// Ends the monkey at once and shows what it did.
/// </example>
/// <example>
/// <code>Stop-RaftChaos -Wait; Wait-RaftCluster -For CaughtUp</code>
/// Lets it finish its schedule, and waits until the cluster has recovered.
/// </example>
[Cmdlet(VerbsLifecycle.Stop, "RaftChaos", SupportsShouldProcess = true)]
[OutputType(typeof(RaftChaosStep))]
public sealed class StopRaftChaosCommand : ClusterCmdlet
{
    /// <summary>Lets the schedule come to its end first.</summary>
    [Parameter]
    public SwitchParameter Wait { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        RaftCluster cluster = TargetCluster();
        if (StartRaftChaosCommand.Of(cluster) is not { } chaos || !ShouldProcess($"Cluster '{cluster.Name}'", "End the chaos and mend everything"))
        {
            return;
        }

        if (TryRun(cluster, token => chaos.StopAsync(Wait, token), out IReadOnlyList<RaftChaosStep> steps))
        {
            WriteObject(steps, true);
        }
    }
}
