using RaftKv.Api.Clusters;

namespace RaftKv.Api.Launch;

/// <summary>
/// What <see cref="LocalCluster.StartAsync"/> is asked for. What is left null is as a stopped cluster had it, and as the
/// default says for a new one.
/// </summary>
public sealed record LaunchOptions
{
    /// <summary>The cluster's name; null: a free one, <c>raft1</c> and so on.</summary>
    public string? Name { get; init; }

    /// <summary>How many servers, 1 to 63; null: 5. A stopped cluster has as many as it had.</summary>
    public int? ServerCount { get; init; }

    /// <summary>The preset's name: the options to begin from where <see cref="Options"/> is null, else for the record. Null: Default.</summary>
    public string? Preset { get; init; }

    /// <summary>Behaviour of every server; null: the preset's.</summary>
    public ServerOptions? Options { get; init; }

    /// <summary>Changes the options that hold without it; null changes nothing.</summary>
    public Func<ServerOptions, ServerOptions>? Change { get; init; }

    /// <summary>Where the data goes; null: a temporary directory that stopping deletes.</summary>
    public string? DataPath { get; init; }

    /// <summary>
    /// Start a stopped cluster without the servers whose data directories are gone, damaged or refused by the disk, which stay
    /// as they are. The servers still belong to it, until they are removed.
    /// </summary>
    public bool SkipMissing { get; init; }

    /// <summary>A backup that a new cluster begins with; null: it begins empty. The name must then be no stopped cluster's.</summary>
    public string? BackupPath { get; init; }

    /// <summary>Turns the chaos service on with a random token; null: on.</summary>
    public bool? Chaos { get; init; }

    /// <summary>Let the cluster outlive this process.</summary>
    public bool Detached { get; init; }

    /// <summary>Keep unflushed writes in memory, so that kills lose them; null: no.</summary>
    public bool? LoseUnsyncedOnKill { get; init; }

    /// <summary>Give servers of a stopped cluster whose port is taken another one; otherwise that is an error.</summary>
    public bool NewPorts { get; init; }

    /// <summary>
    /// Told what a user must know of a start: what a stopped cluster has otherwise than before, which of its servers are left out,
    /// what was removed of a start that was cut off, and which temporary clusters have lost their agent.
    /// </summary>
    public Action<string>? OnWarning { get; init; }

    /// <summary>The <c>raftkv-node</c> executable; null: found beside the module.</summary>
    public string? NodePath { get; init; }

    /// <summary>Running agents on other machines to spread servers over; empty: a local agent is started.</summary>
    public IReadOnlyList<AgentSpec> Agents { get; init; } = [];

    /// <summary>Let servers of agents elsewhere listen on addresses that other machines reach, in plain text.</summary>
    public bool AllowInsecure { get; init; }

    /// <summary>The most servers an agent takes when <see cref="Agents"/> are given.</summary>
    public int ServersPerAgent { get; init; } = 7;

    /// <summary>How long all of it may take until every server is ready. Default 60 s.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(60);
}
