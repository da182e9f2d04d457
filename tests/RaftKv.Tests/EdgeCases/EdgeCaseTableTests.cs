using RaftKv.Tests.Tidy;

namespace RaftKv.Tests.EdgeCases;

/// <summary>
/// The table of edge cases is whole and true as far as reading can tell; <c>RaftKv.Tests mutate</c> tells the rest by
/// planting each bug and running its test.
/// </summary>
public sealed class EdgeCaseTableTests
{
    private static readonly IReadOnlyList<EdgeCase> Rows = EdgeCaseTable.Parse(Repository.Read(EdgeCaseTable.File));

    private static IEnumerable<Mutation> Mutations => Rows.SelectMany(r => r.Mutations);

    private static void AssertNone(IEnumerable<string> faults)
    {
        var all = faults.ToList();
        Assert.True(all.Count == 0, string.Join('\n', all));
    }

    [Fact]
    public void EveryRow_IsThereOnceAndCoveredOrSaysWhyNot()
    {
        Assert.Equal(EdgeCaseTable.Numbers, Rows.Select(r => r.Row).Take(EdgeCaseTable.Numbers.Count));
        var holes = Rows.Skip(EdgeCaseTable.Numbers.Count).Select(r => r.Row).ToList();
        Assert.All(holes, h => Assert.StartsWith("H", h, StringComparison.Ordinal));
        Assert.Equal(holes.Distinct().OrderBy(h => int.Parse(h[1..], System.Globalization.CultureInfo.InvariantCulture)), holes);
        AssertNone(Rows.Where(r => r.Reason is null == (r.Mutations.Count == 0)).Select(r => $"{r.Row} needs a test with a mutation, or a reason."));
    }

    [Fact]
    public void EveryTest_ExistsAndCarriesItsRow()
    {
        AssertNone(Mutations.Where(m => m.Method?.GetCustomAttributes(typeof(FactAttribute), inherit: true).Length is null or 0)
            .Select(m => $"{m.Row}: there is no test {m.FullTest}."));
        AssertNone(Mutations.Where(m => !m.Test.Split('.')[^1].Split('_').Contains(m.Row))
            .Select(m => $"{m.Row}: {m.FullTest} does not carry its row."));
    }

    [Fact]
    public void EveryMutation_FindsItsTextOnce()
    {
        AssertNone(Mutations.Where(m => Repository.Read(m.File).Split(m.Old).Length != 2).Select(m =>
            $"{m.Row}: '{m.Old}' must occur exactly once in {m.File}. Find the line that does its work now, change {EdgeCaseTable.File}, "
            + $"and see the test fail: dotnet run -c Release --project tests/RaftKv.Tests -- mutate {m.Row} --record"));
        AssertNone(Mutations.Where(m => m.Old == m.New).Select(m => $"{m.Row}: the mutation changes nothing."));
    }

    [Fact]
    public void EveryMutation_WasSeenToTurnItsTestRed() => AssertNone(Mutations.Where(m => m.Seen.Length == 0).Select(m =>
        $"{m.Row}: see {m.Test} fail: dotnet run -c Release --project tests/RaftKv.Tests -- mutate {m.Row} --record"));

    /// <summary>With RAFTKV_REWRITE=1 the page is rewritten.</summary>
    [Fact]
    public void Page_ShowsTheRows()
    {
        var page = Repository.Read(EdgeCaseTable.Readme).ReplaceLineEndings("\n");
        var now = EdgeCaseTable.Write(page, Rows);
        if (Environment.GetEnvironmentVariable("RAFTKV_REWRITE") == "1")
        {
            File.WriteAllText(Path.Combine(Repository.Root, EdgeCaseTable.Readme), now);
            return;
        }

        Assert.Equal(now, page);
    }

    [Fact]
    public void Parse_UnknownWord_NamesTheLine() =>
        Assert.Contains("line 2", Assert.Throws<FormatException>(() => EdgeCaseTable.Parse("E1 vote\nnonsense here")).Message, StringComparison.Ordinal);
}
