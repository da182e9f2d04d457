using System.Text.Json.Serialization;

namespace RaftKv.Api.Clusters;

/// <summary>
/// Everything <c>raftkv-node init</c> and <c>serve</c> need to know, as one JSON file (<c>server.json</c>) in the data
/// directory. Agents write it; people may too.
/// </summary>
public sealed record ServerConfig
{
    /// <summary>The cluster's id, a GUID in 32 digits.</summary>
    public required string ClusterId { get; init; }

    /// <summary>The cluster's name, for messages.</summary>
    public string ClusterName { get; init; } = "";

    /// <summary>This server's id, from 1.</summary>
    public required int Id { get; init; }

    /// <summary>This server's name.</summary>
    public required string Name { get; init; }

    /// <summary>All servers, this one included. Counts for the first start only: from then on the disk says who belongs to the cluster.</summary>
    public required IReadOnlyList<PeerConfig> Members { get; init; }

    /// <summary>Where the data lies; relative paths start at the config file.</summary>
    public required string DataPath { get; init; }

    /// <summary>The address to bind. Anything but loopback needs <see cref="AllowInsecure"/> until TLS is configured.</summary>
    public string ListenAddress { get; init; } = "127.0.0.1";

    /// <summary>The port to bind.</summary>
    public required int Port { get; init; }

    /// <summary>Turns the chaos service on for holders of this token; null keeps it off.</summary>
    public string? ChaosToken { get; init; }

    /// <summary>Accept plain text on an address that is not loopback.</summary>
    public bool AllowInsecure { get; init; }

    /// <summary>Keep unflushed writes in memory, so that killing the process loses them as a power cut would.</summary>
    public bool LoseUnsyncedOnKill { get; init; }

    /// <summary>End within 2 s of end-of-file on standard input: set by agents, so that no server outlives them.</summary>
    public bool ExitOnStdinClose { get; init; }

    /// <summary>Behaviour.</summary>
    public ServerOptions Options { get; init; } = new();
}

/// <summary>A member of the cluster.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Name">Its name.</param>
/// <param name="Endpoint">Where it listens.</param>
/// <param name="Joined">Whether it was added to the running cluster: then it is none of the voters that the cluster started with.</param>
/// <param name="Incarnation">
/// The number of its data directory, as <c>raftkv-node init</c> printed it: whoever comes under its id with another is
/// refused. Left out, the one of the first meeting is recorded and holds from then on.
/// </param>
public sealed record PeerConfig(
    int Id,
    string Name,
    Uri Endpoint,
    bool Joined = false,
    [property: JsonConverter(typeof(IncarnationConverter)), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] ulong Incarnation = 0);

/// <summary>
/// What <c>Start-RaftCluster -Option</c> can set, each alone; the names are the hashtable's keys. Presets are values of
/// this record.
/// </summary>
public sealed record ServerOptions
{
    /// <summary>The default preset: what a user should run.</summary>
    public static ServerOptions Default { get; } = new();

    /// <summary>The published evaluation's settings: replicate with heartbeats every 400 ms, no pre-vote and its kin.</summary>
    public static ServerOptions Paper2019 { get; } = new()
    {
        HeartbeatIntervalMs = 400,
        ReplicateOnHeartbeat = true,
        MaxInflightAppends = 1,
        PreVote = false,
        CheckQuorum = false,
        VoteStickiness = false,
        Deference = false,
        Storage = "Json",
        MaxValueBytes = 32 * 1024,
    };

    /// <summary>Between heartbeats, in milliseconds.</summary>
    public double HeartbeatIntervalMs { get; init; } = 100;

    /// <summary>The shortest election timeout, in milliseconds.</summary>
    public double ElectionTimeoutLowerMs { get; init; } = 500;

    /// <summary>The longest election timeout, in milliseconds.</summary>
    public double ElectionTimeoutUpperMs { get; init; } = 1000;

    /// <summary>How long one peer call may take, in milliseconds.</summary>
    public double RpcTimeoutMs { get; init; } = 2000;

    /// <summary>Replicate only with heartbeats.</summary>
    public bool ReplicateOnHeartbeat { get; init; }

    /// <summary>Appends under way per peer.</summary>
    public int MaxInflightAppends { get; init; } = 64;

    /// <summary>Bytes under way per peer.</summary>
    public int MaxInflightBytes { get; init; } = 4 * 1024 * 1024;

    /// <summary>Bytes of entries in one append.</summary>
    public int MaxAppendBytes { get; init; } = 256 * 1024;

    /// <summary>Pre-vote.</summary>
    public bool PreVote { get; init; } = true;

    /// <summary>Check-quorum.</summary>
    public bool CheckQuorum { get; init; } = true;

    /// <summary>Vote stickiness.</summary>
    public bool VoteStickiness { get; init; } = true;

    /// <summary>Candidate deference.</summary>
    public bool Deference { get; init; } = true;

    /// <summary>How the log is kept: <c>Wal</c> or <c>Json</c>.</summary>
    public string Storage { get; init; } = "Wal";

    /// <summary>The largest key and value together, in bytes: at most 32 MiB.</summary>
    public int MaxValueBytes { get; init; } = 4 * 1024 * 1024;

    /// <summary>The most client sessions kept, by the leader's word: it goes with each session that is opened, so that all servers forget the same.</summary>
    public int MaxSessions { get; init; } = 10_000;

    /// <summary>One flush for all saves that came during the flush before. Off: a flush for each, to measure what sharing is worth.</summary>
    public bool GroupCommit { get; init; } = true;

    /// <summary>Inputs taken in one turn: proposals of one turn share a save and an append to each peer. 1 takes batching away.</summary>
    public int MaxInputsPerTurn { get; init; } = 4096;

    /// <summary>A snapshot is taken after so many entries; 0 does not count entries. With <c>Json</c> none is ever taken.</summary>
    public long SnapshotThresholdEntries { get; init; } = 100_000;

    /// <summary>A snapshot is taken after so many bytes of entries; 0 does not count bytes.</summary>
    public long SnapshotThresholdBytes { get; init; } = 64L * 1024 * 1024;

    /// <summary>Entries before a snapshot that stay in the log, for servers that are a little behind.</summary>
    public int SnapshotTrailingEntries { get; init; } = 5000;

    /// <summary>The most bytes of those entries that stay; 0 keeps none.</summary>
    public long SnapshotTrailingBytes { get; init; } = 64L * 1024 * 1024;

    /// <summary>
    /// The most bytes of entries that a leader keeps beyond those for servers that receive a snapshot or catch up after one;
    /// 0 keeps none. A server that falls further behind meanwhile receives another snapshot.
    /// </summary>
    public long MaxHeldLogBytes { get; init; } = 1024L * 1024 * 1024;

    /// <summary>The most bytes of a snapshot in one message to a server that is far behind: 1,024 to 1,048,576.</summary>
    public int SnapshotChunkBytes { get; init; } = 64 * 1024;

    /// <summary>The most bytes of a snapshot under way to one server.</summary>
    public int SnapshotWindowBytes { get; init; } = 2 * 1024 * 1024;

    /// <summary>Requests that one server works on at a time; more are refused with a status.</summary>
    public int MaxConcurrentRequests { get; init; } = 20_000;

    /// <summary>
    /// The size in bytes at which the text log server.log begins anew, 65,536 to 1,073,741,824; the one before stays as
    /// server.log.1, so both take at most twice as much.
    /// </summary>
    public long MaxTextLogBytes { get; init; } = 64L * 1024 * 1024;
}
