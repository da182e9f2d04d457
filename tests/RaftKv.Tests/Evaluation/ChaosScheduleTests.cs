using RaftKv.Evaluation.Chaos;

namespace RaftKv.Tests.Evaluation;

/// <summary>What a monkey does follows from its seed, and a schedule that was kept is the same when it is read back.</summary>
public sealed class ChaosScheduleTests
{
    private static readonly int[] Servers = [1, 2, 3, 4, 5];

    [Fact]
    public void Draw_SameSeedAndOptions_SameText()
    {
        Assert.Equal(Text(Draw(7, 60)), Text(Draw(7, 60)));
        Assert.NotEqual(Text(Draw(7, 60)), Text(Draw(8, 60)));
        Assert.Equal("1.0 s: OneWay leader by 1137 ms for 2.1 s", Text(Draw(7, 60).Take(1)));
    }

    [Theory]
    [InlineData(15)]
    [InlineData(60)]
    public void Draw_AnySeed_FiresEveryKindAndEndsInTime(int seconds)
    {
        for (ulong seed = 1; seed <= 300; seed++)
        {
            var steps = Draw(seed, seconds);
            Assert.Equal(Enum.GetValues<ChaosFault>(), steps.Select(s => s.Fault).Distinct().Order());
            Assert.All(steps, s => Assert.True(s.AtMs + s.LastsMs <= seconds * 1000, s.ToString()));
        }
    }

    [Theory]
    [InlineData(100)]
    [InlineData(999)]
    public void Draw_LessThanASecond_EndsInTime(int milliseconds)
    {
        for (ulong seed = 1; seed <= 50; seed++)
        {
            Assert.All(
                ChaosSchedule.Draw(seed, Servers, TimeSpan.FromMilliseconds(milliseconds), []),
                s => Assert.True(s.AtMs + s.LastsMs <= milliseconds, s.ToString()));
        }
    }

    [Fact]
    public void Draw_AProcessFault_LeavesAMajorityAlone()
    {
        for (ulong seed = 1; seed <= 300; seed++)
        {
            var some = Draw(seed, 60).Where(s => s.Fault is ChaosFault.Kill or ChaosFault.Pause or ChaosFault.Restart);
            Assert.All(some, s => Assert.InRange(s.Servers.Count + (s.Leader ? 1 : 0), 1, 2));
        }
    }

    [Fact]
    public void Read_WhatWasWritten_IsTheSame()
    {
        using var folder = new TemporaryDirectory();
        var path = folder.File("below/chaos.csv");
        var steps = Draw(3, 60);
        ChaosScheduleFile.Write(path, steps, 3);
        var (read, seed) = ChaosScheduleFile.Read(path);
        Assert.Equal(Text(steps), Text(read));
        Assert.Equal(steps.Select(s => s.Strength), read.Select(s => s.Strength));
        Assert.Equal(3ul, seed);
    }

    [Theory]
    [InlineData("1,0,400,Kill,False,1,0,7\n2,500,400,Burn,False,1,0,7", "line 3")]
    [InlineData("1,-5,400,Kill,False,1,0,7", "line 2")]
    [InlineData("1,0,400,Kill", "line 2")]
    public void Read_WhatIsNoStep_SaysWhere(string lines, string where)
    {
        using var folder = new TemporaryDirectory();
        var path = folder.File("chaos.csv");
        File.WriteAllText(path, "Number,AtMs,LastsMs,Fault,Leader,Servers,Strength,Seed\n" + lines);
        Assert.Contains(where, Assert.Throws<InvalidDataException>(() => ChaosScheduleFile.Read(path)).Message, StringComparison.Ordinal);
        File.WriteAllText(path, "a,b\n1,2");
        Assert.Contains("no chaos schedule", Assert.Throws<InvalidDataException>(() => ChaosScheduleFile.Read(path)).Message, StringComparison.Ordinal);
    }

    private static IReadOnlyList<ChaosStep> Draw(ulong seed, int seconds) => ChaosSchedule.Draw(seed, Servers, TimeSpan.FromSeconds(seconds), []);

    private static string Text(IEnumerable<ChaosStep> steps) => string.Join('\n', steps);
}
