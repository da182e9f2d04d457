using RaftKv.Api;
using RaftKv.Api.Clusters;
using RaftKv.Api.Launch;
using RaftKv.Base;

namespace RaftKv.Cmdlets;

/// <summary>What is said of a cluster's name that means nothing here: whether there is such a cluster, which there are, and how to come to one.</summary>
internal static class ClusterNames
{
    /// <summary>The words for a name that the session does not know.</summary>
    public static string Explain(string name)
    {
        IReadOnlyList<ClusterSpec> files = Files();
        if (files.FirstOrDefault(spec => string.Equals(spec.Name, name, StringComparison.OrdinalIgnoreCase)) is { } found)
        {
            return LocalCluster.StateOf(found) == AgentState.Ended
                ? $"Cluster '{found.Name}' is stopped. {(LocalCluster.IsLost(found) ? $"Its agent was killed; 'Backup-RaftCluster -Cluster {found.Name} -Surviving -Path FILE' saves what is left of its data, and " : found.DataIsTemporary ? "" : $"Start-RaftCluster {found.Name} starts it again, and ")}Remove-RaftCluster {found.Name} deletes it."
                : $"This session is not connected to cluster '{found.Name}': Connect-RaftCluster {found.Name} connects to it.";
        }

        string[] there =
        [
            .. files.Select(spec => $"{spec.Name}{(LocalCluster.StateOf(spec) == AgentState.Ended ? " (stopped)" : "")}")
                .Concat(SessionTable.Here.Known.Where(cluster => files.All(spec => spec.ClusterId != cluster.ClusterId)).Select(cluster => cluster.Name)),
        ];
        return $"There is no cluster '{name}'. " + (there.Length == 0
            ? "There is none at all: Start-RaftCluster starts one, and Connect-RaftCluster -Path or -Endpoint connects to one of somebody else's."
            : $"There are {string.Join(", ", there)}: Get-RaftCluster -All shows them, and Connect-RaftCluster connects to one that runs.");
    }

    private static IReadOnlyList<ClusterSpec> Files()
    {
        try
        {
            return LocalCluster.List();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or RaftKvException)
        {
            // Then only those of the session can be named.
            return [];
        }
    }
}
