using System.Globalization;
using RaftKv.Core.Consensus;
using RaftKv.Engine.Driver;
using RaftKv.Tests.Planted;

namespace RaftKv.Tests.Simulation;

/// <summary>
/// What the seed decides before the run begins: how many servers, which rules they follow, how fast things are. Every
/// seed has its own mix, the same on all servers, because each mix must keep every promise alone.
/// </summary>
internal sealed class Plan
{
    private static readonly TimeSpan ShortestTimeout = TimeSpan.FromMilliseconds(300);

    private readonly RaftOptions _rules;
    private readonly Chance _chance;
    private readonly PlantedBug _bug;
    private readonly bool _hasOwnOptions;
    private readonly Dictionary<NodeId, RaftOptions> _own = [];

    public Plan(WorldOptions options, Chance chance)
    {
        _chance = chance;
        _bug = options.Bug;
        var drawn = DrawSize(chance);
        Voters = [.. Enumerable.Range(1, options.Servers ?? drawn).Select(i => new NodeId(i))];
        LongestDelayMicroseconds = chance.Below(4) switch { 0 => 500, 1 => 10_000, _ => 3_000 };
        LoopLatencyMicroseconds = chance.Below(4) switch { 0 => 1_000, _ => 0 };
        SegmentBytes = chance.Below(3) switch { 0 => 4096, 1 => 16 * 1024, _ => 64 * 1024 };
        CacheBytes = chance.OneIn(3) ? 64 * 1024 : 2048;
        MaxSessions = chance.OneIn(4) ? 5 : 10_000;
        KillLosesUnsynced = chance.OneIn(3);
        SnapshotEntries = chance.Below(3) switch { 0 => 20, 1 => 80, _ => 300 };
        TrailingEntries = chance.Below(3) switch { 0 => 0, 1 => 10, _ => 100 };
        ListsIncarnations = !chance.OneIn(4);
        ChangesMembership = chance.OneIn(3);
        Clients = 5;
        _rules = DrawRules(options, chance);
        _hasOwnOptions = options.Draws(chance, FaultKinds.OwnOptions, 4);
    }

    public IReadOnlyList<NodeId> Voters { get; }

    public int Clients { get; }

    /// <summary>After so many entries a server takes a snapshot.</summary>
    public int SnapshotEntries { get; }

    /// <summary>So many entries stay in the log behind a snapshot.</summary>
    public int TrailingEntries { get; }

    /// <summary>Whether lists of servers say which data directory each has, as an agent writes them.</summary>
    public bool ListsIncarnations { get; }

    /// <summary>Whether servers come and go.</summary>
    public bool ChangesMembership { get; }

    /// <summary>Messages take up to this long where nothing is wrong.</summary>
    public long LongestDelayMicroseconds { get; }

    /// <summary>How long after an input the loop turns at most, so that a turn may take several.</summary>
    public long LoopLatencyMicroseconds { get; }

    public int SegmentBytes { get; }

    /// <summary>The entry cache of the pump; mostly small, so that the log is read back often.</summary>
    public long CacheBytes { get; }

    /// <summary>The most sessions kept; where it is small, they expire.</summary>
    public int MaxSessions { get; }

    /// <summary>Whether clients open new sessions now and then and rest for long, so that sessions are forgotten.</summary>
    public bool SessionsExpire => MaxSessions <= Clients;

    /// <summary>Whether the disk is decorated so that a killed process loses what it did not flush.</summary>
    public bool KillLosesUnsynced { get; }

    /// <summary>Whether reads may be served under the lease, which bounds how far clocks may be apart.</summary>
    public bool HasLease => _hasOwnOptions || (_rules.CheckQuorum && _rules.VoteStickiness);

    /// <summary>Whether servers have options of their own.</summary>
    public bool HasOwnOptions => _hasOwnOptions;

    /// <summary>The shortest that any server has.</summary>
    public TimeSpan ElectionTimeout => _hasOwnOptions ? ShortestTimeout : _rules.ElectionTimeoutLower;

