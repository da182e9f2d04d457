using RaftKv.Evaluation.Checking;
using static RaftKv.Evaluation.Checking.HistoryOperationKind;
using static RaftKv.Tests.Evaluation.HistorySamples;

namespace RaftKv.Tests.Evaluation;

public sealed class LinearizabilityCheckerTests
{
    [Fact]
    public void Check_AReadOfTheLastWrite_Passes() => Passes(
        Op(Put, 1, 2, value: "a"),
        Op(Get, 3, 4, read: "a"));

    [Fact]
    public void Check_AReadOfAnOverwrittenValue_Fails()
    {
        var result = Fails(
            Op(Put, 1, 2, value: "a"),
            Op(Put, 3, 4, value: "b"),
            Op(Get, 5, 6, read: "a"),
            Op(Get, 7, 8, read: "b"));
        Assert.Equal(6, result.Window!.LastLine);
        Assert.Equal("a", result.Window.Impossible.ReadValue);
        Assert.Equal(["\"b\""], result.Window.PossibleStates);
        Assert.Single(result.Window.Operations);
    }

    [Fact]
    public void Check_ConcurrentWrites_MayTakeEffectInEitherOrder()
    {
        Passes(Op(Put, 1, 4, value: "a"), Op(Put, 2, 3, value: "b"), Op(Get, 5, 6, read: "a"));
        Passes(Op(Put, 1, 4, value: "a"), Op(Put, 2, 3, value: "b"), Op(Get, 5, 6, read: "b"));
        Fails(Op(Put, 1, 4, value: "a"), Op(Put, 2, 3, value: "b"), Op(Get, 5, 6, read: "b"), Op(Get, 7, 8, read: "a"));
    }

    [Fact]
    public void Check_AWriteSeenByOneReaderAndThenNotByAnother_Fails() => Fails(
        Op(Put, 1, 2, value: "a"),
        Op(Put, 3, 100, value: "b"),
        Op(Get, 4, 5, read: "b"),
        Op(Get, 6, 7, read: "a"));

    [Fact]
    public void Check_AnUnknownWrite_MayTakeEffectLongAfterOrNever()
    {
        Passes(Op(Put, 1, 2, value: "a"), Op(Put, 3, null, value: "b"), Op(Get, 4, 5, read: "a"), Op(Get, 100, 101, read: "b"));
        Passes(Op(Put, 1, 2, value: "a"), Op(Put, 3, null, value: "b"), Op(Get, 100, 101, read: "a"));
        Fails(Op(Put, 1, 2, value: "a"), Op(Put, 3, null, value: "b"), Op(Get, 4, 5, read: "b"), Op(Get, 6, 7, read: "a"));
    }

    [Fact]
    public void Check_AnUnknownWrite_HasNoEffectBeforeItWasAskedFor() => Fails(
        Op(Get, 1, 2, read: "b"),
        Op(Put, 3, null, value: "b"));

    [Fact]
    public void Check_AnUnknownWrite_TakesEffectOnceOnly() => Fails(
        Op(Put, 1, null, value: "b"),
        Op(Get, 2, 3, read: "b"),
        Op(Put, 4, 5, value: "c"),
        Op(Get, 6, 7, read: "c"),
        Op(Get, 8, 9, read: "b"));

    [Fact]
    public void Check_TwoEqualUnknownWrites_TakeEffectTwice() => Passes(
        Op(Put, 1, null, value: "b"),
        Op(Put, 2, null, value: "b"),
        Op(Get, 3, 4, read: "b"),
        Op(Put, 5, 6, value: "c"),
        Op(Get, 7, 8, read: "c"),
        Op(Get, 9, 10, read: "b"));

    [Fact]
    public void Check_AFailedCompareAndSet_IsAResult()
    {
        Fails(Op(Put, 1, 2, value: "1"), Op(CompareAndSet, 3, 4, value: "2", expected: "1", applied: false));
        Passes(Op(Put, 1, 2, value: "1"), Op(CompareAndSet, 3, 4, value: "2", expected: "9", applied: false), Op(Get, 5, 6, read: "1"));
        Fails(Op(Put, 1, 2, value: "1"), Op(CompareAndSet, 3, 4, value: "2", expected: "9", applied: true));
        Passes(Op(CompareAndSet, 1, 2, value: "2", expected: null, applied: true), Op(Get, 3, 4, read: "2"));
    }

    [Fact]
    public void Check_AnUnknownCompareAndSet_MayHaveComparedUnequal()
    {
        Passes(Op(Put, 1, 2, value: "1"), Op(CompareAndSet, 3, null, value: "2", expected: "1"), Op(Get, 4, 5, read: "2"));
        Passes(Op(Put, 1, 2, value: "1"), Op(CompareAndSet, 3, null, value: "2", expected: "1"), Op(Get, 4, 5, read: "1"));
        Fails(Op(Put, 1, 2, value: "1"), Op(CompareAndSet, 3, null, value: "2", expected: "7"), Op(Get, 4, 5, read: "2"));
    }

