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

    /// <summary>What would fail in mid-run is found before anything is done, all of it at once.</summary>
    [Fact]
    public void Read_StepsThatCannotBeDone_AreAllToldWithTheirLines()
    {
        string[] wrong =
        [
            "1,0,400,99,False,1,0,7", // a number is no name
            "2,0,400,Lossy,False,1,NaN,7",
            "3,0,400,Lossy,False,1,1.5,7",
            "4,0,400,Slow,False,1,-1,7",
            "5,0,400,Slow,False,1,Infinity,7",
            "6,0,400,Kill,False,9,0,7", // not there
            "7,0,400,Kill,False,1 1,0,7",
            "8,0,400,Kill,False,,0,7", // hits no one
            "9,2147483647,400,Kill,False,1,0,7",
            "10,0,99999999999,Kill,False,1,0,7",
            "11,0,400,Kill,Perhaps,1,0,7",
            "12,0,400,Kill,False,1,0,8", // another seed
            "13,0,400,Kill,False,1,0,7,more",
            "0,0,400,Kill,False,1,0,7",
            "15,0,400,kill,False,1,0,7",
            "16,0,400,Kill,False,1,0.5,7", // kills half
            new string('x', 100_000),
        ];
        using var folder = new TemporaryDirectory();
        var path = folder.File("chaos.csv");
        File.WriteAllText(path, "Number,AtMs,LastsMs,Fault,Leader,Servers,Strength,Seed\n1,0,400,Kill,False,1,0,7\n" + string.Join('\n', wrong));
        var message = Assert.Throws<InvalidDataException>(() => ChaosScheduleFile.Read(path, Servers)).Message;
        Assert.All(Enumerable.Range(3, wrong.Length), line => Assert.Contains($"line {line}:", message, StringComparison.Ordinal));
        Assert.DoesNotContain("line 2:", message, StringComparison.Ordinal);
        Assert.InRange(message.Length, 100, 10_000);
    }

    [Fact]
    public void Read_NothingButItsHead_IsNoSchedule()
    {
        using var folder = new TemporaryDirectory();
        var path = folder.File("chaos.csv");
        File.WriteAllText(path, "Number,AtMs,LastsMs,Fault,Leader,Servers,Strength,Seed\n");
        Assert.Contains("no step", Assert.Throws<InvalidDataException>(() => ChaosScheduleFile.Read(path)).Message, StringComparison.Ordinal);
    }

    private static IReadOnlyList<ChaosStep> Draw(ulong seed, int seconds) => ChaosSchedule.Draw(seed, Servers, TimeSpan.FromSeconds(seconds), []);

    private static string Text(IEnumerable<ChaosStep> steps) => string.Join('\n', steps);
}
