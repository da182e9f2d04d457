using System.Diagnostics;
using RaftKv.Api.Clients;
using RaftKv.Api.Views;
using RaftKv.Base;

namespace RaftKv.Cmdlets;

/// <summary>What a wait is for.</summary>
internal enum WaitGoal
{
    Leader,
    Ready,
    CaughtUp,
}

/// <summary>Waits for states of a cluster, and says what is missing where a wait ends without them.</summary>
internal static class ClusterWait
{
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(25);

    /// <summary>Looks again and again until the goal is reached or the time is over.</summary>
    /// <param name="cluster">The cluster.</param>
    /// <param name="goal">What for.</param>
    /// <param name="servers">The servers that must be ready or caught up; null for all.</param>
    /// <param name="timeout">How long at most; at least one look is taken.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>What is missing at the end; empty when the goal was reached.</returns>
    public static async Task<string> UntilAsync(
        RaftCluster cluster, WaitGoal goal, IReadOnlySet<int>? servers, TimeSpan timeout, CancellationToken cancellationToken)
    {
        Feedback? feedback = Feedback.Current;
        long started = Stopwatch.GetTimestamp();
        while (true)
        {
            IReadOnlyList<ServerView> views = await cluster.Session.Client.GetServerViewsAsync(cancellationToken);
            string missing = Missing(goal, views, servers);
            TimeSpan elapsed = Stopwatch.GetElapsedTime(started);
            if (missing.Length == 0 || elapsed >= timeout)
            {
                return missing;
            }

            feedback?.Progress(
                $"Waiting for {cluster.Name}", missing, elapsed / timeout, (int)Math.Ceiling((timeout - elapsed).TotalSeconds));
            await Task.Delay(Pace, cancellationToken);
        }
    }

    /// <summary>What lacks for a goal, in words; empty when nothing does.</summary>
    internal static string Missing(WaitGoal goal, IReadOnlyList<ServerView> views, IReadOnlySet<int>? servers)
    {
        ServerView? leader = views.Where(view => view.Role == "Leader").MaxBy(view => view.Term);
        int majority = (views.Count / 2) + 1;
        List<string> missing = [];
        if (leader is null)
        {
            missing.Add("no server claims to lead (" + string.Join(", ", views.Select(view => $"{view.Name}: {StateOf(view)}")) + ")");
        }
        else if (views.Count(view => view.Id == leader.Id || (view.Answered && view.LeaderId == leader.Id && view.Term == leader.Term)) < majority)
        {
            missing.Add($"fewer than {majority} of {views.Count} servers follow {leader.Name}");
        }
        else if (leader.CommitIndex == 0)
        {
            missing.Add($"{leader.Name} leads but has committed nothing yet");
        }

        if (goal == WaitGoal.Leader)
        {
            return string.Join("; ", missing);
        }

        foreach (ServerView view in views.Where(view => servers is null || servers.Contains(view.Id)))
        {
            if (RaftServer.FaultOf(view) is { Length: > 0 } fault)
            {
                missing.Add(fault == view.Waiting ? $"{view.Name} {fault}" : $"{view.Name} is {fault}");
            }
            else if (goal == WaitGoal.CaughtUp && leader is not null && view.AppliedIndex < leader.CommitIndex)
            {
                missing.Add($"{view.Name} has applied {view.AppliedIndex} of {leader.CommitIndex}");
            }
            else if (leader is not null && view.LeaderId != leader.Id && view.Id != leader.Id)
            {
                missing.Add($"{view.Name} does not follow {leader.Name}");
            }
        }

        return string.Join("; ", missing);
    }

    private static string StateOf(ServerView view) =>
        RaftServer.FaultOf(view) is { Length: > 0 } fault ? fault : $"{view.Role.ToLowerInvariant()} in term {view.Term}";
}