    [Fact]
    public void Check_Appends_AddUp()
    {
        Passes(Op(Append, 1, 4, value: "a"), Op(Append, 2, 3, value: "b"), Op(Get, 5, 6, read: "ba"));
        Fails(Op(Append, 1, 2, value: "a"), Op(Append, 3, 4, value: "b"), Op(Get, 5, 6, read: "ba"));
        Fails(Op(Append, 1, 2, value: "a"), Op(Append, 3, 4, value: "b"), Op(Get, 5, 6, read: "b"));
    }

    [Fact]
    public void Check_Deletes_LeaveNothing()
    {
        Passes(Op(Put, 1, 2, value: "a"), Op(Delete, 3, 4, applied: true), Op(Get, 5, 6, read: null), Op(Delete, 7, 8, applied: false));
        Fails(Op(Put, 1, 2, value: "a"), Op(Delete, 3, 4), Op(Get, 5, 6, read: "a"));
        Fails(Op(Delete, 1, 2, applied: true));
        Fails(Op(Put, 1, 2, value: "a"), Op(Delete, 3, 4, applied: false));
    }

    [Fact]
    public void Check_Versions_CountTheWritesSinceCreation()
    {
        Passes(Op(Put, 1, 2, value: "a", version: 1), Op(Put, 3, 4, value: "a", version: 2), Op(Get, 5, 6, read: "a", version: 2));
        Fails(Op(Put, 1, 2, value: "a", version: 1), Op(Put, 3, 4, value: "a", version: 1));
        Fails(Op(Put, 1, 2, value: "a", version: 1), Op(Get, 3, 4, read: "a", version: 2));
        Passes(Op(Put, 1, 2, value: "a", version: 1), Op(Delete, 3, 4), Op(Put, 5, 6, value: "b", version: 1));
        Passes(Op(Put, 1, null, value: "x"), Op(Put, 2, 3, value: "a", version: 2));
    }

    [Fact]
    public void Check_CompareAndSetByVersion_NeedsThatVersion()
    {
        Passes(Op(Put, 1, 2, value: "a", version: 1), Op(CompareAndSet, 3, 4, value: "b", expectedVersion: 1, applied: true, version: 2));
        Passes(Op(CompareAndSet, 1, 2, value: "b", expectedVersion: 0, applied: true, version: 1));
        Passes(Op(Put, 1, 2, value: "a", version: 1), Op(CompareAndSet, 3, 4, value: "b", expectedVersion: 7, applied: false, version: 1));
        Fails(Op(Put, 1, 2, value: "a", version: 1), Op(CompareAndSet, 3, 4, value: "b", expectedVersion: 7, applied: false, version: 3));
        Fails(Op(Put, 1, 2, value: "a", version: 1), Op(CompareAndSet, 3, 4, value: "b", expectedVersion: 7, applied: true));
    }

    [Fact]
    public void Check_Keys_DoNotTouchEachOther()
    {
        var history = new History { Operations = [Op(Put, 1, 2, value: "a"), Op(Get, 3, 4, read: null) with { Key = "other" }] };
        Assert.True(LinearizabilityChecker.Check(history).IsLinearizable);
        var bad = new History { Operations = [.. history.Operations, Op(Get, 5, 6, read: "z") with { Key = "third" }] };
        Assert.Equal(("third", 3), (LinearizabilityChecker.Check(bad).FailingKey, LinearizabilityChecker.Check(bad).KeyCount));
    }

    [Fact]
    public void Check_PastTheBound_IsUndecidedWhichIsNoPass()
    {
        // Twelve concurrent appends whose order no one can know, then a read of something impossible: all orders must be tried.
        var operations = Enumerable.Range(0, 12).Select(i => Op(Append, 1 + i, 100 + i, value: $"{i},")).Append(Op(Get, 200, 201, read: "x"));
        var result = LinearizabilityChecker.Check(new History { Operations = [.. operations] }, new CheckLimits { MaxStatesPerKey = 10_000 });
        Assert.Equal(Verdict.Undecided, result.Verdict);
        Assert.False(result.IsLinearizable);
        Assert.Equal("k", result.FailingKey);
        Assert.Equal(10_000, result.StatesExplored);
    }

    [Fact]
    public void Check_AnUndecidedKeyAndAWrongOne_IsWrong()
    {
        var hard = Enumerable.Range(0, 12).Select(i => Op(Append, 1 + i, 100 + i, value: $"{i},")).Append(Op(Get, 200, 201, read: "x"));
        var wrong = Op(Get, 300, 301, read: "y") with { Key = "wrong" };
        var result = LinearizabilityChecker.Check(new History { Operations = [.. hard, wrong] }, new CheckLimits { MaxStatesPerKey = 1000 });
        Assert.Equal((Verdict.NotLinearizable, "wrong"), (result.Verdict, result.FailingKey));
    }

