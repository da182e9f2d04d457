using System.Diagnostics;
using Microsoft.Extensions.Time.Testing;
using RaftKv.Api;
using RaftKv.Evaluation.Measurement;

namespace RaftKv.Tests.Evaluation;

public sealed class WorkloadsTests
{
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(10);

    private static readonly ThroughputOptions Short = new()
    {
        ClientCount = 8,
        Duration = TimeSpan.FromMilliseconds(150),
        Warmup = TimeSpan.Zero,
    };

    [Fact]
    public async Task MeasureLatencyAsync_ByCount_TimesExactlyThatManyAfterTheWarmUp()
    {
        var cluster = new FakeCluster();
        var result = await Workloads.MeasureLatencyAsync(cluster.Connect, new LatencyOptions { Count = 50, WarmupCount = 7 }, null, default);
        Assert.Equal(50, result.Succeeded);
        Assert.Equal(57, cluster.Puts);
        Assert.Equal(1, result.ClientCount);
        Assert.True(result.P50Ms <= result.P90Ms && result.P90Ms <= result.P99Ms && result.P99Ms <= result.MaxMs);
        Assert.True(result.MaxMs > 0);
        Assert.Equal(1, cluster.MostAtOnce);
        Assert.Equal(1, cluster.Disposed);
    }

    [Fact]
    public async Task MeasureLatencyAsync_ByDuration_EndsWithIt()
    {
        var time = new FakeTimeProvider();
        var options = new LatencyOptions { Duration = 10 * Step, WarmupCount = 0 };
        var result = await Workloads.MeasureLatencyAsync(EachTakesAStep(time).Connect, options, null, default, time: time);
        Assert.Equal(10, result.Succeeded);
        Assert.Equal(100, result.Elapsed.TotalMilliseconds, 0.1);
        Assert.Equal(100, result.PerSecond, 0.1);
    }

    [Fact]
    public async Task MeasureLatencyAsync_OfGets_ReadsWhatItWroteBefore()
    {
        var cluster = new FakeCluster();
        await Workloads.MeasureLatencyAsync(cluster.Connect, new LatencyOptions { Operation = Operation.Get, Count = 5, WarmupCount = 0 }, null, default);
        Assert.Equal((1, 5), (cluster.Puts, cluster.Gets));
    }

    [Fact]
    public async Task MeasureThroughputAsync_AThousandClients_WorkAtOnceWithoutThreads()
    {
        var release = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var waiting = 0;
        var time = new FakeTimeProvider();
        var cluster = new FakeCluster((_, _) =>
        {
            // The first thousand wait for each other; the time is over once each client has done one and begun the next.
            switch (Interlocked.Increment(ref waiting))
            {
                case 1000:
                    release.SetResult();
                    break;
                case 2000:
                    time.Advance(Short.Duration);
                    break;
            }

            return release.Task;
        });
        var threadsBefore = Process.GetCurrentProcess().Threads.Count;
        var result = await Workloads.MeasureThroughputAsync(cluster.Connect, Short with { ClientCount = 1000 }, null, default, time: time);
        Assert.Equal(1000, cluster.MostAtOnce);
        Assert.Equal(1000, cluster.Opened);
        Assert.Equal(1000, cluster.Disposed);
        Assert.True(result.Succeeded >= 1000);
        Assert.InRange(Process.GetCurrentProcess().Threads.Count, 0, threadsBefore + 100);
    }

    [Fact]
    public async Task MeasureThroughputAsync_WithWarmUp_CountsOnlyWhatEndedAfterIt()
    {
        var time = new FakeTimeProvider();
        var cluster = EachTakesAStep(time);
        var result = await Workloads.MeasureThroughputAsync(cluster.Connect, Short with { ClientCount = 1, Warmup = 10 * Step }, null, default, time: time);
        Assert.Equal((16, 25), (result.Succeeded, cluster.Puts));
        Assert.Equal(150, result.Elapsed.TotalMilliseconds, 0.1);
    }

    [Fact]
    public async Task MeasureThroughputAsync_Outcomes_AreCountedApart()
    {
        var calls = 0;
        var time = new FakeTimeProvider();
        var cluster = new FakeCluster((_, _) =>
        {
            time.Advance(Step);
            return (++calls % 3) switch
            {
                0 => Task.FromException(new RaftKvException(ErrorKind.OutcomeUnknown, "lost")),
                1 => Task.FromException(new RaftKvException(ErrorKind.NoLeader, "none")),
                _ => Task.CompletedTask,
            };
        });
        var result = await Workloads.MeasureThroughputAsync(cluster.Connect, Short with { ClientCount = 1 }, null, default, time: time);
        Assert.Equal((15, 5, 5, 5), (calls, result.Succeeded, result.Unknown, result.Failed));
        Assert.Equal("NoLeader", result.FirstFailure);
    }

    [Fact]
    public async Task MeasureThroughputAsync_WhenNothingCanSucceed_ThrowsInsteadOfMeasuring()
    {
        var cluster = new FakeCluster((_, _) => Task.FromException(new RaftKvException(ErrorKind.ValueTooLarge, "too large")));
        var options = Short with { Duration = TimeSpan.FromHours(1) };
        var e = await Assert.ThrowsAsync<RaftKvException>(() => Workloads.MeasureThroughputAsync(cluster.Connect, options, null, default));
        Assert.Equal(ErrorKind.ValueTooLarge, e.Kind);
        Assert.Equal(8, cluster.Disposed);
    }

