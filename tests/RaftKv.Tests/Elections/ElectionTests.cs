namespace RaftKv.Tests.Elections;

/// <summary>
/// What deference promises, in simulated time: how long a cluster of 31 is without a leader. The numbers follow from the
/// seeds alone, so they may decide. The command <c>elections</c> measures the same with more trials.
/// </summary>
public sealed class ElectionTests
{
    private const int Trials = 60;

    public static TheoryData<int> Delays { get; } = [0, 5, 25, 50, 100];

    [Theory]
    [MemberData(nameof(Delays))]
    public void Deference_WithABareMajority_CostsAtMostTwiceTheMedianAndThreeTimesTheTail(int delay)
    {
        var setting = new ElectionSetting { OneWayDelay = TimeSpan.FromMilliseconds(delay) };
        var most = setting.Measure(Trials);
        var bare = (setting with { Alive = 16 }).Measure(Trials);
        Assert.InRange(bare.Median, 0, 2 * most.Median);
        Assert.InRange(bare.P95, 0, 3 * most.P95);
    }

    [Theory]
    [InlineData(Trouble.EightStale, 16)]
    [InlineData(Trouble.TopDeaf, 17)]
    [InlineData(Trouble.LongestDeaf, 17)]
    [InlineData(Trouble.TopDiesAsking, 17)]
    internal void Deference_WithTrouble_StillElects(Trouble trouble, int alive)
    {
        foreach (var delay in new[] { 0, 25, 100 })
        {
            var setting = new ElectionSetting { OneWayDelay = TimeSpan.FromMilliseconds(delay), Alive = alive };
            var times = (setting with { Trouble = trouble }).Measure(Trials);

            // One more timeout, or two where the best candidate is heard and never wins.
            Assert.InRange(times.Median, 0, setting.Measure(Trials).Median + (2 * setting.TimeoutUpper.TotalMilliseconds));
        }
    }

    [Theory]
    [MemberData(nameof(Delays))]
    public void Deference_WithoutAnyWindow_CostsAtMostTwiceTheWidest(int delay)
    {
        var widest = new ElectionSetting { OneWayDelay = TimeSpan.FromMilliseconds(delay) };
        foreach (var alive in new[] { 30, 16 })
        {
            var none = widest with { Alive = alive, TimeoutUpper = widest.TimeoutLower };
            Assert.InRange(none.Measure(Trials).Median, 0, 2 * (widest with { Alive = alive }).Measure(Trials).Median);
        }
    }

    /// <summary>A measurement that cannot tell rules apart would prove nothing.</summary>
    [Fact]
    public void WithoutDeference_ABareMajorityFarAwayTakesLong()
    {
        var setting = new ElectionSetting { OneWayDelay = TimeSpan.FromMilliseconds(100), Alive = 16 };
        Assert.True((setting with { Rules = ElectionRules.NoDeference }).Measure(15).Median > 3 * setting.Measure(15).Median);
    }

    [Fact]
    public void SameSeed_SameTime()
    {
        var setting = new ElectionSetting { OneWayDelay = TimeSpan.FromMilliseconds(25) };
        Assert.Equal(new ElectionTrial(setting, 7).Run(), new ElectionTrial(setting, 7).Run());
    }
}
