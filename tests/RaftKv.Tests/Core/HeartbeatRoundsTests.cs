using RaftKv.Core.Consensus;

namespace RaftKv.Tests.Core;

/// <summary>The rounds of heartbeats of a leadership, alone.</summary>
public sealed class HeartbeatRoundsTests
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan Timeout = TimeSpan.FromMilliseconds(320);

    private readonly HeartbeatRounds _rounds = new();

    public HeartbeatRoundsTests()
    {
        _rounds.Start(At(0));
    }

    private static Instant At(long milliseconds) => new(milliseconds * 1000);

    [Fact]
    public void Tick_ComesAtItsRateAndIsNotMadeUpForAfterAPause()
    {
        Assert.True(_rounds.TakeTick(At(0), Interval));
        Assert.False(_rounds.TakeTick(At(49), Interval));
        Assert.True(_rounds.TakeTick(At(52), Interval));
        Assert.Equal(At(100), _rounds.Due);
        Assert.True(_rounds.TakeTick(At(1000), Interval));
        Assert.Equal(At(1050), _rounds.Due);
        Assert.False(_rounds.TakeTick(At(1001), Interval));
    }

    /// <summary>A lease counts from when a round was sent, and each round says so once (L4).</summary>
    [Fact]
    public void Confirm_GivesTheMomentWhenTheNewestConfirmedRoundWasSent()
    {
        Assert.Equal([1, 2, 3], new[] { 10L, 20, 30 }.Select(at => _rounds.Begin(At(at), Timeout)));
        Assert.Null(_rounds.Confirm(0));
        Assert.Equal(At(20), _rounds.Confirm(2));
        Assert.Null(_rounds.Confirm(2));
        Assert.Equal(At(30), _rounds.Confirm(3));
        Assert.Equal((3L, 3L), (_rounds.Newest, _rounds.Confirmed));
    }

    [Fact]
    public void SentBefore_IsNeverLaterThanTheRoundAndForgetsWhatIsOlderThanATimeout()
    {
        var sent = new Dictionary<long, Instant>();
        for (var at = 0; at <= 1000; at += 3)
        {
            sent[_rounds.Begin(At(at), Timeout)] = At(at);
        }

        Assert.All(sent.Where(s => s.Value > At(700)), s =>
        {
            Assert.True(_rounds.SentBefore(s.Key) <= s.Value);
            Assert.True(_rounds.SentBefore(s.Key) + TimeSpan.FromMilliseconds(13) > s.Value, "It is known to the thirty-second part of a timeout.");
        });
        Assert.True(_rounds.SentBefore(1) < At(0), "A round that is older than a timeout is long past.");
    }

    [Fact]
    public void Start_OfTheNextLeadership_KnowsNothingOfTheLast()
    {
        _rounds.Begin(At(10), Timeout);
        _rounds.Start(At(500));
        Assert.Equal((0L, At(500)), (_rounds.Newest, _rounds.Due));
        Assert.Null(_rounds.Confirm(1));
        Assert.True(_rounds.SentBefore(1) < At(0));
    }
}
