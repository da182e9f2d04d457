using System.Management.Automation;
using RaftKv.Api;
using RaftKv.Api.Clients;
using RaftKv.Api.Launch;
using RaftKv.Api.Views;
using RaftKv.Base;
using RaftKv.Cmdlets;

namespace RaftKv.Commands;

/// <summary>Starts servers that were stopped or killed, and waits until they are ready.</summary>
/// <remarks>
/// <para>A server goes on with the data it has. It is ready when it answers; Wait-RaftCluster -For CaughtUp waits until it has everything again. A server that runs already stays as it is. One that is frozen is an error: Resume-RaftServer lets it go on. A server that does not start does not keep the others from starting. One that Start-RaftCluster -SkipMissing left out is taken in again once its own directory is back.</para>
/// </remarks>
/// <example>
/// <code>Start-RaftServer n2</code>
/// Starts the server n2 again.
/// </example>
/// <example>
/// <code>Get-RaftServer | Where-Object Fault -eq stopped | Start-RaftServer -PassThru</code>
/// Starts everything that is down and shows it.
/// </example>
[Cmdlet(VerbsLifecycle.Start, "RaftServer", SupportsShouldProcess = true)]
[OutputType(typeof(RaftServer))]
public sealed class StartRaftServerCommand : ServerActionCmdlet
{
    /// <summary>How many seconds a server may take to be ready.</summary>
    [Parameter]
    [Alias("Timeout")]
    [ValidateRange(1.0, 86400.0)]
    public double TimeoutSec { get; set; } = 30;

    private protected override string Effect => "Start server";

    private protected override async Task ActAsync(ServerTarget target, CancellationToken cancellationToken)
    {
        ClusterClient client = target.Cluster.Session.Client;
        try
        {
            await ServerStart.StartAsync(client, target.Id, TimeSpan.FromSeconds(TimeoutSec), cancellationToken);
            target.Cluster.Session.UseNewest();
        }
        catch (RaftKvException e) when (e.Kind == ErrorKind.ServerRunning)
        {
            IReadOnlyList<ServerView> views = await client.GetServerViewsAsync(cancellationToken);
            if (views.Any(view => view.Id == target.Id && view.ProcessState == "Paused"))
            {
                throw new RaftKvException(ErrorKind.ServerRunning, $"{target} runs but is frozen. Resume-RaftServer {target.Name} lets it go on.", e);
            }

            Feedback.Current?.Verbose($"{target} runs already.");
        }
    }
}
