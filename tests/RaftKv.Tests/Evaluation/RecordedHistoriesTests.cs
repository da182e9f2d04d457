using RaftKv.Evaluation.Checking;

namespace RaftKv.Tests.Evaluation;

/// <summary>The checker on histories that no one here wrote, with their published verdicts.</summary>
public sealed class RecordedHistoriesTests
{
    /// <summary>Ten times what the hardest of them takes.</summary>
    private const long MostStates = 1_000_000;

    private static readonly string Root = Path.Combine(AppContext.BaseDirectory, "Evaluation", "Histories");

    public static TheoryData<string, bool> Files => [.. Published.Select(p => (p.File, p.Linearizable))];

    public static TheoryData<string> GoodFiles => [.. Published.Where(p => p.Linearizable).Select(p => p.File)];

    private static IEnumerable<(string File, bool Linearizable)> Published => File.ReadLines(Path.Combine(Root, "verdicts.csv"))
        .Skip(1).Select(l => l.Split(',')).Select(l => (l[0], bool.Parse(l[1])));

    [Fact]
    public void Verdicts_AreThereForAllFiles()
    {
        var files = Directory.EnumerateFiles(Root, "*", SearchOption.AllDirectories)
            .Where(f => Path.GetExtension(f) is ".log" or ".txt").Select(f => Path.GetRelativePath(Root, f).Replace('\\', '/'));
        Assert.Equal(Published.Select(p => p.File).Order(StringComparer.Ordinal), files.Order(StringComparer.Ordinal));
        Assert.Equal(64, Published.Count());
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void CheckFile_ARecordedHistory_GivesThePublishedVerdict(string file, bool linearizable)
    {
        var result = LinearizabilityChecker.CheckFile(Path.Combine(Root, file), FormatOf(file));
        Assert.Equal(linearizable ? Verdict.Linearizable : Verdict.NotLinearizable, result.Verdict);
        Assert.Equal(linearizable, result.Window is null);
        Assert.InRange(result.StatesExplored, 1, MostStates);
    }

    [Theory]
    [MemberData(nameof(GoodFiles))]
    public void Check_AGoodHistoryWithOneReadOfAnotherValue_IsRejected(string file)
    {
        var history = Read(file);
        var reads = history.Operations.Index().Where(o => o.Item is { Kind: HistoryOperationKind.Get, ReturnLine: not null, ReadValue.Length: > 0 }).ToArray();
        Assert.NotEmpty(reads);
        foreach (var (index, read) in Spread(reads))
        {
            Rejects(history, index, read with { ReadValue = "never written" });
        }
    }

    [Theory]
    [MemberData(nameof(GoodFiles))]
    public void Check_AGoodHistoryWithTheFirstValueReadOnceMoreAtTheEnd_IsRejected(string file)
    {
        // What was overwritten long ago and by a write that was acknowledged cannot come back.
        var history = Read(file);
        var last = history.Operations.Max(o => o.ReturnLine ?? o.InvokeLine);
        var key = history.Operations[0].Key;
        var stale = new HistoryOperation
        {
            Process = int.MaxValue,
            Kind = HistoryOperationKind.Get,
            Key = key,
            ReadValue = history.InitialValue,
            InvokeLine = last + 1,
            ReturnLine = last + 2,
        };
        var result = LinearizabilityChecker.Check(history with { Operations = [.. history.Operations, stale] });
        Assert.Equal(Verdict.NotLinearizable, result.Verdict);
        Assert.Equal((key, last + 2), (result.FailingKey, result.Window!.LastLine));
    }

    [Theory]
    [InlineData("keyed/c01-ok.txt")]
    [InlineData("keyed/c10-ok.txt")]
    public void Check_AGoodKeyedHistoryWithALostAppend_IsRejected(string file)
    {
        // The append was acknowledged and is in later reads: without it, they cannot be.
        var history = Read(file);
        var seen = history.Operations.Index().Where(o => o.Item.Kind == HistoryOperationKind.Append && history.Operations.Any(r =>
            r.Key == o.Item.Key && r.ReadValue?.Contains(o.Item.Value!, StringComparison.Ordinal) == true)).ToArray();
        Assert.NotEmpty(seen);
        foreach (var (index, _) in Spread(seen))
        {
            var without = history with { Operations = [.. history.Operations.Where((_, i) => i != index)] };
            Assert.Equal(Verdict.NotLinearizable, LinearizabilityChecker.Check(without).Verdict);
        }
    }

    [Fact]
    public void Check_AGoodKeyedHistoryWithTwoReadsSwapped_IsRejected()
    {
        var history = Read("keyed/c10-ok.txt");
        var reads = history.Operations.Index().Where(o => o.Item.Kind == HistoryOperationKind.Get).GroupBy(o => o.Item.Key)
            .Select(g => (First: g.First(), Last: g.Last())).Where(p => p.First.Item.ReadValue != p.Last.Item.ReadValue).ToArray();
        Assert.NotEmpty(reads);
        foreach (var (first, last) in reads)
        {
            var operations = history.Operations.ToArray();
            operations[first.Index] = first.Item with { ReadValue = last.Item.ReadValue };
            operations[last.Index] = last.Item with { ReadValue = first.Item.ReadValue };
            Assert.Equal(Verdict.NotLinearizable, LinearizabilityChecker.Check(history with { Operations = operations }).Verdict);
        }
    }

    [Fact]
    public void CheckFile_ABadHistory_ShowsASmallWindow()
    {
        foreach (var (file, _) in Published.Where(p => !p.Linearizable))
        {
            var result = LinearizabilityChecker.CheckFile(Path.Combine(Root, file), FormatOf(file));
            Assert.InRange(result.Window!.Operations.Count, 1, 40);
            Assert.NotEmpty(result.Window.PossibleStates);
            Assert.Contains($"line {result.Window.LastLine}", result.ToString());
        }
    }

    private static HistoryFormat FormatOf(string file) => file.EndsWith(".log", StringComparison.Ordinal) ? HistoryFormat.JepsenRegister : HistoryFormat.Keyed;

    private static History Read(string file) => HistoryFile.Read(Path.Combine(Root, file), FormatOf(file));

    private static void Rejects(History history, int index, HistoryOperation mutated)
    {
        var operations = history.Operations.ToArray();
        operations[index] = mutated;
        var result = LinearizabilityChecker.Check(history with { Operations = operations });
        Assert.Equal(Verdict.NotLinearizable, result.Verdict);
        Assert.Equal(mutated.Key, result.FailingKey);
    }

    /// <summary>At most five, from all over.</summary>
    private static IEnumerable<T> Spread<T>(T[] items) => items.Where((_, i) => i % Math.Max(1, items.Length / 5) == 0).Take(5);
}
