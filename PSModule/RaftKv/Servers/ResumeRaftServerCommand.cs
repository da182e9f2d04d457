using System.Management.Automation;
using RaftKv.Cmdlets;

namespace RaftKv.Commands;

/// <summary>Lets servers go on that Suspend-RaftServer froze.</summary>
/// <remarks>
/// <para>A leader that was frozen for longer than an election timeout serves nothing before it has learned whether it still leads.</para>
/// </remarks>
/// <example>
/// <code>Resume-RaftServer n1</code>
/// Lets n1 go on.
/// </example>
/// <example>
/// <code>Get-RaftServer | Where-Object Fault -eq paused | Resume-RaftServer</code>
/// Lets everything go on that is frozen.
/// </example>
[Cmdlet(VerbsLifecycle.Resume, "RaftServer", SupportsShouldProcess = true)]
[OutputType(typeof(RaftServer))]
public sealed class ResumeRaftServerCommand : ServerActionCmdlet
{
    private protected override string Effect => "Let process go on";

    private protected override Task ActAsync(ServerTarget target, CancellationToken cancellationToken) =>
        target.Cluster.Session.Client.AgentOf(target.Id).ResumeAsync(target.Cluster.ClusterId, target.Id, cancellationToken);
}
