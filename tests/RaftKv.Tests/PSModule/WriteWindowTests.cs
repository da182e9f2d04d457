using System.Collections.Concurrent;
using RaftKv.Api;
using RaftKv.Commands;

namespace RaftKv.Tests.PSModule;

/// <summary>Writes of one pipeline that are under way at once.</summary>
public sealed class WriteWindowTests
{
    [Fact]
    public void Add_ManyKeys_AreUnderWayTogetherUpToTheLimit()
    {
        using SilentCmdlet cmdlet = new();
        using WriteWindow window = new(cmdlet, CancellationToken.None);
        int underWay = 0;
        int most = 0;
        using SemaphoreSlim full = new(0);
        List<long> results = [];
        for (int i = 0; i < WriteWindow.MaxWrites * 2; i++)
        {
            int number = i;
            window.Add(
                $"k{i}",
                1,
                async _ =>
                {
                    int now = Interlocked.Increment(ref underWay);
                    InterlockedMax(ref most, now);
                    if (now == WriteWindow.MaxWrites)
                    {
                        full.Release(int.MaxValue / 2);
                    }

                    await full.WaitAsync(CancellationToken.None);
                    Interlocked.Decrement(ref underWay);
                    return new WriteResult(number, 0, 0, 1);
                },
                result => results.Add(result.Revision),
                error => Assert.Fail(error.Message));
        }

        window.Finish();
        Assert.Equal(WriteWindow.MaxWrites, most);
        Assert.Equal(Enumerable.Range(0, WriteWindow.MaxWrites * 2).Select(i => (long)i), results);
    }

    [Fact]
    public void Add_OneKey_IsWrittenInTheOrderOfTheInputAndNeverTwiceAtOnce()
    {
        using SilentCmdlet cmdlet = new();
        using WriteWindow window = new(cmdlet, CancellationToken.None);
        ConcurrentQueue<int> order = new();
        int underWay = 0;
        int clashes = 0;
        for (int i = 0; i < 500; i++)
        {
            int number = i;
            window.Add(
                "same",
                1,
                async _ =>
                {
                    if (Interlocked.Increment(ref underWay) > 1)
                    {
                        Interlocked.Increment(ref clashes);
                    }

                    await Task.Yield();
                    order.Enqueue(number);
                    Interlocked.Decrement(ref underWay);
                    return default;
                },
                null,
                error => Assert.Fail(error.Message));
        }

        window.Finish();
        Assert.Equal(0, clashes);
        Assert.Equal(Enumerable.Range(0, 500), order);
    }

    [Fact]
    public void Add_AFailure_IsReportedAndTheRestGoesOn()
    {
        using SilentCmdlet cmdlet = new();
        using WriteWindow window = new(cmdlet, CancellationToken.None);
        List<ErrorKind> failures = [];
        int succeeded = 0;
        foreach (int number in Enumerable.Range(0, 10))
        {
            window.Add(
                "k",
                1,
                _ => number == 3
                    ? Task.FromException<WriteResult>(new RaftKvException(ErrorKind.OutcomeUnknown, "lost"))
                    : Task.FromResult(default(WriteResult)),
                _ => succeeded++,
                error => failures.Add(((RaftKvException)error).Kind));
        }

        window.Finish();
        Assert.Equal([ErrorKind.OutcomeUnknown], failures);
        Assert.Equal(9, succeeded);
    }

    [Fact]
    public void Add_LargeValues_WaitForRoomInsteadOfFillingTheMemory()
    {
        using SilentCmdlet cmdlet = new();
        using WriteWindow window = new(cmdlet, CancellationToken.None);
        long held = 0;
        long most = 0;
        const int Size = WriteWindow.MaxBytes / 4;
        foreach (int number in Enumerable.Range(0, 20))
        {
            window.Add(
                $"k{number}",
                Size,
                async _ =>
                {
                    InterlockedMax(ref most, Interlocked.Add(ref held, Size));
                    await Task.Yield();
                    Interlocked.Add(ref held, -Size);
                    return default;
                },
                null,
                error => Assert.Fail(error.Message));
        }

        bool ran = false;
        window.Add("huge", WriteWindow.MaxBytes * 2, _ => Task.FromResult(default(WriteResult)), _ => ran = true, error => Assert.Fail(error.Message));
        window.Finish();
        Assert.InRange(most, Size, WriteWindow.MaxBytes);
        Assert.True(ran);
    }

