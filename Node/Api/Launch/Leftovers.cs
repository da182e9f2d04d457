using System.Diagnostics;
using RaftKv.Api.Clusters;

namespace RaftKv.Api.Launch;

/// <summary>
/// What sessions and agents left that were killed. What is proven to be no one's is removed; what is not is left alone, and
/// the words say where it lies. Callers hold the lock of the names.
/// </summary>
internal static class Leftovers
{
    /// <summary>Longer than servers take to end whose agent was ended.</summary>
    private static readonly TimeSpan EndPatience = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan EndPollInterval = TimeSpan.FromMilliseconds(50);

    /// <summary>Removes what launches left that were cut off, and the files of temporary clusters that ended with their session.</summary>
    /// <param name="onRemoved">Told, in a sentence each, what of a launch was removed.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>
    /// Why the rest of a launch could not be removed, and what to do, by the names; and the temporary clusters that have lost
    /// their agent, with data of theirs left.
    /// </returns>
    public static async Task<(IReadOnlyDictionary<string, string> Kept, IReadOnlyList<ClusterSpec> Lost)> RemoveAsync(
        Action<string>? onRemoved, CancellationToken cancellationToken)
    {
        var lost = new List<ClusterSpec>();
        foreach (var spec in LocalCluster.List().Where(spec => spec is { DataIsTemporary: true, Agents.Count: > 0 } && LocalCluster.StateOf(spec) == AgentState.Ended))
        {
            if (ClusterData.HasServers(spec))
            {
                lost.Add(spec);
            }
            else
            {
                ClusterEnd.DeleteDataAndFile(spec);
            }
        }

        var kept = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var name in LaunchRecord.Names())
        {
            if (NameClaim.TryHold(name) is not { } held)
            {
                // Its launch goes on.
                continue;
            }

            try
            {
                if (await RemoveCutOffAsync(name, cancellationToken) is { } removed)
                {
                    onRemoved?.Invoke(removed);
                }
            }
            catch (Exception e) when (e is RaftKvException or IOException or UnauthorizedAccessException)
            {
                kept[name] = e.Message;
            }
            finally
            {
                NameClaim.Free(name, held);
            }
        }

        return (kept, lost);
    }

    /// <summary>What happened to a temporary cluster that has lost its agent, and the ways out.</summary>
    public static string Explain(ClusterSpec lost) =>
        $"Cluster '{lost.Name}' has lost its agent (process {lost.Agents[0].ProcessId}), and its servers with it, without having been stopped. Its data was "
        + $"temporary; what is left lies in '{lost.DataPath}'. 'Backup-RaftCluster -Cluster {lost.Name} -Surviving -Path FILE' saves the best copy, "
        + $"'Remove-RaftCluster {lost.Name}' deletes all of it and frees the name.";

    /// <summary>Removes what the launch of a name left that was cut off. The caller holds the name too.</summary>
    /// <returns>What was removed, in a sentence; null where there was no such launch or it had come to its end.</returns>
    /// <exception cref="RaftKvException">It is not proven that nothing of it lives, or not all of it could be removed; the message says what is left and what to do.</exception>
    public static async Task<string?> RemoveCutOffAsync(string name, CancellationToken cancellationToken)
    {
        if (LaunchRecord.Read(name) is not { } record)
        {
            return null;
        }

        var wasFinished = IsFinished(record);
        if (!wasFinished)
        {
            foreach (var agent in record.Spec.Agents)
            {
                await EndAsync(agent, record, cancellationToken);
            }

            if (record.IsNew)
            {
                await DeleteDataAsync(record.Spec, cancellationToken);
            }
        }

        LaunchRecord.Delete(name);
        ClusterData.DeleteIfEmpty(Path.GetDirectoryName(record.Spec.Path)!);
        return wasFinished ? null
            : record.IsNew ? $"A start of cluster '{name}' was cut off before it was done. What it had made in '{record.Spec.DataPath}' was removed."
            : $"A start of the stopped cluster '{name}' was cut off before it was done. What it had started was ended; the data stays, with what was written meanwhile.";
    }

    /// <summary>Whether the cluster's file was written before the launch was cut off: then it runs, or ran, as any other.</summary>
    private static bool IsFinished(LaunchRecord record)
    {
        var file = ClusterSpec.FileOf(record.Spec.Name);
        return File.Exists(file) && ClusterSpec.Load(file) is var spec && spec.ClusterId == record.Spec.ClusterId && spec.Agents.SequenceEqual(record.Spec.Agents);
    }

    /// <summary>Ends what an agent runs for the launch, and the agent itself where it was started for it.</summary>
    private static async Task EndAsync(AgentSpec agent, LaunchRecord record, CancellationToken cancellationToken)
    {
        var mode = record.IsNew ? StopMode.Kill : StopMode.Graceful;
        try
        {
            if (agent.ProcessId == 0)
            {
                await ClusterLaunch.RemoveServersAsync(agent, record.Spec.ClusterId, mode, deleteData: record.IsNew, cancellationToken);
                await (record.IsNew ? ClusterEnd.RemoveDataAsync(agent, record.Spec, cancellationToken) : Task.CompletedTask);
                return;
            }

            var state = await LocalAgent.FindStateAsync(agent, cancellationToken);
            if (state == AgentState.Running)
            {
                await LocalAgent.StopAsync(agent, mode, cancellationToken);
            }
            else if (state == AgentState.Unknown)
            {
                throw new RaftKvException(
                    ErrorKind.ServerRunning,
                    $"its agent, process {agent.ProcessId} at {agent.Endpoint}, was started where processes cannot be seen from here (on another machine, in "
                    + "another container, or before a reboot), and does not answer");
            }
        }
        catch (RaftKvException e)
        {
            throw Kept(record.Spec, record.IsNew, e);
        }
    }

    /// <summary>Deletes the directories of a cluster that never came to be, by its id. Servers whose agent was just ended may take a moment to let go.</summary>
    private static async Task DeleteDataAsync(ClusterSpec spec, CancellationToken cancellationToken)
    {
        for (var since = Stopwatch.GetTimestamp(); ;)
        {
            try
            {
                if (!spec.Agents.Any(agent => agent.ProcessId == 0))
                {
                    ClusterData.DeleteUnfinished(spec);
                }

                ClusterData.Delete(spec);
                return;
            }
            catch (RaftKvException e) when (e.Kind == ErrorKind.DataDirectoryInUse)
            {
                if (Stopwatch.GetElapsedTime(since) >= EndPatience)
                {
                    throw Kept(spec, isNew: true, e);
                }

                await Task.Delay(EndPollInterval, cancellationToken);
            }
        }
    }

    private static RaftKvException Kept(ClusterSpec spec, bool isNew, RaftKvException why) => new(
        why.Kind,
        $"A start of cluster '{spec.Name}' was cut off before it was done, and what it left could not be removed: {why.Message.TrimEnd('.')}. If it is certain "
        + $"that nothing of it runs anywhere, delete '{spec.Path}'"
        + (isNew ? $", and in '{spec.DataPath ?? spec.Name}' on the machines of its agents the folders {string.Join(", ", spec.Servers.Select(server => server.Name))}." : "."),
        why);
}
