namespace RaftKv.Core.Consensus;

/// <summary>When a leader sends new entries.</summary>
public enum ReplicationTrigger
{
    /// <summary>At once, as many appends under way per peer as the window allows.</summary>
    Immediate = 0,

    /// <summary>Only with the next heartbeat, one append under way per peer: the published evaluation's rule.</summary>
    Heartbeat = 1,
}

/// <summary>
/// Everything that can be set about consensus. Immutable; <see cref="Validate"/> reports every fault at once.
/// </summary>
public sealed record RaftOptions
{
    /// <summary>This server.</summary>
    public required NodeId Id { get; init; }

    /// <summary>
    /// All voters at first start, and never again: what the disk says about the membership wins from then on (M7). A
    /// server that joins a running cluster names the cluster's voters, or none, and is none of them: until it hears
    /// otherwise it takes no part.
    /// </summary>
    public required IReadOnlyList<NodeId> Voters { get; init; }

    /// <summary>Where the voters are reached; written into the first configuration that the log holds. Default none.</summary>
    public IReadOnlyDictionary<NodeId, string> Addresses { get; init; } = new Dictionary<NodeId, string>();

    /// <summary>The incarnations of the voters, as far as the list knows them (<see cref="Member.Incarnation"/>). Default none.</summary>
    public IReadOnlyDictionary<NodeId, ulong> Incarnations { get; init; } = new Dictionary<NodeId, ulong>();

    /// <summary>The membership that these options start a server with that has none on its disk.</summary>
    public Configuration FirstMembership => Configuration.Of(Voters, Addresses, Incarnations);

    /// <summary>The coin: same seed, same inputs, same effects.</summary>
    public required ulong Seed { get; init; }