    /// <summary>What was taken from the input is written although no one wants the results any more, and failures are told.</summary>
    [Fact]
    public void FinishEarly_WithWritesUnderWay_WaitsForThemAndTellsFailuresOnly()
    {
        using SilentCmdlet cmdlet = new();
        using WriteWindow window = new(cmdlet, CancellationToken.None);
        using SemaphoreSlim go = new(0);
        int written = 0;
        List<string> failures = [];
        foreach (int number in Enumerable.Range(0, 50))
        {
            window.Add(
                $"k{number}",
                1,
                async token =>
                {
                    await go.WaitAsync(token);
                    Interlocked.Increment(ref written);
                    return number % 10 == 3 ? throw new RaftKvException(ErrorKind.VersionMismatch, $"k{number}") : default(WriteResult);
                },
                _ => Assert.Fail("no one wants results"),
                error => failures.Add(error.Message));
        }

        go.Release(50);
        window.FinishEarly();
        Assert.Equal(50, written);
        Assert.Equal(["k3", "k13", "k23", "k33", "k43"], failures);
    }

    /// <summary>A result that ends the pipeline while the window makes room leaves the write that wants the room begun.</summary>
    [Fact]
    public void Add_WhenAResultEndsThePipeline_HasBegunItsOwnWrite()
    {
        using SilentCmdlet cmdlet = new();
        using WriteWindow window = new(cmdlet, CancellationToken.None);
        int written = 0;
        window.Add("k0", WriteWindow.MaxBytes, Write, _ => throw new TimeoutException("enough"), error => Assert.Fail(error.Message));
        Assert.ThrowsAny<Exception>(() => window.Add("k1", WriteWindow.MaxBytes, Write, _ => { }, error => throw error));
        window.FinishEarly();
        Assert.Equal(2, written);

        Task<WriteResult> Write(CancellationToken token)
        {
            Interlocked.Increment(ref written);
            return Task.FromResult(default(WriteResult));
        }
    }

    /// <summary>After Ctrl-C what is under way gets a moment to end by itself, and is given up then.</summary>
    [Fact]
    public async Task Dispose_AfterCtrlC_LetsWritesEndForAMoment()
    {
        using SilentCmdlet cmdlet = new();
        using CancellationTokenSource stop = new();
        TaskCompletionSource begun = new(TaskCreationOptions.RunContinuationsAsynchronously);
        bool wasCut = false;
        WriteWindow window = new(cmdlet, stop.Token);
        window.Add("k", 1, async token => { begun.SetResult(); await Task.Yield(); wasCut = token.IsCancellationRequested; return default; }, null, _ => { });
        await begun.Task.WaitAsync(TestContext.Current.CancellationToken);
        await stop.CancelAsync();
        window.Dispose();
        Assert.False(wasCut);

        TaskCompletionSource<bool> cut = new(TaskCreationOptions.RunContinuationsAsynchronously);
        using CancellationTokenSource stopStuck = new();
        WriteWindow stuck = new(cmdlet, stopStuck.Token);
        stuck.Add(
            "k",
            1,
            async token =>
            {
                try
                {
                    return await new TaskCompletionSource<WriteResult>().Task.WaitAsync(token);
                }
                finally
                {
                    cut.SetResult(token.IsCancellationRequested);
                }
            },
            null,
            _ => { });
        await stopStuck.CancelAsync();
        Assert.ThrowsAny<Exception>(stuck.Dispose);
        Assert.True(await cut.Task);
    }

    private static void InterlockedMax(ref long target, long value)
    {
        long seen = Volatile.Read(ref target);
        while (value > seen)
        {
            long before = Interlocked.CompareExchange(ref target, value, seen);
            if (before == seen)
            {
                return;
            }

            seen = before;
        }
    }

    private static void InterlockedMax(ref int target, int value)
    {
        int seen = Volatile.Read(ref target);
        while (value > seen)
        {
            int before = Interlocked.CompareExchange(ref target, value, seen);
            if (before == seen)
            {
                return;
            }

            seen = before;
        }
    }

    private sealed class SilentCmdlet : RaftCmdlet;
}