    [Fact]
    public async Task MeasureThroughputAsync_OperationsThatHangAtTheEnd_AreCutOffAndUnknown()
    {
        var time = new FakeTimeProvider();
        var began = time.GetUtcNow();
        var cutOff = DateTimeOffset.MaxValue;
        var working = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        FakeCluster? cluster = null;
        cluster = new FakeCluster(async (client, token) =>
        {
            if (client == 1)
            {
                await using var note = token.Register(() => cutOff = time.GetUtcNow());
                await new TaskCompletionSource().Task.WaitAsync(token);
            }
            else if (cluster!.Puts > 10 * Short.ClientCount)
            {
                working.TrySetResult();
            }
        });
        var measuring = Workloads.MeasureThroughputAsync(cluster.Connect, Short, null, default, time: time);
        await working.Task;
        while (!measuring.IsCompleted)
        {
            time.Advance(Step);
            await Task.Yield();
        }

        var result = await measuring;
        Assert.Equal(1, result.Unknown);
        Assert.Equal("OutcomeUnknown", result.FirstFailure);

        // Not before a client would have given up by itself: what is merely slow is not unknown.
        Assert.InRange(cutOff - began, Short.Duration + new ClientOptions().Deadline, TimeSpan.MaxValue);
    }

    [Fact]
    public async Task MeasureThroughputAsync_Cancelled_EndsAtOnceEvenWhenOperationsDoNotCare()
    {
        using var stop = new CancellationTokenSource();
        var never = new TaskCompletionSource();
        var cluster = new FakeCluster(async (client, _) =>
        {
            if (client == 3)
            {
                await stop.CancelAsync();
            }

            await never.Task;
        });
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() =>
            Workloads.MeasureThroughputAsync(cluster.Connect, Short with { Duration = TimeSpan.FromHours(1) }, null, stop.Token).WaitAsync(Patience.Limit));
    }

    [Fact]
    public async Task MeasureThroughputAsync_Progress_RisesToOne()
    {
        var progress = new Recording();
        await Workloads.MeasureThroughputAsync(new FakeCluster().Connect, Short, progress, default);
        Assert.Equal(1, progress.Values[^1]);
        Assert.Equal(progress.Values.Order(), progress.Values);
    }

    [Fact]
    public async Task Values_AreFreshAndOfTheSizeAskedFor()
    {
        var cluster = new FakeCluster();
        await Workloads.MeasureLatencyAsync(cluster.Connect, new LatencyOptions { Count = 300, WarmupCount = 0, ValueBytes = 33 }, null, default);
        Assert.All(cluster.Written, w => Assert.Equal(33, w.Value.Length));
        Assert.Equal(300, cluster.Written.Select(w => Convert.ToHexString(w.Value)).Distinct().Count());
        Assert.InRange(cluster.Written.Select(w => w.Key).Distinct().Count(), 2, 100);
        Assert.All(cluster.Written, w => Assert.StartsWith("raftkv-measure/", w.Key));
    }

    [Fact]
    public void Payload_OfManyLargeValues_UsesFewKeys()
    {
        var keys = Enumerable.Range(0, 1000).Select(i => Convert.ToHexString(new Payload("p/", 1, 0, 10, 1024 * 1024).Key(i))).Distinct();
        Assert.Equal(6, keys.Count());
    }

    [Fact]
    public void Payload_OfOneSeed_IsTheSameAgain()
    {
        Assert.Equal(new Payload("p/", 7, 3, 10, 50).Value(), new Payload("p/", 7, 3, 10, 50).Value());
        Assert.NotEqual(new Payload("p/", 7, 3, 10, 50).Value(), new Payload("p/", 8, 3, 10, 50).Value());
        Assert.NotEqual(new Payload("p/", 7, 3, 10, 50).Value(), new Payload("p/", 7, 4, 10, 50).Value());
    }

    [Fact]
    public async Task MeasureThroughputAsync_SeveralBadOptions_NamesAll()
    {
        var options = new ThroughputOptions { ClientCount = 0, Duration = TimeSpan.Zero, ValueBytes = -1, Operation = (Operation)9 };
        var e = await Assert.ThrowsAsync<ArgumentException>(() => Workloads.MeasureThroughputAsync(new FakeCluster().Connect, options, null, default));
        Assert.All(["ClientCount", "Duration", "ValueBytes", "Operation"], name => Assert.Contains(name, e.Message));
    }

    [Theory]
    [InlineData(-1, 0, 64, "Count")]
    [InlineData(1, -1, 64, "WarmupCount")]
    [InlineData(1, 0, (32 * 1024 * 1024) + 1, "ValueBytes")]
    public async Task MeasureLatencyAsync_BadOption_NamesIt(int count, int warmup, int bytes, string named)
    {
        var options = new LatencyOptions { Count = count, WarmupCount = warmup, ValueBytes = bytes };
        var e = await Assert.ThrowsAsync<ArgumentException>(() => Workloads.MeasureLatencyAsync(new FakeCluster().Connect, options, null, default));
        Assert.Contains(named, e.Message);
    }

    private static FakeCluster EachTakesAStep(FakeTimeProvider time) => new((_, _) =>
    {
        time.Advance(Step);
        return Task.CompletedTask;
    });

    private sealed class Recording : IProgress<double>
    {
        public List<double> Values { get; } = [];

        public void Report(double value) => Values.Add(value);
    }
}
