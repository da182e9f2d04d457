using System.Diagnostics;
using System.Management.Automation;
using RaftKv.Api;
using RaftKv.Api.Clients;
using RaftKv.Api.Views;
using RaftKv.Cmdlets;

namespace RaftKv.Commands;

/// <summary>Stops servers and starts them again with the data they have.</summary>
/// <remarks>
/// <para>Servers restart one after the other, and each only while the others are a majority that serves: one that was restarted before has to follow the leader and have applied what is committed. A restart for which the others are too few is refused with the id MajorityAtRisk. Clusters of one or two servers have no majority without one, and are restarted all the same.</para>
/// <para>-AtOnce restarts all servers of one call at the same time, whatever that does to the cluster.</para>
/// </remarks>
/// <example>
/// <code>Restart-RaftServer n1</code>
/// Restarts one server in good order.
/// </example>
/// <example>
/// <code>Restart-RaftServer *; Wait-RaftCluster -For CaughtUp</code>
/// Restarts all servers one after the other while the cluster goes on serving.
/// </example>
[Cmdlet(VerbsLifecycle.Restart, "RaftServer", SupportsShouldProcess = true)]
[OutputType(typeof(RaftServer))]
public sealed class RestartRaftServerCommand : ServerActionCmdlet
{
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(25);

    /// <summary>Kills the process instead of asking it to end.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <summary>Restarts all servers of one call at the same time, with no regard for a majority.</summary>
    [Parameter]
    public SwitchParameter AtOnce { get; set; }

    /// <summary>How many seconds a server may take to be ready, and before that the others to be a majority that has caught up.</summary>
    [Parameter]
    [Alias("Timeout")]
    [ValidateRange(1.0, 86400.0)]
    public double TimeoutSec { get; set; } = 30;

    private protected override string Effect => Force ? "Kill and start server" : "Restart server";

    private protected override bool OneByOne => !AtOnce;

    private protected override async Task ActAsync(ServerTarget target, CancellationToken cancellationToken)
    {
        if (!AtOnce)
        {
            await WaitForTheOthersAsync(target, cancellationToken);
        }

        AgentClient agent = target.Cluster.Session.Client.AgentOf(target.Id);
        string cluster = target.Cluster.ClusterId;
        await (Task)agent.StopAsync(cluster, target.Id, Force ? StopMode.Kill : StopMode.Graceful, cancellationToken);
        await (Task)agent.StartAsync(cluster, target.Id, TimeSpan.FromSeconds(TimeoutSec), cancellationToken);
    }

    /// <summary>Returns once the others can do without this server; at once where that never is so or it takes no part anyway.</summary>
    private async Task WaitForTheOthersAsync(ServerTarget target, CancellationToken cancellationToken)
    {
        long since = Stopwatch.GetTimestamp();
        long? goal = null;
        while (true)
        {
            IReadOnlyList<ServerView> views = await target.Cluster.Session.Client.GetServerViewsAsync(cancellationToken);
            goal ??= Majority.LeaderOf(views)?.CommitIndex;
            string missing = MissingFor(target.Id, views, goal ?? 0);
            if (missing.Length == 0)
            {
                return;
            }

            if (IsHopeless(target.Id, views) || Stopwatch.GetElapsedTime(since).TotalSeconds > TimeoutSec)
            {
                throw new RaftKvException(ErrorKind.MajorityAtRisk, $"{target} was not restarted: {missing}. Start those that are down, or restart with -AtOnce.");
            }

            await Task.Delay(Pace, cancellationToken);
        }
    }

    /// <summary>What lacks before a server may go down; empty when nothing does.</summary>
    /// <param name="id">The server.</param>
    /// <param name="views">All servers as they are now.</param>
    /// <param name="goal">The index that the others must have applied.</param>
    internal static string MissingFor(int id, IReadOnlyList<ServerView> views, long goal)
    {
        ServerView[] voters = Voters(views);
        if (voters.Length < 3 || !voters.Any(voter => voter.Id == id && RaftServer.FaultOf(voter).Length == 0))
        {
            return "";
        }

        if (Majority.LeaderOf(views) is null)
        {
            return "no server leads now";
        }

        // One that has not applied all of this counts for the cluster, but it is still under way itself.
        return Majority.MissingWithout([.. views.Select(view => view.AppliedIndex < goal ? view with { Answered = false } : view)], id);
    }

    /// <summary>Whether the others cannot become enough by waiting. One that merely did not answer in time may be slow.</summary>
    private static bool IsHopeless(int id, IReadOnlyList<ServerView> views)
    {
        ServerView[] voters = Voters(views);
        return voters.Count(voter => voter.Id != id && (RaftServer.FaultOf(voter) is "" or "starting" or "unreachable")) <= voters.Length / 2;
    }

    private static ServerView[] Voters(IReadOnlyList<ServerView> views) => [.. views.Where(view => view.Membership == "Voter")];
}
