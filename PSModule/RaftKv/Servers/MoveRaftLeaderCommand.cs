using System.Management.Automation;
using RaftKv.Api.Clients;
using RaftKv.Api.Views;
using RaftKv.Base;
using RaftKv.Cmdlets;

namespace RaftKv.Commands;

/// <summary>Hands the leadership of a cluster to another server.</summary>
/// <remarks>
/// <para>The leader takes no new writes while the other server catches up, then tells it to campaign at once, and the cmdlet returns when it leads. Clients notice a pause of a few round trips instead of an election timeout, and no write of theirs ends as unknown.</para>
/// <para>If the other server does not take over within an election timeout, the old leader goes on and the error TransferFailed says so.</para>
/// </remarks>
/// <example>
/// <code>Move-RaftLeader n2</code>
/// Makes n2 the leader of the current cluster.
/// </example>
/// <example>
/// <code>Move-RaftLeader -PassThru</code>
/// Lets the leader choose the server that is best prepared, and shows who leads then.
/// </example>
[Cmdlet(VerbsCommon.Move, "RaftLeader", SupportsShouldProcess = true)]
[OutputType(typeof(RaftLeader))]
public sealed class MoveRaftLeaderCommand : ClusterCmdlet
{
    /// <summary>The one server that is to lead: an id, a name, or a server object. Without it the leader chooses.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(ServerCompleter))]
    [SupportsWildcards]
    public RaftServerReference[] Server { get; set; } = [];

    /// <summary>Returns the leader as it is afterwards.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        IReadOnlyList<ServerTarget> found = Server.Length == 0 ? [] : TargetServers(Server);
        if (found.Count > 1)
        {
            Fail(ErrorIds.InvalidArgument, ErrorCategory.InvalidArgument, Server,
                $"-Server means {string.Join(", ", found)}, but only one server can lead.");
        }

        ServerTarget? target = found.Count == 1 ? found[0] : null;
        if (target is null && Server.Length > 0)
        {
            return;
        }

        RaftCluster cluster = target?.Cluster ?? TargetCluster();
        if (!ShouldProcess($"Cluster '{cluster.Name}'", target is null ? "Hand leadership over" : $"Hand leadership to {target.Name}")
            || !TryRun(target?.Name ?? (object)cluster, token => cluster.Session.Client.Admin.TransferAsync(target?.Id ?? 0, token), out _))
        {
            return;
        }

        if (PassThru && TryRun(cluster, token => cluster.Session.Client.GetLeaderViewsAsync(token), out IReadOnlyList<ServerView> leaders))
        {
            WriteObject(leaders.Take(1).Select(leader => RaftLeader.From(leader, cluster)), true);
        }
    }
}
