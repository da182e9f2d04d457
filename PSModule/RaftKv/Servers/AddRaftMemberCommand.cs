using System.Management.Automation;
using RaftKv.Api.Clients;
using RaftKv.Api.Clusters;
using RaftKv.Api.Launch;
using RaftKv.Api.Views;
using RaftKv.Base;
using RaftKv.Cmdlets;

namespace RaftKv.Commands;

/// <summary>Adds a server to a running cluster: starts it, lets it catch up, and makes it a voter.</summary>
/// <remarks>
/// <para>The new server gets the next id; ids of removed servers are not given again. It begins as a learner, which receives everything and does not vote, so that a slow newcomer holds up no one. Once it has caught up it becomes a voter. Reads and writes go on meanwhile.</para>
/// <para>With -Server a learner that was added before becomes a voter.</para>
/// </remarks>
/// <example>
/// <code>Add-RaftMember</code>
/// Adds one server to the current cluster and shows it when it votes.
/// </example>
/// <example>
/// <code>$new = Add-RaftMember -Learner
/// Add-RaftMember -Server $new</code>
/// Adds a server that only receives, and makes it a voter later.
/// </example>
[Cmdlet(VerbsCommon.Add, "RaftMember", SupportsShouldProcess = true, DefaultParameterSetName = NewSet)]
[OutputType(typeof(RaftServer))]
public sealed class AddRaftMemberCommand : ClusterCmdlet
{
    private const string NewSet = "New";
    private const string PromoteSet = "Promote";

    /// <summary>Leaves the new server a learner.</summary>
    [Parameter(ParameterSetName = NewSet)]
    public SwitchParameter Learner { get; set; }

    /// <summary>Learners to make voters: ids, names with wildcards, or server objects.</summary>
    [Parameter(ParameterSetName = PromoteSet, Mandatory = true, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(ServerCompleter))]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    public RaftServerReference[] Server { get; set; } = [];

    /// <summary>How many seconds the server may take to be ready, and then to catch up. One that did not catch up stays a learner.</summary>
    [Parameter]
    [Alias("Timeout")]
    [ValidateRange(1.0, 86400.0)]
    public double TimeoutSec { get; set; } = 60;

    private TimeSpan Timeout => TimeSpan.FromSeconds(TimeoutSec);

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (ParameterSetName == NewSet)
        {
            AddNew(TargetCluster());
            return;
        }

        foreach (ServerTarget target in TargetServers(Server))
        {
            if (ShouldProcess(target.ToString(), "Make the learner a voter") && Promote(target.Cluster, target.Id, target.Name))
            {
                Show(target.Cluster, target.Id);
            }
        }
    }

    private void AddNew(RaftCluster cluster)
    {
        if (!ShouldProcess($"Cluster '{cluster.Name}'", Learner ? "Start a server and add it as a learner" : "Start a server and add it as a voter"))
        {
            return;
        }

        Feedback? feedback = Feedback.Current;
        ClusterClient client = cluster.Session.Client;
        bool added = TryRun(
            cluster,
            token => ClusterMembership.AddLearnerAsync(client, Timeout, text => feedback?.Verbose(text), token),
            out ServerSpec server);
        cluster.Session.UseNewest();
        if (added && (Learner || Promote(cluster, server.Id, server.Name)))
        {
            Show(cluster, server.Id);
        }
    }

    private bool Promote(RaftCluster cluster, int id, string name)
    {
        Feedback.Current?.Verbose($"Waiting until {name} has caught up");
        return TryRun(name, token => cluster.Session.Client.Admin.PromoteMemberAsync(id, Timeout, token));
    }

    private void Show(RaftCluster cluster, int id)
    {
        if (TryRun(cluster, token => cluster.Session.Client.GetServerViewsAsync(token), out IReadOnlyList<ServerView> views))
        {
            WriteObject(views.Where(view => view.Id == id).Select(view => RaftServer.From(view, cluster)), true);
        }
    }
}
