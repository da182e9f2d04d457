using CsCheck;
using RaftKv.Evaluation.Checking;
using static RaftKv.Evaluation.Checking.HistoryOperationKind;
using static RaftKv.Tests.Evaluation.HistorySamples;

namespace RaftKv.Tests.Evaluation;

/// <summary>The checker against a simpler one on random histories, and the set that its search rests on.</summary>
public sealed class LinearizabilityRandomTests
{
    [Fact]
    public void SlotSet_AnyOrder_IsTheSetItself()
    {
        var random = new Random(5);
        for (var round = 0; round < 200; round++)
        {
            var (set, expected) = (default(SlotSet), new HashSet<int>());
            for (var step = 0; step < 100; step++)
            {
                var slot = random.Next(4) == 0 ? random.Next(64) : random.Next(1 << random.Next(1, 20));
                set = expected.Contains(slot) ? set.Without(slot) : set.With(slot);
                _ = expected.Add(slot) || expected.Remove(slot);
                Assert.Equal(expected.Contains(slot), set.Contains(slot));
            }

            var again = expected.OrderBy(_ => random.Next()).Aggregate(default(SlotSet), (all, slot) => all.With(slot));
            Assert.Equal(set, again);
            Assert.Equal(set.GetHashCode(), again.GetHashCode());
            Assert.All(expected, slot => Assert.True(set.Contains(slot)));
            Assert.Equal(default, expected.Aggregate(set, (all, slot) => all.Without(slot)));
            Assert.NotEqual(set, set.With(1 << 21));
        }
    }

    [Fact]
    public void Check_SmallRandomHistories_AgreesWithTryingAllOrders()
    {
        int passed = 0, failed = 0;
        RandomHistory.Sample(
            operations =>
            {
                var history = new History { Operations = operations };
                var verdict = LinearizabilityChecker.Check(history).Verdict;
                Assert.Equal(AllOrders.IsLinearizable(history) ? Verdict.Linearizable : Verdict.NotLinearizable, verdict);
                Interlocked.Increment(ref verdict == Verdict.Linearizable ? ref passed : ref failed);
            },
            iter: 30_000);

        // The comparison says something only if both occur often.
        Assert.InRange(passed, 2000, 28_000);
        Assert.InRange(failed, 2000, 28_000);
    }

    [Fact]
    public void Check_AFailureOfARandomHistory_IsTheShortestBeginning() => RandomHistory.Sample(
        operations =>
        {
            var result = LinearizabilityChecker.Check(new History { Operations = operations });
            if (result.Window is not { } window)
            {
                return;
            }

            Assert.False(AllOrders.IsLinearizable(Until(operations, window.LastLine)));
            Assert.True(AllOrders.IsLinearizable(Until(operations, window.LastLine - 1)));
            Assert.Contains(window.Impossible, window.Operations);
            Assert.NotEmpty(window.PossibleStates);
        },
        iter: 10_000);

    private static Gen<HistoryOperation[]> RandomHistory =>
        from count in Gen.Int[1, 6]
        from lines in Gen.Shuffle(Enumerable.Range(1, 2 * count).ToArray())
        from kinds in Gen.OneOfConst(Put, Get, Get, CompareAndSet, Append, Delete).Array[count]
        from values in Gen.OneOfConst("a", "b").Array[count]
        from others in Gen.OneOfConst("a", "b", null, "ab").Array[count]
        from open in Gen.Frequency((4, Gen.Const(false)), (1, Gen.Const(true))).Array[count]
        from applied in Gen.Bool.Array[count]
        from versions in Gen.Frequency((5, Gen.Int[0, 0].Select(_ => (long?)null)), (1, Gen.Long[0, 3].Select(v => (long?)v))).Array[count]
        select Enumerable.Range(0, count).Select(i => Op(
            kinds[i],
            Math.Min(lines[2 * i], lines[(2 * i) + 1]),
            open[i] ? null : Math.Max(lines[2 * i], lines[(2 * i) + 1]),
            value: kinds[i] is Get or Delete ? null : values[i],
            read: kinds[i] == Get && !open[i] ? others[i] : null,
            expected: kinds[i] == CompareAndSet ? others[i] : null,
            version: kinds[i] is Delete || open[i] ? null : versions[i],
            applied: !open[i] && kinds[i] is CompareAndSet or Delete ? applied[i] : null)).ToArray();

    private static History Until(HistoryOperation[] operations, int line) => new()
    {
        Operations = [.. operations.Where(o => o.InvokeLine <= line).Select(o => o.ReturnLine <= line ? o : o with { ReturnLine = null, Applied = null, Version = null })],
    };
}
