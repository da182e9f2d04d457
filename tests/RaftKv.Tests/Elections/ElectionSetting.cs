using RaftKv.Core.Consensus;

namespace RaftKv.Tests.Elections;

/// <summary>Which rules of elections are on.</summary>
internal enum ElectionRules
{
    /// <summary>Everything, as servers run unless told otherwise.</summary>
    Default,

    /// <summary>Everything but deference.</summary>
    NoDeference,

    /// <summary>The paper's: no pre-vote, no check-quorum, no stickiness, no deference.</summary>
    Paper,

    /// <summary>The paper's with deference.</summary>
    PaperWithDeference,
}

/// <summary>What is wrong besides the leader's death.</summary>
internal enum Trouble
{
    None,

    /// <summary>Eight of those alive lack the last entry.</summary>
    EightStale,

    /// <summary>The best candidate of the next term sends but hears nothing.</summary>
    TopDeaf,

    /// <summary>The same, and it is the best because no one else has its last entry.</summary>
    LongestDeaf,

    /// <summary>The best candidate of the next term dies right after it asked for pre-votes.</summary>
    TopDiesAsking,
}

/// <summary>
/// An election of a cluster whose leader has just died: everybody alive heard its last heartbeat, which arrived everywhere at
/// once, up to a heartbeat interval before its death.
/// </summary>
internal sealed record ElectionSetting
{
    public int Servers { get; init; } = 31;

    /// <summary>Servers that are up; the others were down before the leader died.</summary>
    public int Alive { get; init; } = 30;

    public TimeSpan OneWayDelay { get; init; }

    public TimeSpan TimeoutLower { get; init; } = TimeSpan.FromMilliseconds(500);

    public TimeSpan TimeoutUpper { get; init; } = TimeSpan.FromMilliseconds(1000);

    public ElectionRules Rules { get; init; }

    public Trouble Trouble { get; init; }

    public RaftOptions OptionsOf(int id, ulong seed)
    {
        var plain = Rules is ElectionRules.Paper or ElectionRules.PaperWithDeference;
        return new RaftOptions
        {
            Id = new NodeId(id),
            Voters = [.. Enumerable.Range(1, Servers).Select(i => new NodeId(i))],
            Seed = Prng.Mix(seed) ^ (ulong)id,
            ElectionTimeoutLower = TimeoutLower,
            ElectionTimeoutUpper = TimeoutUpper,
            PreVote = !plain,
            CheckQuorum = !plain,
            VoteStickiness = !plain,
            Deference = Rules is ElectionRules.Default or ElectionRules.PaperWithDeference,
        };
    }

    /// <summary>The times of so many elections, each from its own seed.</summary>
    public ElectionTimes Measure(int trials) =>
        new([.. Enumerable.Range(1, trials).Select(seed => new ElectionTrial(this, (ulong)seed).Run())]);
}

/// <summary>How long elections took, in simulated time.</summary>
internal sealed class ElectionTimes
{
    private readonly TimeSpan[] _sorted;

    public ElectionTimes(TimeSpan[] times)
    {
        _sorted = times;
        Array.Sort(_sorted);
    }

    public double Median => Quantile(0.5);

    public double P95 => Quantile(0.95);

    public double Max => Quantile(1);

    private double Quantile(double q) => _sorted[(int)Math.Ceiling(q * (_sorted.Length - 1))].TotalMilliseconds;
}
