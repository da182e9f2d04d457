namespace RaftKv.Api.Clusters;

/// <summary>What <see cref="LocalCluster.StartAsync"/> is asked for.</summary>
public sealed record LaunchOptions
{
    /// <summary>The cluster's name; null: a free one, <c>raft1</c> and so on.</summary>
    public string? Name { get; init; }

    /// <summary>How many servers. 1 to 63.</summary>
    public int ServerCount { get; init; } = 5;

    /// <summary>The preset's name, for the record.</summary>
    public string Preset { get; init; } = "Default";

    /// <summary>Behaviour of every server.</summary>
    public ServerOptions Options { get; init; } = new();

    /// <summary>Where the data goes; null: a temporary directory that stopping deletes.</summary>
    public string? DataPath { get; init; }

    /// <summary>Turns the chaos service on with a random token.</summary>
    public bool Chaos { get; init; } = true;

    /// <summary>Let the cluster outlive this process.</summary>
    public bool Detached { get; init; }

    /// <summary>Keep unflushed writes in memory, so that kills lose them.</summary>
    public bool LoseUnsyncedOnKill { get; init; }

    /// <summary>The <c>raftkv-node</c> executable; null: found beside the module.</summary>
    public string? NodePath { get; init; }

    /// <summary>Running agents on other machines to spread servers over; empty: a local agent is started.</summary>
    public IReadOnlyList<AgentSpec> Agents { get; init; } = [];

    /// <summary>The most servers an agent takes when <see cref="Agents"/> are given.</summary>
    public int ServersPerAgent { get; init; } = 7;

    /// <summary>How long all of it may take until every server is ready. Default 60 s.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(60);
}

/// <summary>Starts, stops and removes clusters through agents. The same path serves one machine and many.</summary>
public static class LocalCluster
{
    /// <summary>
    /// Starts an agent (unless given), reserves ports, makes and starts the servers in parallel, and writes the
    /// cluster file. Returns when every server process is ready; waiting for a leader is the caller's.
    /// </summary>
    /// <param name="options">What is asked for.</param>
    /// <param name="progress">Told what happens, as (text, done, total).</param>
    /// <param name="cancellationToken">Ends it; what was started is stopped again.</param>
    /// <exception cref="RaftKvException">ServerStartFailed, PortInUse, DataDirectoryInUse, InvalidArgument. Nothing is left running.</exception>
    public static Task<ClusterSpec> StartAsync(LaunchOptions options, IProgress<(string Text, int Done, int Total)>? progress = null, CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <summary>Stops all servers and the agent; deletes temporary data and the cluster file unless data is kept.</summary>
    public static Task StopAsync(ClusterSpec spec, CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <summary>Stops it if it runs, then deletes its data and file.</summary>
    public static Task RemoveAsync(ClusterSpec spec, CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <summary>This user's clusters that have a file, running or not.</summary>
    public static IReadOnlyList<ClusterSpec> List() => throw new NotImplementedException();
}
