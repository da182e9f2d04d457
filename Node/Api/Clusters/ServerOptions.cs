using System.Globalization;
#if !RAFTKV_MODULE
using System.Reflection;
#endif

// One source, compiled twice: here, and into the module as the type of its parameters called Option, because no public
// type of the module may come from another assembly of ours, and PowerShell completes the keys of a hashtable by that type.
#if RAFTKV_MODULE
namespace RaftKv;
#else
namespace RaftKv.Api.Clusters;
#endif

/// <summary>What a value of an option may be. The meaning is the option's own comment, which the module's help shows.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class OptionAttribute : Attribute
{
    /// <summary>A switch, or a text with choices.</summary>
    public OptionAttribute() => Unit = "";

    /// <summary>A number.</summary>
    /// <param name="unit">What it counts.</param>
    /// <param name="min">The least that is allowed.</param>
    /// <param name="max">The most; what the type cannot exceed stands for no limit.</param>
    public OptionAttribute(string unit, double min, double max) => (Unit, Min, Max) = (unit, min, max);

    /// <summary>What a number counts; empty for what is no number.</summary>
    public string Unit { get; }

    /// <summary>The least that is allowed.</summary>
    public double Min { get; }

    /// <summary>The most that is allowed.</summary>
    public double Max { get; }

    /// <summary>The texts that are allowed, joined by "or"; empty where it is no text.</summary>
    public string Choices { get; init; } = "";

    /// <summary>What is allowed, in words.</summary>
    public string Range => this switch
    {
        { Choices.Length: > 0 } => Choices,
        { Unit.Length: 0 } => "true or false",
        { Max: >= int.MaxValue } => string.Create(CultureInfo.InvariantCulture, $"{Min:#,0.##} or more"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{Min:#,0.##} to {Max:#,0.##}"),
    };

    /// <summary>Whether a value is allowed.</summary>
    public bool Allows(object? value) => value switch
    {
        bool => true,
        string text => Choices.Split(" or ").Contains(text),
        null => false,
        _ => Convert.ToDouble(value, CultureInfo.InvariantCulture) is var number && number >= Min && number <= Max,
    };
}

/// <summary>
/// What <c>Start-RaftCluster -Option</c> can set, each alone; the names are the hashtable's keys. Presets are values of
/// this record.
/// </summary>
#if RAFTKV_MODULE
public sealed partial record RaftOptionSet
#else
public sealed record ServerOptions
#endif
{
#if !RAFTKV_MODULE
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

    /// <summary>The options of a preset by its name, whatever its case.</summary>
    /// <exception cref="RaftKvException">InvalidArgument: there is none of that name; the message lists them.</exception>
    public static ServerOptions OfPreset(string name) =>
        string.Equals(name, nameof(Paper2019), StringComparison.OrdinalIgnoreCase) ? Paper2019
        : string.Equals(name, nameof(Default), StringComparison.OrdinalIgnoreCase) ? Default
        : throw new RaftKvException(ErrorKind.InvalidArgument, $"There is no preset '{name}': choose {nameof(Default)} or {nameof(Paper2019)}.");

    /// <summary>
    /// Everything wrong with them: each value that is out of its range, in words that name the option, the value and the range,
    /// and values that do not go together. All who set options ask here.
    /// </summary>
    public IReadOnlyList<string> Faults() =>
    [
        .. typeof(ServerOptions).GetProperties(BindingFlags.Instance | BindingFlags.Public)
            .Select(property => (property.Name, Value: property.GetValue(this), Option: property.GetCustomAttribute<OptionAttribute>()))
            .Where(found => found.Option?.Allows(found.Value) == false)
            .Select(found => string.Create(CultureInfo.InvariantCulture, $"{found.Name} is {Show(found.Value)}: choose {found.Option!.Range}.")),
        .. new[]
        {
            (ElectionTimeoutUpperMs >= ElectionTimeoutLowerMs, FormattableString.Invariant($"ElectionTimeoutUpperMs ({ElectionTimeoutUpperMs}) is below ElectionTimeoutLowerMs ({ElectionTimeoutLowerMs}).")),
            (HeartbeatIntervalMs < ElectionTimeoutLowerMs, FormattableString.Invariant($"HeartbeatIntervalMs ({HeartbeatIntervalMs}) is not below ElectionTimeoutLowerMs ({ElectionTimeoutLowerMs}): followers would campaign between heartbeats.")),
            (MaxInflightBytes >= MaxAppendBytes, $"MaxInflightBytes ({MaxInflightBytes}) is below MaxAppendBytes ({MaxAppendBytes})."),
            (MaxUncommittedBytes >= MaxAppendBytes, $"MaxUncommittedBytes ({MaxUncommittedBytes}) is below MaxAppendBytes ({MaxAppendBytes})."),
            (SnapshotWindowBytes >= SnapshotChunkBytes, $"SnapshotWindowBytes ({SnapshotWindowBytes}) is below SnapshotChunkBytes ({SnapshotChunkBytes})."),
        }.Where(rule => !rule.Item1).Select(rule => rule.Item2),
    ];

    private static object? Show(object? value) => value is string or null ? $"'{value}'" : value;

#endif
    /// <summary>Between heartbeats. Below ElectionTimeoutLowerMs, or followers would campaign between them.</summary>
    [Option("ms", 1, 60_000)]
    public double HeartbeatIntervalMs { get; init; } = 100;

    /// <summary>The shortest election timeout: so long a follower hears no leader before it campaigns.</summary>
    [Option("ms", 10, 60_000)]
    public double ElectionTimeoutLowerMs { get; init; } = 500;

    /// <summary>The longest election timeout; each is drawn between the two. At least ElectionTimeoutLowerMs.</summary>
    [Option("ms", 10, 600_000)]
    public double ElectionTimeoutUpperMs { get; init; } = 1000;

    /// <summary>How long one call to a peer may take.</summary>
    [Option("ms", 1, 1_000_000_000)]
    public double RpcTimeoutMs { get; init; } = 2000;

    /// <summary>Entries travel with heartbeats only, as in the published evaluation, and not at once.</summary>
    [Option]
    public bool ReplicateOnHeartbeat { get; init; }

    /// <summary>Appends under way to each peer. 1 takes pipelining away.</summary>
    [Option("appends", 1, int.MaxValue)]
    public int MaxInflightAppends { get; init; } = 64;

    /// <summary>Bytes under way to each peer. At least MaxAppendBytes.</summary>
    [Option("bytes", 1, int.MaxValue)]
    public int MaxInflightBytes { get; init; } = 4 * 1024 * 1024;

    /// <summary>Bytes of entries in one append, unless a single entry is larger.</summary>
    [Option("bytes", 1024, int.MaxValue)]
    public int MaxAppendBytes { get; init; } = 256 * 1024;

    /// <summary>Bytes that a leader holds uncommitted; further writes are refused with a status. At least MaxAppendBytes.</summary>
    [Option("bytes", 1024, long.MaxValue)]
    public long MaxUncommittedBytes { get; init; } = 64L * 1024 * 1024;

    /// <summary>Reads that wait for a leader to prove that it leads; further ones are refused with a status.</summary>
    [Option("reads", 1, int.MaxValue)]
    public int MaxPendingReads { get; init; } = 100_000;

    /// <summary>The share of ElectionTimeoutLowerMs for which a lease is trusted: what is left covers clocks that run at different speeds.</summary>
    [Option("of ElectionTimeoutLowerMs", 0.01, 1)]
    public double LeaseFraction { get; init; } = 0.9;

    /// <summary>A candidate first asks whether it could win, so that a server that was cut off does not disturb the others.</summary>
    [Option]
    public bool PreVote { get; init; } = true;

    /// <summary>A leader that hears no majority for an election timeout steps down.</summary>
    [Option]
    public bool CheckQuorum { get; init; } = true;

    /// <summary>A server that heard a leader lately votes for no other.</summary>
    [Option]
    public bool VoteStickiness { get; init; } = true;

    /// <summary>A candidate gives way to one with a newer log.</summary>
    [Option]
    public bool Deference { get; init; } = true;

    /// <summary>How the log is kept: Wal, or Json for the published evaluation's file.</summary>
    [Option(Choices = "Wal or Json")]
    public string Storage { get; init; } = "Wal";

    /// <summary>The largest key and value together.</summary>
    [Option("bytes", 1, 32 * 1024 * 1024)]
    public int MaxValueBytes { get; init; } = 4 * 1024 * 1024;

    /// <summary>The most client sessions kept, by the leader's word: it goes with each session that is opened, so that all servers forget the same.</summary>
    [Option("sessions", 1, int.MaxValue)]
    public int MaxSessions { get; init; } = 10_000;

    /// <summary>One flush for all saves that came during the flush before. Off: a flush for each, to measure what sharing is worth.</summary>
    [Option]
    public bool GroupCommit { get; init; } = true;

    /// <summary>Inputs taken in one turn: proposals of one turn share a save and an append to each peer. 1 takes batching away.</summary>
    [Option("inputs", 1, int.MaxValue)]
    public int MaxInputsPerTurn { get; init; } = 4096;

    /// <summary>A snapshot is taken after so many entries; 0 does not count entries. With Json none is ever taken.</summary>
    [Option("entries", 0, long.MaxValue)]
    public long SnapshotThresholdEntries { get; init; } = 100_000;

    /// <summary>A snapshot is taken after so many bytes of entries; 0 does not count bytes.</summary>
    [Option("bytes", 0, long.MaxValue)]
    public long SnapshotThresholdBytes { get; init; } = 64L * 1024 * 1024;

    /// <summary>Entries before a snapshot that stay in the log, for servers that are a little behind.</summary>
    [Option("entries", 0, int.MaxValue)]
    public int SnapshotTrailingEntries { get; init; } = 5000;

    /// <summary>The most bytes of those entries that stay; 0 keeps none.</summary>
    [Option("bytes", 0, long.MaxValue)]
    public long SnapshotTrailingBytes { get; init; } = 64L * 1024 * 1024;

    /// <summary>
    /// The most bytes of entries that a leader keeps beyond those for servers that receive a snapshot or catch up after one;
    /// 0 keeps none. A server that falls further behind meanwhile receives another snapshot.
    /// </summary>
    [Option("bytes", 0, long.MaxValue)]
    public long MaxHeldLogBytes { get; init; } = 1024L * 1024 * 1024;

    /// <summary>The most bytes of a snapshot in one message to a server that is far behind.</summary>
    [Option("bytes", 1024, 1024 * 1024)]
    public int SnapshotChunkBytes { get; init; } = 64 * 1024;

    /// <summary>The most bytes of a snapshot under way to one server. At least SnapshotChunkBytes.</summary>
    [Option("bytes", 1, int.MaxValue)]
    public int SnapshotWindowBytes { get; init; } = 2 * 1024 * 1024;

    /// <summary>Requests that one server works on at a time; more are refused with a status.</summary>
    [Option("requests", 1, int.MaxValue)]
    public int MaxConcurrentRequests { get; init; } = 20_000;

    /// <summary>
    /// The size at which the text log server.log begins again; the one before stays as server.log.1, so both take at most
    /// twice as much.
    /// </summary>
    [Option("bytes", 65_536, 1_073_741_824)]
    public long MaxTextLogBytes { get; init; } = 64L * 1024 * 1024;
}
