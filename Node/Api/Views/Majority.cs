namespace RaftKv.Api.Views;

/// <summary>Counts whether a cluster can still decide when it has to do without a server.</summary>
public static class Majority
{
    /// <summary>What would lack if a voter left for good and were counted no longer; empty when the rest can decide.</summary>
    /// <param name="views">All servers as they are now.</param>
    /// <param name="serverId">Who would leave.</param>
    public static string MissingAfterRemovalOf(IReadOnlyList<ServerView> views, int serverId) => Missing(views, serverId, staysMember: false);

    /// <summary>What would lack while a voter is down but still counted; empty when the rest can decide.</summary>
    /// <param name="views">All servers as they are now.</param>
    /// <param name="serverId">Who would be down.</param>
    public static string MissingWithout(IReadOnlyList<ServerView> views, int serverId) => Missing(views, serverId, staysMember: true);

    /// <summary>Whether a server takes part now: it answers, follows the leader in its term, and the leader has a connection to it.</summary>
    public static bool TakesPart(ServerView server, ServerView leader)
    {
        ArgumentNullException.ThrowIfNull(server);
        ArgumentNullException.ThrowIfNull(leader);
        return server is { Answered: true, Muted: false, HaltCode.Length: 0 }
            && (server.Id == leader.Id
                || (server.LeaderId == leader.Id && server.Term == leader.Term && leader.ConnectedPeers.Contains(server.Id)));
    }

    /// <summary>The leader of the newest term, or null.</summary>
    public static ServerView? LeaderOf(IReadOnlyList<ServerView> views) => views.Where(view => view.Role == "Leader" && !view.Muted).MaxBy(view => view.Term);

    private static string Missing(IReadOnlyList<ServerView> views, int serverId, bool staysMember)
    {
        ServerView[] voters = [.. views.Where(view => view.Membership == "Voter")];
        if (LeaderOf(views) is not { } leader || !voters.Any(voter => voter.Id == serverId))
        {
            return "";
        }

        ServerView[] rest = [.. voters.Where(voter => voter.Id != serverId)];
        ServerView[] able = [.. rest.Where(voter => TakesPart(voter, leader))];
        var counted = staysMember ? voters.Length : rest.Length;
        var needed = (counted / 2) + 1;
        return able.Length >= needed || rest.Length == 0
            ? ""
            : $"{needed} of {counted} voters must agree, and of {string.Join(", ", rest.Select(voter => voter.Name))} "
                + $"{(able.Length == 0 ? "none takes" : $"only {string.Join(", ", able.Select(voter => voter.Name))} {(able.Length == 1 ? "takes" : "take")}")} part now";
    }
}
