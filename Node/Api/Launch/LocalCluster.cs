using RaftKv.Api.Clusters;

namespace RaftKv.Api.Launch;

/// <summary>Starts, stops and removes clusters through agents. The same path serves one machine and many.</summary>
public static class LocalCluster
{
    /// <summary>
    /// Starts an agent (unless given), reserves ports, makes and starts the servers in parallel, and writes the
    /// cluster file. Returns when every server process is ready; waiting for a leader is the caller's. The name of a
    /// stopped cluster whose data was kept starts that cluster again.
    /// </summary>
    /// <param name="options">What is asked for.</param>
    /// <param name="progress">Told what happens, as (text, done, total).</param>
    /// <param name="cancellationToken">Ends it; what was started is stopped again.</param>
    /// <exception cref="RaftKvException">
    /// ServerStartFailed, PortInUse, DataDirectoryInUse, DataDirectoryMissing, InvalidArgument, also where a stopped cluster
    /// cannot be started that way. Nothing is left running, and the data of a stopped cluster stays.
    /// </exception>
    public static async Task<ClusterSpec> StartAsync(
        LaunchOptions options,
        IProgress<(string Text, int Done, int Total)>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        Validate(options);
        var claim = await NameClaim.TakeAsync(options.Name, cancellationToken, options.OnWarning);
        ClusterLaunch? launch = null;
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(options.Timeout);
        try
        {
            if (claim.Stopped is not null && options.BackupPath is not null)
            {
                throw new RaftKvException(
                    ErrorKind.InvalidArgument,
                    $"A stopped cluster '{claim.Name}' has its data here, and a backup makes a new cluster: choose another name, or remove that one first.");
            }

            launch = new ClusterLaunch(options, claim, progress);
            var spec = await launch.RunAsync(limit.Token);
            WarnOfLost(claim, options.OnWarning);
            return spec;
        }
        catch (Exception e)
        {
            await (launch?.UndoAsync() ?? Task.CompletedTask);
            if (e is OperationCanceledException)
            {
                cancellationToken.ThrowIfCancellationRequested();
                throw new RaftKvException(
                    ErrorKind.ServerStartFailed,
                    $"The servers of cluster '{claim.Name}' were not ready within {options.Timeout.TotalSeconds:0} s.", e);
            }

            throw;
        }
        finally
        {
            await claim.GiveBackAsync();
        }
    }

    /// <summary>Stops all servers and the agent; deletes temporary data and the cluster file unless data is kept.</summary>
    public static async Task StopAsync(ClusterSpec spec, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(spec);
        await ClusterEnd.StopServersAsync(spec, deleteData: spec.DataIsTemporary, cancellationToken);
        if (spec.DataIsTemporary)
        {
            await ClusterEnd.DeleteFilesAsync(spec, cancellationToken);
        }
        else
        {
            await ClusterEnd.RecordAsync(spec, cancellationToken);
        }
    }

    /// <summary>Stops it if it runs, then deletes its data and file.</summary>
    /// <returns>The directories in which files are left that are no server's.</returns>
    /// <exception cref="RaftKvException">
    /// InvalidArgument: another file of this user's clusters is of the same cluster. ServerRunning, DataDirectoryInUse: it may live.
    /// Nothing was deleted.
    /// </exception>
    public static async Task<IReadOnlyList<string>> RemoveAsync(ClusterSpec spec, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(spec);
        ClusterEnd.RefuseSecondFile(spec);
        await ClusterEnd.StopServersAsync(spec, deleteData: true, cancellationToken);
        return await ClusterEnd.DeleteFilesAsync(spec, cancellationToken);
    }

