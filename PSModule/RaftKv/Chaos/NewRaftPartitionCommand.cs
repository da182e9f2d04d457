using System.Management.Automation;
using RaftKv.Api.Clients;
using RaftKv.Api.Views;
using RaftKv.Base;

namespace RaftKv.Commands;

/// <summary>Makes a partition by plan, for Set-RaftPartition. Changes nothing by itself.</summary>
/// <remarks>
/// <para>The plans are those of the published evaluation and a random one. The leader is asked for, so that it ends up where the plan or -LeaderIn wants it; the other servers are dealt out by -Seed.</para>
/// <para>With n servers, Majority makes a group of (n-1)/2 and one of the rest; AllMinorities makes two groups of (n-1)/2 and one server alone, where n is odd.</para>
/// </remarks>
/// <example>
/// <code>New-RaftPartition Majority -LeaderIn Minority | Set-RaftPartition</code>
/// Cuts the leader off into the minority.
/// </example>
/// <example>
/// <code>New-RaftPartition Random -Seed 7</code>
/// Shows groups that the same seed and the same leader make again.
/// </example>
[Cmdlet(VerbsCommon.New, "RaftPartition")]
[OutputType(typeof(RaftPartition))]
public sealed class NewRaftPartitionCommand : ClusterCmdlet
{
    /// <summary>How to cut: Majority, AllMinorities, Singles, LeaderAlone or Random.</summary>
    [Parameter(Position = 0, Mandatory = true)]
    public RaftPartitionPlan Plan { get; set; }

    /// <summary>The group for the leader. Without it, the majority if the plan has one, else a minority, else alone.</summary>
    [Parameter]
    public RaftLeaderPlace? LeaderIn { get; set; }

    /// <summary>Decides who else is in which group. Without it a random number is drawn, which the result names.</summary>
    [Parameter]
    public ulong Seed { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        RaftCluster cluster = TargetCluster();
        if (!TryRun(cluster, token => cluster.Session.Client.GetLeaderViewsAsync(token), out IReadOnlyList<ServerView> leaders))
        {
            return;
        }

        int leader = leaders.Count > 0 ? leaders[0].Id : 0;
        if (leader == 0 && (LeaderIn is not null || Plan == RaftPartitionPlan.LeaderAlone))
        {
            Report(ErrorIds.NoLeader, ErrorCategory.ResourceUnavailable, cluster.Name, $"No server of cluster '{cluster.Name}' claims to lead, so that none can be put anywhere.");
            return;
        }

        ulong seed = SeedDraw.Of(this, Seed);
        int[] servers = [.. cluster.Session.Spec.Servers.Select(server => server.Id).Order()];
        try
        {
            WriteObject(new RaftPartition
            {
                Plan = Plan,
                Group = PartitionPlanner.Groups(Plan, servers, leader, LeaderIn, SeedDraw.ToRandom(seed)),
                LeaderId = leader,
                Seed = seed,
                Cluster = cluster,
            });
        }
        catch (ArgumentException e)
        {
            Fail(ErrorIds.PartitionInvalid, ErrorCategory.InvalidArgument, Plan, e.Message);
        }
    }
}
