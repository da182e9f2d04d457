using RaftKv.Api.Clients;
using RaftKv.Api.Clusters;

namespace RaftKv.Api.Launch;

/// <summary>The steps by which a cluster is stopped and removed.</summary>
internal static class ClusterEnd
{
    /// <summary>A copy of a cluster's file is a second name for the same data: to delete the copy need not mean to delete the data.</summary>
    /// <exception cref="RaftKvException">InvalidArgument: another file of this user's clusters is of the same cluster.</exception>
    public static void RefuseSecondFile(ClusterSpec spec)
    {
        if (spec.Path is { } path && LocalCluster.List().FirstOrDefault(s => s.ClusterId == spec.ClusterId && s.Path != path) is { } other)
        {
            throw new RaftKvException(
                ErrorKind.InvalidArgument,
                $"Two files are of this cluster, and its data is the same: '{path}' names it '{spec.Name}' and '{other.Path}' names it '{other.Name}'. "
                + "Nothing was stopped or deleted. Delete the file that is not needed; then the other one removes the cluster with its data.");
        }
    }

    /// <summary>Ends its servers, and the agents that were started for it.</summary>
    /// <exception cref="RaftKvException">ServerRunning: an agent cannot be seen from here and does not answer.</exception>
    public static async Task StopServersAsync(ClusterSpec spec, bool deleteData, CancellationToken cancellationToken)
    {
        await EndCutOffAsync(spec, cancellationToken);

        // Data that is deleted anyway needs no careful end.
        var mode = deleteData ? StopMode.Kill : StopMode.Graceful;
        foreach (var agent in spec.Agents)
        {
            if (agent.ProcessId == 0)
            {
                await ClusterLaunch.RemoveServersAsync(agent, spec.ClusterId, mode, deleteData, cancellationToken);
                if (deleteData)
                {
                    await RemoveDataAsync(agent, spec, cancellationToken);
                }
            }
            else if (await LocalAgent.FindStateAsync(agent, cancellationToken) is var state && state == AgentState.Running)
            {
                await LocalAgent.StopAsync(agent, mode, cancellationToken);
            }
            else if (state == AgentState.Unknown)
            {
                throw new RaftKvException(
                    ErrorKind.ServerRunning,
                    $"Cluster '{spec.Name}' was started where its processes cannot be seen from here (on another machine, in another container, "
                    + $"or before a reboot), and its agent, process {agent.ProcessId} at {agent.Endpoint}, does not answer: nothing was deleted. "
                    + "Stop it where it was started. If it is certain that it runs nowhere, "
                    + (spec.DataIsTemporary ? "" : $"start it here ('Start-RaftCluster {spec.Name}') and then remove it, or ")
                    + $"delete '{spec.DataPath}' and '{spec.Path}'.");
            }
        }
    }

    /// <summary>An agent forgets servers that were removed from the cluster, and those of a stopped cluster; their data is there all the same.</summary>
    public static async Task RemoveDataAsync(AgentSpec agent, ClusterSpec spec, CancellationToken cancellationToken)
    {
        await using var client = new AgentClient(agent);
        await client.RemoveDataAsync(spec.ClusterId, spec.DataPath ?? spec.Name, cancellationToken);
    }

    /// <summary>
    /// Deletes data and file, both under the lock of the names: another session that tidies the cluster away at the same
    /// moment would hold the lock of a directory, which looks as if a server lived there; and a third could take the name
    /// between the look at the file and its end, and lose its own.
    /// </summary>
    public static async Task<IReadOnlyList<string>> DeleteFilesAsync(ClusterSpec spec, CancellationToken cancellationToken)
    {
        using var held = await NameClaim.LockAsync(cancellationToken);
        return DeleteDataAndFile(spec);
    }

    /// <summary>The same for a caller who holds that lock.</summary>
    public static IReadOnlyList<string> DeleteDataAndFile(ClusterSpec spec)
    {
        var left = ClusterData.Delete(spec);
        DeleteFile(spec);
        return left;
    }

    /// <summary>
    /// Deletes a cluster's file. Once its agent is gone another session may have tidied it away already, and a third may
    /// have taken the name for a cluster of its own, whose file stays.
    /// </summary>
    private static void DeleteFile(ClusterSpec spec)
    {
        try
        {
            if (spec.Path is { } file && File.ReadAllText(file).Contains(spec.ClusterId, StringComparison.Ordinal))
            {
                File.Delete(file);
                ClusterData.DeleteIfEmpty(Path.GetDirectoryName(file)!);
            }
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            // It is gone, which is what was wanted.
        }
    }

    /// <summary>Notes in its file which agents were seen to end: after a reboot, or in another container, that cannot be seen any more.</summary>
    public static async Task RecordAsync(ClusterSpec spec, CancellationToken cancellationToken)
    {
        try
        {
            using var names = await NameClaim.LockAsync(cancellationToken);
            if (spec.Path is { } path && File.Exists(path) && !NameClaim.IsHeld(spec.Name)
                && ClusterSpec.Load(path) is var now && now.ClusterId == spec.ClusterId && now.Agents.SequenceEqual(spec.Agents))
            {
                AgentSpec[] agents = [.. now.Agents.Select(agent => agent with { HasEnded = LocalAgent.StateOf(agent) == AgentState.Ended })];
                _ = agents.SequenceEqual(now.Agents) ? now : (now with { Agents = agents }).Save(path);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or RaftKvException)
        {
            // The cluster is stopped all the same, and as long as nothing is rebooted its processes are seen to be gone.
        }
    }

    /// <summary>Ends what a start of it runs that was cut off: agent and servers are others than those that its file names.</summary>
    private static async Task EndCutOffAsync(ClusterSpec spec, CancellationToken cancellationToken)
    {
        if (CutOffLaunch.IsOf(spec))
        {
            await CutOffLaunch.RemoveAsync(spec.Name, cancellationToken);
        }
    }
}
