namespace RaftKv.Tests.Simulation;

/// <summary>The command line of the simulation.</summary>
public sealed class SimulateCommandTests
{
    [Fact]
    public void Arguments_AreUnderstood()
    {
        var options = SimulateOptions.Parse(["--seeds", "7", "--first", "3", "--servers", "5", "--jobs", "2", "--bug", "skipflush", "--transcript"]);
        Assert.Equal((7, 3UL, 5, 2, "SkipFlush", true), (options.SeedCount, options.First, options.Servers, options.Jobs, options.Bug.Name, options.Transcript));
        Assert.True(SimulateOptions.Parse(["--bugs", "--record"]) is { MeasuresBugs: true, Records: true, Rounds: 5, Limit: 2000 });
        Assert.Equal(long.MaxValue / 2, SimulateOptions.Parse(["--minutes", "1"]).SeedCount);
    }

    [Theory]
    [InlineData("--seeds", "none", "--seeds is 'none'")]
    [InlineData("--servers", "2", "from 3 to 31")]
    [InlineData("--bug", "Nothing", "There is no planted bug 'Nothing'. There are: ")]
    [InlineData("--loops", "2", "--loops is not understood")]
    public void WrongArgument_IsNamed(string name, string value, string expected) =>
        Assert.Contains(expected, Assert.Throws<ArgumentException>(() => SimulateOptions.Parse([name, value])).Message, StringComparison.Ordinal);

    [Fact]
    public void MissingValue_IsNamed() =>
        Assert.Contains("--seeds needs a value", Assert.Throws<ArgumentException>(() => SimulateOptions.Parse(["--seeds"])).Message, StringComparison.Ordinal);
}
