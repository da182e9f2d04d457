using System.Management.Automation;
using RaftKv.Api.Clients;
using RaftKv.Api.Launch;
using RaftKv.Base;
using RaftKv.Cmdlets;

namespace RaftKv.Commands;

/// <summary>Removes servers from a running cluster for good, one after the other, and stops them.</summary>
/// <remarks>
/// <para>The others go on, with a majority counted among those who stay. The leader can be removed too: another takes over at once. A removed server's id is never given again; to bring its machine back, add a new server. Its data stays where it is, unless all data of the cluster is temporary.</para>
/// <para>A removal after which those that stay could not write any more is refused with the id MajorityAtRisk and the count: while one of three servers is down, removing a living one would leave one of two, where two must agree. Start the one that is down, or remove that one. -Force removes all the same.</para>
/// <para>Because a removal cannot be undone the command asks first. In a script say -Confirm:$false.</para>
/// </remarks>
/// <example>
/// <code>Remove-RaftMember n5</code>
/// Asks, and then removes and stops n5.
/// </example>
/// <example>
/// <code>Get-RaftLeader | Remove-RaftMember -Confirm:$false</code>
/// Removes the leader; another leads afterwards.
/// </example>
[Cmdlet(VerbsCommon.Remove, "RaftMember", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.High)]
[OutputType(typeof(void))]
public sealed class RemoveRaftMemberCommand : ClusterCmdlet
{
    /// <summary>The servers: ids, names with wildcards, or server objects.</summary>
    [Parameter(Position = 0, Mandatory = true, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(ServerCompleter))]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    public RaftServerReference[] Server { get; set; } = [];

    /// <summary>Removes a server even if the others cannot write any more then.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    private protected override bool IsForEach => true;

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (ServerTarget target in TargetServers(Server))
        {
            if (!ShouldProcess(target.ToString(), "Remove the server from its cluster for good and stop it"))
            {
                continue;
            }

            Feedback? feedback = Feedback.Current;
            ClusterClient client = target.Cluster.Session.Client;
            TryRun(target.Name, token => ClusterMembership.RemoveAsync(client, target.Id, Force, text => feedback?.Verbose(text), token));
            target.Cluster.Session.UseNewest();
        }
    }
}
