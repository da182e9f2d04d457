using System.Management.Automation;
using RaftKv.Api;
using RaftKv.Api.Protocol;
using RaftKv.Base;

namespace RaftKv.Commands;

/// <summary>Stops servers: gracefully, from within, or by killing them.</summary>
/// <remarks>
/// <para>Without a switch the agent asks the process to end and waits for it. -Exit makes the server end itself by a call, as the published evaluation does. -Force kills the process at once: it gets no chance to write anything.</para>
/// </remarks>
/// <example>
/// <code>Stop-RaftServer n3</code>
/// Stops n3 in good order.
/// </example>
/// <example>
/// <code>Get-RaftLeader | Stop-RaftServer -Force</code>
/// Kills the leader; the others elect a new one.
/// </example>
[Cmdlet(VerbsLifecycle.Stop, "RaftServer", SupportsShouldProcess = true, DefaultParameterSetName = GracefulSet)]
[OutputType(typeof(RaftServer))]
public sealed class StopRaftServerCommand : ServerActionCmdlet
{
    private const string GracefulSet = "Graceful";
    private const string KillSet = "Kill";
    private const string ExitSet = "Exit";

    /// <summary>Kills the process at once, as kill -9 does.</summary>
    [Parameter(ParameterSetName = KillSet, Mandatory = true)]
    public SwitchParameter Force { get; set; }

    /// <summary>Has the server end itself by a call to it. Works for clusters without an agent too.</summary>
    [Parameter(ParameterSetName = ExitSet, Mandatory = true)]
    public SwitchParameter Exit { get; set; }

    private protected override string Effect => Force ? "Kill server" : Exit ? "Make server exit" : "Stop server";

    private protected override Task ActAsync(ServerTarget target, CancellationToken cancellationToken)
    {
        ClusterClient client = target.Cluster.Session.Client;
        return Exit
            ? client.Admin.ExitAsync(target.Id, 0, cancellationToken)
            : client.AgentOf(target.Id).StopAsync(
                target.Cluster.ClusterId, target.Id, Force ? StopMode.Kill : StopMode.Graceful, cancellationToken);
    }
}