    [Fact]
    public void Check_MoreThan64OperationsUnderWay_IsDecided()
    {
        var unknown = Enumerable.Range(0, 150).Select(i => Op(Put, 1 + i, null, value: $"{i}"));
        Passes([.. unknown, Op(Get, 1000, 1001, read: "3"), Op(Get, 1002, 1003, read: "149"), Op(Get, 1004, 1005, read: "77")]);
        Fails([.. unknown, Op(Get, 1000, 1001, read: "149"), Op(Get, 1002, 1003, read: "3"), Op(Get, 1004, 1005, read: "149")]);
    }

    [Fact]
    public void Check_TheHardestHistory_EndsAtTheBound()
    {
        // Hundreds of compare-and-sets of unknown outcome on few values, and an answer that none explains.
        var random = new Random(7);
        var unknown = Enumerable.Range(0, 300).Select(i => Op(CompareAndSet, 1 + (2 * i), null, value: $"{random.Next(5)}", expected: $"{random.Next(5)}"));
        var known = Enumerable.Range(0, 300).Select(i => Op(Put, 2 + (2 * i), 700 + i, value: $"{i}"));
        var result = LinearizabilityChecker.Check(
            new History { Operations = [.. unknown, .. known, Op(Get, 2000, 2001, read: "x")] }, new CheckLimits { MaxStatesPerKey = 100_000 });
        Assert.Equal((Verdict.Undecided, 100_000L), (result.Verdict, result.StatesExplored));
    }

    [Fact]
    public void Check_Cancelled_Ends()
    {
        var operations = Enumerable.Range(0, 16).Select(i => Op(Append, 1 + i, 100 + i, value: $"{i},")).Append(Op(Get, 200, 201, read: "x"));
        using var stop = new CancellationTokenSource();
        stop.Cancel();
        Assert.ThrowsAny<OperationCanceledException>(() => LinearizabilityChecker.Check(new History { Operations = [.. operations] }, cancellationToken: stop.Token));
    }

    /// <summary>What no one answered proves nothing, and what proves nothing does not pass.</summary>
    [Fact]
    public void Check_NothingAnswered_IsNoPass()
    {
        foreach (var operations in new HistoryOperation[][] { [], [Op(Put, 1, null, value: "x"), Op(Get, 2, null)] })
        {
            var result = LinearizabilityChecker.Check(new History { Operations = operations });
            Assert.True(result.ShowsNothing);
            Assert.False(result.IsLinearizable);
            Assert.Contains("shows nothing", result.ToString(), StringComparison.Ordinal);
        }
    }

    /// <summary>The memory for many operations of unknown outcome grows with their number, not with its square.</summary>
    [Theory]
    [InlineData(20_000, false)]
    [InlineData(2_000, true)]
    public void Check_ManyUnknownOperations_TakesMemoryInProportion(int count, bool areSeen)
    {
        var operations = Enumerable.Range(0, count).SelectMany(i => new[]
        {
            Op(Put, (3 * i) + 1, null, value: $"v{i}"),
            Op(Get, (3 * i) + 2, (3 * i) + 3, read: areSeen ? $"v{i}" : null),
        });
        var history = new History { Operations = [.. operations] };
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.True(LinearizabilityChecker.Check(history).IsLinearizable);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 100_000_000);
    }

    [Fact]
    public void Check_ManyOperationsAtOnce_TakesMemoryInProportion()
    {
        const int Count = 5_000;
        var history = new History { Operations = [.. Enumerable.Range(0, Count).Select(i => Op(Get, 1 + i, 1 + Count + i, read: null))] };
        var before = GC.GetAllocatedBytesForCurrentThread();
        LinearizabilityChecker.Check(history, new CheckLimits { MaxStatesPerKey = 1 });
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 25_000_000);
    }

    [Fact]
    public void Check_ValuesThatGrow_CountAgainstTheBound()
    {
        var part = new string('x', 10_000);
        var history = new History { Operations = [.. Enumerable.Range(0, 2_000).Select(i => Op(Append, (2 * i) + 1, (2 * i) + 2, value: part))], InitialValue = "" };
        Assert.Equal(Verdict.Undecided, LinearizabilityChecker.Check(history, new CheckLimits { MaxStatesPerKey = 1_000_000 }).Verdict);
    }

    private static CheckResult Fails(params HistoryOperation[] operations)
    {
        var result = LinearizabilityChecker.Check(new History { Operations = operations });
        Assert.Equal(Verdict.NotLinearizable, result.Verdict);
        Assert.NotNull(result.Window);
        return result;
    }

    private static void Passes(params HistoryOperation[] operations)
    {
        var result = LinearizabilityChecker.Check(new History { Operations = operations });
        Assert.True(result.IsLinearizable, result.ToString());
        Assert.Null(result.Window);
    }
}
