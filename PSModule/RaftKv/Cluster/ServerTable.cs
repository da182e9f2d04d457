using System.Globalization;
using RaftKv.Api.Views;

namespace RaftKv.Commands;

/// <summary>The servers of a cluster as lines of text, for eyes that watch them change.</summary>
internal static class ServerTable
{
    /// <summary>A table of several lines: what the cluster is at, then one line for each server.</summary>
    /// <param name="name">The cluster's name.</param>
    /// <param name="views">The servers.</param>
    /// <param name="network">What their network has in force, by their ids.</param>
    /// <param name="now">When this was.</param>
    public static IReadOnlyList<string> Lines(string name, IReadOnlyList<ServerView> views, IReadOnlyDictionary<int, string> network, DateTime now) =>
    [
        $"{name}  {now.ToString("HH:mm:ss", CultureInfo.InvariantCulture)}  {Leadership(views)}  (Ctrl-C ends)",
        Format("Name", "Role", "Term", "Commit", "Applied", "Keys", "Fault", "Endpoint"),
        .. views.Select(view => view.Answered
            ? Format(view.Name, view.Role, view.Term, view.CommitIndex, view.AppliedIndex, view.KeyCount, FaultOf(view, network), view.Endpoint)
            : Format(view.Name, "", "", "", "", "", FaultOf(view, network), view.Endpoint)),
    ];

    /// <summary>The same in one line.</summary>
    public static string Line(IReadOnlyList<ServerView> views, IReadOnlyDictionary<int, string> network, DateTime now)
    {
        IEnumerable<string> servers = views.Select(view => RaftServer.FaultOf(view) is { Length: > 0 } fault
            ? $"{view.Name} {fault}"
            : $"{view.Name} {view.Role} {view.CommitIndex.ToString(CultureInfo.InvariantCulture)}{(network.TryGetValue(view.Id, out string? text) ? $" ({text})" : "")}");
        return $"{now.ToString("HH:mm:ss.fff", CultureInfo.InvariantCulture)}  {Leadership(views)}: {string.Join(", ", servers)}";
    }

    private static string FaultOf(ServerView view, IReadOnlyDictionary<int, string> network) =>
        string.Join("; ", new[] { RaftServer.FaultOf(view), network.GetValueOrDefault(view.Id, "") }.Where(text => text.Length > 0));

    private static string Leadership(IReadOnlyList<ServerView> views)
    {
        ServerView? leader = views.Where(view => view.Role == "Leader").MaxBy(view => view.Term);
        return leader is null ? "no leader" : $"{leader.Name} leads in term {leader.Term.ToString(CultureInfo.InvariantCulture)}";
    }

    private static string Format(
        object name, object role, object term, object commit, object applied, object keys, object fault, object endpoint) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"{name,-8} {role,-13} {term,8} {commit,10} {applied,10} {keys,9}  {fault,-22} {endpoint}");
}
