using System.Management.Automation;
using RaftKv.Cmdlets;

namespace RaftKv.Commands;

/// <summary>Gets the servers of a cluster with their role, term, commit index and faults.</summary>
/// <remarks>
/// <para>All servers are asked at once. One that does not answer within a second is shown with its fault: stopped, paused, unreachable or halted.</para>
/// <para>Network says in words which partitions and bad links a server has in force: 'cut off from 3,4,5', or 'to all: delay 100 ms'. The table shows it beside the fault; Get-RaftConnectivity shows the whole matrix.</para>
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
            if (TryRun(cluster, token => RaftServer.LookAsync(cluster, ids, token), out IReadOnlyList<RaftServer> servers))
            {
                WriteObject(servers, true);
            }
        }
    }
}
