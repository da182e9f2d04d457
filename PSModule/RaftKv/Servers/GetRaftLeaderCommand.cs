using System.Management.Automation;
using RaftKv.Api.Clients;
using RaftKv.Api.Views;
using RaftKv.Base;

namespace RaftKv.Commands;

/// <summary>Gets the leader of a cluster.</summary>
/// <remarks>
/// <para>Every server is asked whether it claims to lead, and of those that do the one with the highest term is returned. An old leader that is cut off may still claim; -All shows it too.</para>
/// </remarks>
/// <example>
/// <code>Get-RaftLeader</code>
/// Shows the leader of the current cluster.
/// </example>
/// <example>
/// <code>(Get-RaftLeader -All).Count</code>
/// Counts the servers that claim to lead, which after a partition may be two in different terms.
/// </example>
[Cmdlet(VerbsCommon.Get, "RaftLeader")]
[OutputType(typeof(RaftLeader))]
public sealed class GetRaftLeaderCommand : ClusterCmdlet
{
    /// <summary>The cluster: its name or its object. Without it, this runspace's last started or connected cluster.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(ClusterCompleter))]
    public override RaftClusterReference? Cluster { get; set; }

    /// <summary>Everyone who claims to lead, the highest term first. No one claiming is then no error.</summary>
    [Parameter]
    public SwitchParameter All { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        RaftCluster cluster = TargetCluster();
        if (!TryRun(cluster, token => cluster.Session.Client.GetLeaderViewsAsync(token), out IReadOnlyList<ServerView> leaders))
        {
            return;
        }

        if (leaders.Count == 0 && !All)
        {
            Report(ErrorIds.NoLeader, ErrorCategory.ResourceUnavailable, cluster,
                $"No server of cluster '{cluster.Name}' claims to lead. Asked: {Names(cluster)}. Wait-RaftCluster -For Leader waits for one.");
        }

        WriteObject(leaders.Take(All ? leaders.Count : 1).Select(leader => RaftLeader.From(leader, cluster)), true);
    }
}
