using System.Management.Automation;
using RaftKv.Cmdlets;

namespace RaftKv.Commands;

/// <summary>Mutes servers: they drop every message from peers and clients while their processes run on.</summary>
/// <remarks>
/// <para>This is the published evaluation's KILL. A muted server still answers Get-RaftServer and Enable-RaftServer. To end a process for real use Stop-RaftServer -Force.</para>
/// </remarks>
/// <example>
/// <code>Disable-RaftServer (Get-RaftLeader)</code>
/// Silences the leader; the others elect a new one.
/// </example>
/// <example>
/// <code>Disable-RaftServer n4, n5 -PassThru</code>
/// Silences two servers and shows them.
/// </example>
[Cmdlet(VerbsLifecycle.Disable, "RaftServer", SupportsShouldProcess = true)]
[OutputType(typeof(RaftServer))]
public sealed class DisableRaftServerCommand : ServerActionCmdlet
{
    private protected override string Effect => "Drop all its messages";

    private protected override Task ActAsync(ServerTarget target, CancellationToken cancellationToken) =>
        target.Cluster.Session.Client.Chaos.MuteAsync(target.Id, true, cancellationToken);
}
