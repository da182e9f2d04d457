using System.Management.Automation;
using RaftKv.Api;
using RaftKv.Api.Protocol;
using RaftKv.Base;

namespace RaftKv.Commands;

/// <summary>Stops servers and starts them again with the data they have.</summary>
/// <remarks>
/// <para>Servers of one call stop and start at the same time. To keep the cluster available restart them one by one and wait in between.</para>
/// </remarks>
/// <example>
/// <code>Restart-RaftServer n1</code>
/// Restarts one server in good order.
/// </example>
/// <example>
/// <code>Get-RaftServer | ForEach-Object { $_ | Restart-RaftServer; Wait-RaftCluster -For CaughtUp }</code>
/// Restarts all servers one after the other while the cluster goes on serving.
/// </example>
[Cmdlet(VerbsLifecycle.Restart, "RaftServer", SupportsShouldProcess = true)]
[OutputType(typeof(RaftServer))]
public sealed class RestartRaftServerCommand : ServerActionCmdlet
{
    /// <summary>Kills the process instead of asking it to end.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <summary>How many seconds a server may take to be ready.</summary>
    [Parameter]
    [Alias("Timeout")]
    [ValidateRange(1.0, 86400.0)]
    public double TimeoutSec { get; set; } = 30;

    private protected override string Effect => Force ? "Kill and start server" : "Restart server";

    private protected override async Task ActAsync(ServerTarget target, CancellationToken cancellationToken)
    {
        AgentClient agent = target.Cluster.Session.Client.AgentOf(target.Id);
        string cluster = target.Cluster.ClusterId;
        await (Task)agent.StopAsync(cluster, target.Id, Force ? StopMode.Kill : StopMode.Graceful, cancellationToken);
        await (Task)agent.StartAsync(cluster, target.Id, TimeSpan.FromSeconds(TimeoutSec), cancellationToken);
    }
}