    /// <summary>The shortest time without a leader before a server campaigns. Default 500 ms; 10 ms to 60 s.</summary>
    public TimeSpan ElectionTimeoutLower { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>The longest such time; drawn again, uniformly, for each round. Default 1,000 ms; not below the lower one.</summary>
    public TimeSpan ElectionTimeoutUpper { get; init; } = TimeSpan.FromMilliseconds(1000);

    /// <summary>Between a leader's heartbeats. Default 100 ms; below the lower election timeout.</summary>
    public TimeSpan HeartbeatInterval { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>How long an append or a read attempt may stay unanswered before it is tried again. Default 2 s.</summary>
    public TimeSpan RpcTimeout { get; init; } = TimeSpan.FromMilliseconds(2000);

    /// <summary>Ask before campaigning, so that a server cut off raises no term (thesis 9.6). Default on.</summary>
    public bool PreVote { get; init; } = true;

    /// <summary>A leader that hears no majority for an election timeout steps down (thesis 6.2). Default on; leases need it.</summary>
    public bool CheckQuorum { get; init; } = true;

    /// <summary>Refuse votes while a leader was heard within the lower election timeout (thesis 4.2.3). Default on.</summary>
    public bool VoteStickiness { get; init; } = true;

    /// <summary>Candidates give way to better ones instead of splitting votes. Default on.</summary>
    public bool Deference { get; init; } = true;

    /// <summary>When entries are sent. Default at once.</summary>
    public ReplicationTrigger Replication { get; init; } = ReplicationTrigger.Immediate;

    /// <summary>The most bytes of entries in one append. Default 256 KiB; one larger entry still goes alone (R12).</summary>
    public int MaxAppendBytes { get; init; } = 256 * 1024;

    /// <summary>The most appends under way per peer. Default 64; 1 under <see cref="ReplicationTrigger.Heartbeat"/>.</summary>
    public int MaxInflightAppends { get; init; } = 64;

    /// <summary>The most bytes under way per peer. Default 4 MiB; one larger entry still goes alone.</summary>
    public int MaxInflightBytes { get; init; } = 4 * 1024 * 1024;

    /// <summary>The most uncommitted bytes a leader holds before it refuses proposals (C7). Default 64 MiB.</summary>
    public long MaxUncommittedBytes { get; init; } = 64L * 1024 * 1024;

    /// <summary>The most reads that wait for a round. Default 100,000.</summary>
    public int MaxPendingReads { get; init; } = 100_000;

    /// <summary>The largest single entry payload. Default 33 MiB.</summary>
    public int MaxEntryBytes { get; init; } = 33 * 1024 * 1024;

    /// <summary>
    /// How many entries before the newest snapshot stay in the log, so that a peer that is a little behind needs no
    /// snapshot (S5). Default 5,000.
    /// </summary>
    public int SnapshotTrailingEntries { get; init; } = 5000;

    /// <summary>
    /// How many bytes of those entries stay at most. Default 64 MiB; 0 keeps none, however many entries are asked for.
    /// </summary>
    public long SnapshotTrailingBytes { get; init; } = 64L * 1024 * 1024;

    /// <summary>
    /// How many bytes of entries a leader keeps beyond those for peers that needed a snapshot and get on, while they receive
    /// it and until they have caught up (S5). Default 1 GiB; 0 keeps none. A peer that would need more than that has to
    /// receive a further snapshot, so choose more than is written while a snapshot travels.
    /// </summary>
    public long MaxHeldLogBytes { get; init; } = 1024L * 1024 * 1024;

    /// <summary>The fraction of the lower election timeout for which a lease is trusted, for clocks that drift. Default 0.9.</summary>
    public double LeaseFraction { get; init; } = 0.9;

    /// <summary>Every fault of these options, in words that name the option and its range; empty when there is none.</summary>
    public IReadOnlyList<string> Validate()
    {
        var faults = new List<string>();
        void Require(bool holds, string fault)
        {
            if (!holds)
            {
                faults.Add(fault);
            }
        }

        Require(Id.Value > 0, $"{nameof(Id)} is {Id.Value}: server ids start at 1.");
        Require(Voters.Distinct().Count() == Voters.Count, $"{nameof(Voters)} names a server twice.");
        Require(Voters.All(v => v.Value > 0), $"{nameof(Voters)} holds an id below 1.");
        Require(ElectionTimeoutLower >= TimeSpan.FromMilliseconds(10) && ElectionTimeoutLower <= TimeSpan.FromSeconds(60),
            $"{nameof(ElectionTimeoutLower)} is {ElectionTimeoutLower.TotalMilliseconds} ms: choose 10 to 60,000.");
        Require(ElectionTimeoutUpper >= ElectionTimeoutLower && ElectionTimeoutUpper <= TimeSpan.FromSeconds(600),
            $"{nameof(ElectionTimeoutUpper)} is {ElectionTimeoutUpper.TotalMilliseconds} ms: choose at least the lower timeout and at most 600,000.");
        Require(HeartbeatInterval >= TimeSpan.FromMilliseconds(1) && HeartbeatInterval < ElectionTimeoutLower,
            $"{nameof(HeartbeatInterval)} is {HeartbeatInterval.TotalMilliseconds} ms: choose at least 1 and less than the lower election timeout.");
        Require(RpcTimeout > TimeSpan.Zero, $"{nameof(RpcTimeout)} must be above zero.");
        Require(MaxAppendBytes >= 1024, $"{nameof(MaxAppendBytes)} is {MaxAppendBytes}: choose at least 1,024.");
        Require(MaxInflightAppends >= 1, $"{nameof(MaxInflightAppends)} is {MaxInflightAppends}: choose at least 1.");
        Require(MaxInflightBytes >= MaxAppendBytes, $"{nameof(MaxInflightBytes)} is {MaxInflightBytes}: choose at least {nameof(MaxAppendBytes)}.");
        Require(MaxUncommittedBytes >= MaxAppendBytes, $"{nameof(MaxUncommittedBytes)} is {MaxUncommittedBytes}: choose at least {nameof(MaxAppendBytes)}.");
        Require(MaxPendingReads >= 1, $"{nameof(MaxPendingReads)} is {MaxPendingReads}: choose at least 1.");
        Require(SnapshotTrailingEntries >= 0, $"{nameof(SnapshotTrailingEntries)} is {SnapshotTrailingEntries}: choose 0 or more.");
        Require(SnapshotTrailingBytes >= 0, $"{nameof(SnapshotTrailingBytes)} is {SnapshotTrailingBytes}: choose 0 or more.");
        Require(MaxHeldLogBytes >= 0, $"{nameof(MaxHeldLogBytes)} is {MaxHeldLogBytes}: choose 0 or more.");
        Require(LeaseFraction is > 0 and <= 1, $"{nameof(LeaseFraction)} is {LeaseFraction}: choose above 0 and at most 1.");
        return faults;
    }
}