    /// <summary>This user's clusters that have a file, running or not.</summary>
    /// <param name="onUnreadable">Told of each file that cannot be used, which is passed over.</param>
    public static IReadOnlyList<ClusterSpec> List(Action<RaftKvException>? onUnreadable = null)
    {
        if (!Directory.Exists(ClusterSpec.DefaultDirectory))
        {
            return [];
        }

        var found = new List<ClusterSpec>();
        foreach (var directory in UserFiles.AtHome(() => Directory.GetDirectories(ClusterSpec.DefaultDirectory)).Order(StringComparer.Ordinal))
        {
            var file = Path.Combine(directory, "cluster.json");
            try
            {
                if (File.Exists(file))
                {
                    found.Add(ClusterSpec.Load(file));
                }
            }
            catch (RaftKvException e) when (e.Kind == ErrorKind.ClusterFileInvalid)
            {
                // Half written by hand, or of a newer version: a caller who lists clusters or names this one is told what is wrong.
                onUnreadable?.Invoke(e);
            }
        }

        return found;
    }

    /// <summary>This user's cluster of a name, whatever its case; null when there is none.</summary>
    /// <exception cref="RaftKvException">ClusterFileInvalid: there is its file, which cannot be used.</exception>
    public static ClusterSpec? Find(string name)
    {
        var found = List().Where(spec => string.Equals(spec.Name, name, StringComparison.OrdinalIgnoreCase)).OrderByDescending(spec => spec.Name == name).FirstOrDefault();
        return found is null && ClusterFileRules.IsName(name) && File.Exists(ClusterSpec.FileOf(name)) ? ClusterSpec.Load(ClusterSpec.FileOf(name)) : found;
    }

    /// <summary>Whether an agent that was started for it still runs, as far as can be seen from here; unknown for agents that were given.</summary>
    public static AgentState StateOf(ClusterSpec spec)
    {
        ArgumentNullException.ThrowIfNull(spec);
        return Worst(spec.Agents.Select(LocalAgent.StateOf));
    }

    /// <summary>The same, where agents that cannot be seen are asked: an answer proves that the cluster runs.</summary>
    public static async Task<AgentState> FindStateAsync(ClusterSpec spec, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(spec);
        return Worst(await Task.WhenAll(spec.Agents.Select(agent => LocalAgent.FindStateAsync(agent, cancellationToken))));
    }

    /// <summary>Whether a temporary cluster's agent has ended without the cluster having been stopped, with data of it left.</summary>
    public static bool IsLost(ClusterSpec spec)
    {
        ArgumentNullException.ThrowIfNull(spec);
        return spec is { DataIsTemporary: true, Agents.Count: > 0 } && StateOf(spec) == AgentState.Ended && ClusterData.HasServers(spec);
    }

    private static AgentState Worst(IEnumerable<AgentState> agents)
    {
        AgentState[] states = [.. agents.Distinct()];
        return states.Contains(AgentState.Running) ? AgentState.Running
            : states is [AgentState.Ended] ? AgentState.Ended
            : AgentState.Unknown;
    }

    /// <summary>Says what was lost before this launch. One that another session was just stopping is gone by now.</summary>
    private static void WarnOfLost(NameClaim claim, Action<string>? onWarning)
    {
        foreach (var lost in claim.Lost.Where(IsLost))
        {
            onWarning?.Invoke(Leftovers.Explain(lost));
        }
    }

    private static void Validate(LaunchOptions options)
    {
        var faults = new List<string>();
        if (options.Name is { } name && !ClusterFileRules.IsName(name))
        {
            faults.Add($"the name '{name}' must be 1 to 64 letters, digits, '-' or '_'");
        }
        else if (options.Name is { } device && ClusterFileRules.IsDeviceName(device))
        {
            faults.Add($"the name '{device}' is that of a device on Windows, where no folder can be called so: choose another");
        }

        if (options.ServerCount is < 1 or > ClusterFileRules.MaxServers)
        {
            faults.Add($"the number of servers must be 1 to {ClusterFileRules.MaxServers}, not {options.ServerCount}");
        }

        if (options.Timeout <= TimeSpan.Zero)
        {
            faults.Add("the timeout must be above zero");
        }

        if (faults.Count > 0)
        {
            throw new RaftKvException(ErrorKind.InvalidArgument, $"No cluster was started: {string.Join("; ", faults)}.");
        }
    }
}
