using System.Management.Automation;
using RaftKv.Cmdlets;

namespace RaftKv.Commands;

/// <summary>Lets servers take part again that Disable-RaftServer muted.</summary>
/// <remarks>
/// <para>Only the muting is undone: partitions and link faults stay as they are. Clear-RaftFault undoes everything.</para>
/// </remarks>
/// <example>
/// <code>Enable-RaftServer n4</code>
/// Lets n4 take part again.
/// </example>
/// <example>
/// <code>Get-RaftServer | Where-Object Fault -eq muted | Enable-RaftServer</code>
/// Lets everything take part again that is muted.
/// </example>
[Cmdlet(VerbsLifecycle.Enable, "RaftServer", SupportsShouldProcess = true)]
[OutputType(typeof(RaftServer))]
public sealed class EnableRaftServerCommand : ServerActionCmdlet
{
    private protected override string Effect => "Pass its messages again";

    private protected override Task ActAsync(ServerTarget target, CancellationToken cancellationToken) =>
        target.Cluster.Session.Client.Chaos.MuteAsync(target.Id, false, cancellationToken);
}
