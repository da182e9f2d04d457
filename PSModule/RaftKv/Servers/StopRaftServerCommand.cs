using System.Diagnostics;
using System.Management.Automation;
using RaftKv.Api;
using RaftKv.Api.Clients;
using RaftKv.Cmdlets;

namespace RaftKv.Commands;

/// <summary>Stops servers: gracefully, from within, or by killing them.</summary>
/// <remarks>
/// <para>Without a switch the agent asks the process to end and waits for it. -Exit makes the server end itself by a call, as the published evaluation does, and waits until its process has ended; where no agent tells, until it answers no more. -Force kills the process at once: it gets no chance to write anything.</para>
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

    private static readonly TimeSpan ExitLimit = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(25);

    /// <summary>Kills the process at once, as kill -9 does.</summary>
    [Parameter(ParameterSetName = KillSet, Mandatory = true)]
    public SwitchParameter Force { get; set; }

    /// <summary>Has the server end itself by a call to it. Works for clusters without an agent too.</summary>
    [Parameter(ParameterSetName = ExitSet, Mandatory = true)]
    public SwitchParameter Exit { get; set; }

    private protected override string Effect => Force ? "Kill server" : Exit ? "Make server exit" : "Stop server";

    private protected override Task ActAsync(ServerTarget target, CancellationToken cancellationToken) => Exit
        ? ExitAsync(target, cancellationToken)
        : target.Cluster.Session.Client.AgentOf(target.Id).StopAsync(
            target.Cluster.ClusterId, target.Id, Force ? StopMode.Kill : StopMode.Graceful, cancellationToken);

    private static async Task ExitAsync(ServerTarget target, CancellationToken cancellationToken)
    {
        ClusterClient client = target.Cluster.Session.Client;
        try
        {
            await client.Admin.ExitAsync(target.Id, 0, cancellationToken);
        }
        catch (RaftKvException e) when (e.Kind == ErrorKind.ServerUnreachable)
        {
            // It may have ended before its answer left.
            if (await HasEndedAsync(target, cancellationToken))
            {
                return;
            }

            throw;
        }

        long since = Stopwatch.GetTimestamp();
        while (!await HasEndedAsync(target, cancellationToken))
        {
            if (Stopwatch.GetElapsedTime(since) > ExitLimit)
            {
                throw new RaftKvException(ErrorKind.WaitTimeout, $"{target} took the call to exit and has not ended within {ExitLimit.TotalSeconds:0} s. Stop-RaftServer {target.Name} -Force kills it.");
            }

            await Task.Delay(Pace, cancellationToken);
        }
    }

    private static async Task<bool> HasEndedAsync(ServerTarget target, CancellationToken cancellationToken) =>
        (await target.Cluster.Session.Client.GetServerViewsAsync(cancellationToken))
            .Any(view => view.Id == target.Id && (view.ProcessState == "Exited" || view is { ProcessState: "", Answered: false }));
}