    public PumpOptions Pump => new()
    {
        EntryCacheBytes = CacheBytes,
        MaxApplyChunkBytes = 4096,
        SnapshotThresholdEntries = SnapshotEntries,
        SnapshotChunkBytes = 1024,
        SnapshotWindowBytes = 4096,
        LostAppendInterval = _rules.HeartbeatInterval,
        Fault = _bug.Pump,
    };

    /// <summary>The most sessions that a server keeps by its own options.</summary>
    public int MaxSessionsOf(NodeId id) => MaxSessions + (id.Value % 3);

    /// <summary>What a server is started with.</summary>
    /// <param name="id">The server.</param>
    /// <param name="voters">The voters of the start-up list.</param>
    public RaftOptions OptionsOf(NodeId id, IReadOnlyList<NodeId> voters)
    {
        if (!_own.TryGetValue(id, out var rules))
        {
            _own.Add(id, rules = _hasOwnOptions ? DrawOwn(_rules, _chance) : _rules);
        }

        return rules with { Id = id, Voters = voters, Seed = _chance.Next(), SnapshotTrailingEntries = TrailingEntries };
    }

    public override string ToString()
    {
        var off = new[] { (_rules.PreVote, "pre-vote"), (_rules.Deference, "deference"), (_rules.VoteStickiness, "stickiness"), (_rules.CheckQuorum, "check-quorum") }
            .Where(r => !r.Item1).Select(r => r.Item2).ToList();
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{Voters.Count} servers, {(off.Count == 0 ? "every rule on" : "without " + string.Join(", ", off))}, replication {_rules.Replication}, "
            + $"election timeout {_rules.ElectionTimeoutLower.TotalMilliseconds} to {_rules.ElectionTimeoutUpper.TotalMilliseconds} ms, heartbeats every {_rules.HeartbeatInterval.TotalMilliseconds} ms, "
            + $"messages up to {LongestDelayMicroseconds / 1000.0} ms, snapshots every {SnapshotEntries} entries{(ChangesMembership ? ", servers come and go" : "")}");
    }

    private static int DrawSize(Chance chance) => chance.Below(20) switch
    {
        0 => 11 + chance.Below(21),
        <= 7 => 3,
        <= 15 => 5,
        16 => 4,
        17 => 6,
        _ => 7,
    };

    /// <summary>What administrators may set on one server and not on another.</summary>
    private static RaftOptions DrawOwn(RaftOptions rules, Chance chance)
    {
        var lower = ShortestTimeout * (1 + (chance.Below(3) * 0.5));
        return rules with
        {
            ElectionTimeoutLower = lower,
            ElectionTimeoutUpper = lower * 1.5,
            VoteStickiness = !chance.OneIn(4),
            CheckQuorum = !chance.OneIn(4),
            PreVote = !chance.OneIn(3),
            Deference = chance.OneIn(2),
            LeaseFraction = chance.OneIn(2) ? 0.9 : 0.6,
        };
    }

    private static RaftOptions DrawRules(WorldOptions options, Chance chance)
    {
        var isPaced = chance.OneIn(6);
        var isTight = !isPaced && chance.OneIn(2);
        return new RaftOptions
        {
            Id = new NodeId(1),
            Voters = [new NodeId(1)],
            Seed = 0,
            PreVote = chance.Below(3) > 0,
            Deference = chance.Below(2) > 0,
            VoteStickiness = chance.Below(4) > 0,
            CheckQuorum = chance.Below(4) > 0,
            Replication = isPaced ? ReplicationTrigger.Heartbeat : ReplicationTrigger.Immediate,
            ElectionTimeoutLower = TimeSpan.FromMilliseconds(400),
            ElectionTimeoutUpper = TimeSpan.FromMilliseconds(chance.OneIn(3) ? 450 : 800),
            HeartbeatInterval = TimeSpan.FromMilliseconds(chance.OneIn(4) ? 50 : 100),
            RpcTimeout = TimeSpan.FromMilliseconds(500),
            MaxAppendBytes = isPaced ? 64 * 1024 : 1024,
            MaxInflightBytes = isPaced ? 64 * 1024 : isTight ? 1024 : 4096,
            MaxInflightAppends = isTight ? 1 : 4,
        }.With(options.Bug.Core);
    }
}
