using RaftKv.Api.Clusters;
using RaftKv.Core.Consensus;

namespace RaftKv.Node.Options;

/// <summary>What a config means for the consensus core.</summary>
internal static class ConsensusOptions
{
    /// <summary>The room that an entry's payload needs besides key and value: the command's own fields and a condition's value.</summary>
    public const int CommandOverheadBytes = 1024 * 1024;

    /// <summary>
    /// The largest payload of any entry in any cluster. Peers take that much from each other, whatever their own limits
    /// for clients say: what one leader accepted cannot be refused by a follower.
    /// </summary>
    public const int LargestEntryBytes = 33 * 1024 * 1024;

    /// <summary>
    /// The voters of the cluster's beginning. A list in which others joined is that of a cluster that ran: those whom they
    /// replaced are missing in it, so that a server of the beginning which lost its directory could be a majority of the
    /// rest. None are named to it. What its disk says counts for more, and without that it waits for those who lead (M7).
    /// </summary>
    private static List<NodeId> VotersOf(ServerConfig config) =>
        config.Members.Any(m => m.Joined) && config.Members.Any(m => m.Id == config.Id && !m.Joined)
            ? []
            : [.. config.Members.Where(m => !m.Joined).Select(m => new NodeId(m.Id)).Distinct().Order()];

    /// <summary>The core's options.</summary>
    /// <param name="config">A config; its faults beyond what the core looks at are found elsewhere.</param>
    /// <param name="seed">The coin.</param>
    public static RaftOptions From(ServerConfig config, ulong seed)
    {
        var options = config.Options;
        return new RaftOptions
        {
            Id = new NodeId(config.Id),
            Voters = VotersOf(config),
            Addresses = config.Members.DistinctBy(m => m.Id).ToDictionary(m => new NodeId(m.Id), m => m.Endpoint?.ToString() ?? ""),
            Incarnations = config.Members.DistinctBy(m => m.Id).ToDictionary(m => new NodeId(m.Id), m => m.Incarnation),
            Seed = seed,
            ElectionTimeoutLower = TimeSpan.FromMilliseconds(options.ElectionTimeoutLowerMs),
            ElectionTimeoutUpper = TimeSpan.FromMilliseconds(options.ElectionTimeoutUpperMs),
            HeartbeatInterval = TimeSpan.FromMilliseconds(options.HeartbeatIntervalMs),
            RpcTimeout = TimeSpan.FromMilliseconds(options.RpcTimeoutMs),
            PreVote = options.PreVote,
            CheckQuorum = options.CheckQuorum,
            VoteStickiness = options.VoteStickiness,
            Deference = options.Deference,
            Replication = options.ReplicateOnHeartbeat ? ReplicationTrigger.Heartbeat : ReplicationTrigger.Immediate,
            MaxAppendBytes = options.MaxAppendBytes,
            MaxInflightAppends = options.MaxInflightAppends,
            MaxInflightBytes = options.MaxInflightBytes,
            MaxUncommittedBytes = options.MaxUncommittedBytes,
            MaxPendingReads = options.MaxPendingReads,
            LeaseFraction = options.LeaseFraction,
            SnapshotTrailingEntries = options.SnapshotTrailingEntries,
            SnapshotTrailingBytes = options.SnapshotTrailingBytes,
            MaxHeldLogBytes = options.MaxHeldLogBytes,
            MaxEntryBytes = (int)Math.Min(LargestEntryBytes, options.MaxValueBytes + (long)CommandOverheadBytes),
        };
    }
}
