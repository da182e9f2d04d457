using System.Management.Automation;
using RaftKv.Cmdlets;

namespace RaftKv.Commands;

/// <summary>Freezes the processes of servers, as a virtual machine that is paused.</summary>
/// <remarks>
/// <para>A frozen server keeps its connections and answers nothing. Resume-RaftServer lets it go on. Not available on Windows.</para>
/// </remarks>
/// <example>
/// <code>Get-RaftLeader | Suspend-RaftServer</code>
/// Freezes the leader; the others elect a new one.
/// </example>
/// <example>
/// <code>Suspend-RaftServer n1; Start-Sleep 5; Resume-RaftServer n1</code>
/// Lets one server miss five seconds.
/// </example>
[Cmdlet(VerbsLifecycle.Suspend, "RaftServer", SupportsShouldProcess = true)]
[OutputType(typeof(RaftServer))]
public sealed class SuspendRaftServerCommand : ServerActionCmdlet
{
    private protected override string Effect => "Freeze process";

    private protected override Task ActAsync(ServerTarget target, CancellationToken cancellationToken) =>
        target.Cluster.Session.Client.AgentOf(target.Id).PauseAsync(target.Cluster.ClusterId, target.Id, cancellationToken);
}
