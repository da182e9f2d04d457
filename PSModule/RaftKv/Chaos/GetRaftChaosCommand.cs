using System.Management.Automation;

namespace RaftKv.Commands;

/// <summary>Gets what a monkey did to a cluster so far, and what is broken in it now.</summary>
/// <remarks>
/// <para>Done holds the steps that Start-RaftChaos has carried out, Coming those that are still to come. InForce is asked of the cluster itself: it names servers that are down, frozen or muted, partitions and bad links, also those that were caused by hand or from another session.</para>
/// <para>A monkey belongs to the PowerShell session that let it loose. Of one in another session only what is in force is known.</para>
/// </remarks>
/// <example>
/// <code>Get-RaftChaos</code>
/// Shows whether a monkey is at work, and what is broken.
/// </example>
/// <example>
/// <code>(Get-RaftChaos).Done | Format-Table Number, StartedSec, Row, Hit, Error</code>
/// Shows what was done so far, without ending it.
/// </example>
[Cmdlet(VerbsCommon.Get, "RaftChaos")]
[OutputType(typeof(RaftChaosState))]
public sealed class GetRaftChaosCommand : ClusterCmdlet
{
    /// <summary>The cluster: its name or its object. Without it, this runspace's last started or connected cluster.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(ClusterCompleter))]
    public override RaftClusterReference? Cluster { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        RaftCluster cluster = TargetCluster();
        HashSet<int> all = [.. cluster.Session.Spec.Servers.Select(server => server.Id)];
        if (!TryRun(cluster, token => RaftServer.LookAsync(cluster, all, token), out IReadOnlyList<RaftServer> servers))
        {
            return;
        }

        RaftChaos? chaos = StartRaftChaosCommand.Of(cluster);
        IReadOnlyList<RaftChaosStep> done = chaos?.Done ?? [];
        HashSet<int> begun = [.. done.Select(step => step.Number)];
        WriteObject(new RaftChaosState
        {
            Running = chaos?.Running ?? false,
            Seed = chaos?.Seed,
            DurationSec = chaos?.DurationSec ?? 0,
            ElapsedSec = chaos?.ElapsedSec ?? 0,
            Done = done,
            Coming = chaos is { Running: true } ? [.. chaos.Schedule.Where(step => !begun.Contains(step.Number))] : [],
            InForce = [.. servers.Where(server => server.ShownFault.Length > 0).Select(server => $"{server.Name} {server.ShownFault}")],
            Path = chaos?.Path,
            Cluster = cluster,
        });
    }
}
