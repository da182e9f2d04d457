using RaftKv.Core.Consensus;
using RaftKv.Tests.Planted;

namespace RaftKv.Tests.Exploration;

/// <summary>
/// How far a search goes: how often each thing may happen in one run, which makes the space finite, and the rules that
/// the servers follow. What may happen zero times does not happen.
/// </summary>
internal sealed record Bounds : IShared
{
    /// <summary>Half of the lower election timeout: the search's unit of time.</summary>
    public static readonly TimeSpan TickTime = TimeSpan.FromMilliseconds(10);

    /// <summary>The servers that vote at the start.</summary>
    public int Voters { get; init; } = 3;

    /// <summary>Servers beyond these, which may be added.</summary>
    public int Joiners { get; init; }

    /// <summary>Whether the search begins with server 1 leading term 1 and its first entry committed everywhere.</summary>
    public bool BeginsLed { get; init; } = true;

    /// <summary>
    /// Whether another server campaigned beside the one that leads when the search begins: its requests, of the same term, are
    /// still under way.
    /// </summary>
    public bool BeginsContested { get; init; }

    /// <summary>Whether the disks of those who may be faulty were copied just before the search begins.</summary>
    public bool BeginsCopied { get; init; }

    /// <summary>The last term.</summary>
    public int Terms { get; init; } = 2;

    public int Ticks { get; init; } = 2;

    public int Leaps { get; init; }

    public int Timeouts { get; init; } = 2;

    public int Proposals { get; init; } = 1;

    public int Reads { get; init; }

    public int LeaseReads { get; init; }

    public int Crashes { get; init; }

    /// <summary>Copies of disks, to which servers can be rolled back.</summary>
    public int Copies { get; init; }

    /// <summary>Whether only the last of the voters crashes, and only its disk is copied: the others are alike then.</summary>
    public bool OneIsFaulty { get; init; }

    public int Repeats { get; init; }

    /// <summary>Saves that are not durable at once.</summary>
    public int SlowSaves { get; init; }

    public int Snapshots { get; init; }

    public int Transfers { get; init; }

    public int Changes { get; init; }

    /// <summary>The longest sequence of moves, or 0 for any.</summary>
    public int Depth { get; init; }

    /// <summary>The upper election timeout in ticks; the lower one is 2.</summary>
    public int UpperTicks { get; init; } = 2;

    /// <summary>The RPC timeout in ticks.</summary>
    public int RpcTicks { get; init; } = 1000;

    /// <summary>
    /// Whether time matters. Without it a timer can expire at any moment, which is every election that there can be, but
    /// pre-votes, stickiness and leases need clocks: they are to be off.
    /// </summary>
    public bool Timed { get; init; } = true;

    /// <summary>Whether linearizable reads are asked for everywhere, or only where a server leads.</summary>
    public bool FollowerReads { get; init; } = true;

    /// <summary>The length of a command; with 1,000 an append carries one.</summary>
    public int EntryBytes { get; init; } = 4;

    public bool PreVote { get; init; } = true;

    public bool Stickiness { get; init; } = true;

    public bool CheckQuorum { get; init; } = true;

    /// <summary>Prefers some servers to others by their ids, so that it excludes symmetry.</summary>
    public bool Deference { get; init; }

    /// <summary>Whether states that differ only in the servers' names count as one.</summary>
    public bool Symmetry { get; init; } = true;

    public CoreFault Fault { get; init; }

    public int Servers => Voters + Joiners;

    /// <summary>How many servers may be given each other's names.</summary>
    public int Alike => !Symmetry ? 0 : OneIsFaulty ? Voters - 1 : Voters;

    public bool IsFaulty(int server) => !OneIsFaulty || server == Voters - 1;

    /// <summary>How often each kind may happen; the array of what was used has the same places.</summary>
    public int LimitOf(Budget budget) => budget switch
    {
        Budget.Ticks => Ticks,
        Budget.Leaps => Leaps,
        Budget.Timeouts => Timeouts,
        Budget.Proposals => Proposals,
        Budget.Reads => Reads,
        Budget.LeaseReads => LeaseReads,
        Budget.Crashes => Crashes,
        Budget.Copies => Copies,
        Budget.Repeats => Repeats,
        Budget.SlowSaves => SlowSaves,
        Budget.Snapshots => Snapshots,
        Budget.Transfers => Transfers,
        _ => Changes,
    };

    public RaftOptions OptionsOf(int id, ulong seed) => new RaftOptions
    {
        Id = new NodeId(id),
        Voters = [.. Enumerable.Range(1, Voters).Select(v => new NodeId(v))],
        Seed = seed ^ Prng.Mix((ulong)id),
        ElectionTimeoutLower = TickTime * 2,
        ElectionTimeoutUpper = TickTime * UpperTicks,
        HeartbeatInterval = TimeSpan.FromMilliseconds(1),
        RpcTimeout = TickTime * RpcTicks,
        PreVote = PreVote,
        VoteStickiness = Stickiness,
        CheckQuorum = CheckQuorum,
        Deference = Deference,
        SnapshotTrailingEntries = 0,
        MaxAppendBytes = 1024,
    }.With(Fault);
}

/// <summary>What happens a bounded number of times.</summary>
internal enum Budget
{
    Ticks,
    Leaps,
    Timeouts,
    Proposals,
    Reads,
    LeaseReads,
    Crashes,
    Copies,
    Repeats,
    SlowSaves,
    Snapshots,
    Transfers,
    Changes,
}
