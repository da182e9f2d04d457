using System.Management.Automation;
using RaftKv.Api.Views;
using RaftKv.Base;

namespace RaftKv.Commands;

/// <summary>Gets the servers of a cluster with their role, term, commit index and faults.</summary>
/// <remarks>
/// <para>All servers are asked at once. One that does not answer within a second is shown with its fault: stopped, paused, unreachable or halted.</para>
/// </remarks>
/// <example>
/// <code>Get-RaftServer</code>
/// Shows all servers of the current cluster.
/// </example>
/// <example>
/// <code>Get-RaftServer | Where-Object Role -eq Follower | Select-Object -First 1 | Stop-RaftServer</code>
/// Stops one of the followers.
/// </example>
[Cmdlet(VerbsCommon.Get, "RaftServer")]
[OutputType(typeof(RaftServer))]
public sealed class GetRaftServerCommand : ClusterCmdlet
{
    /// <summary>The servers: ids, names with wildcards, or server objects; a cluster object means all of its servers. Without it, all.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(ServerCompleter))]
    [SupportsWildcards]
    public RaftServerReference[]? Server { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (IGrouping<RaftCluster, ServerTarget> group in TargetServers(Server).GroupBy(target => target.Cluster))
        {
            RaftCluster cluster = group.Key;
            HashSet<int> ids = [.. group.Select(target => target.Id)];
            if (TryRun(cluster, token => cluster.Session.Client.GetServerViewsAsync(token), out IReadOnlyList<ServerView> views))
            {
                WriteObject(views.Where(view => ids.Contains(view.Id)).Select(view => RaftServer.From(view, cluster)), true);
            }
        }
    }
}
