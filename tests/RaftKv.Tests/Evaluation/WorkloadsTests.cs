using System.Diagnostics;
using RaftKv.Api;
using RaftKv.Evaluation.Measurement;

namespace RaftKv.Tests.Evaluation;

public sealed class WorkloadsTests
{
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
        var watch = Stopwatch.StartNew();
        var options = new LatencyOptions { Duration = TimeSpan.FromMilliseconds(100), WarmupCount = 0 };
        var result = await Workloads.MeasureLatencyAsync(new FakeCluster().Connect, options, null, default);
        Assert.InRange(watch.Elapsed.TotalSeconds, 0.1, 20);
        Assert.Equal(100, result.Elapsed.TotalMilliseconds, 0.1);
        Assert.Equal(result.Succeeded / 0.1, result.PerSecond, 0.1);
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
        var cluster = new FakeCluster((_, _) =>
        {
            if (Interlocked.Increment(ref waiting) == 1000)
            {
                release.SetResult();
            }

            return release.Task;
        });
        var threadsBefore = Process.GetCurrentProcess().Threads.Count;
        var result = await Workloads.MeasureThroughputAsync(cluster.Connect, Short with { ClientCount = 1000, Duration = TimeSpan.FromSeconds(1) }, null, default);
        Assert.Equal(1000, cluster.MostAtOnce);
        Assert.Equal(1000, cluster.Opened);
        Assert.Equal(1000, cluster.Disposed);
        Assert.True(result.Succeeded >= 1000);
        Assert.InRange(Process.GetCurrentProcess().Threads.Count, 0, threadsBefore + 100);
    }

    [Fact]
    public async Task MeasureThroughputAsync_WithWarmUp_CountsOnlyWhatEndedAfterIt()
    {
        var cluster = new FakeCluster();
        var result = await Workloads.MeasureThroughputAsync(cluster.Connect, Short with { ClientCount = 1, Warmup = TimeSpan.FromMilliseconds(100) }, null, default);
        Assert.InRange(result.Succeeded, 1, cluster.Puts - 1);
        Assert.Equal(150, result.Elapsed.TotalMilliseconds, 0.1);
    }

    [Fact]
    public async Task MeasureThroughputAsync_Outcomes_AreCountedApart()
    {
        var calls = 0;
        var cluster = new FakeCluster((_, _) => (Interlocked.Increment(ref calls) % 3) switch
        {
            0 => Task.FromException(new RaftKvException(ErrorKind.OutcomeUnknown, "lost")),
            1 => Task.FromException(new RaftKvException(ErrorKind.NoLeader, "none")),
            _ => Task.CompletedTask,
        });
        var result = await Workloads.MeasureThroughputAsync(cluster.Connect, Short with { ClientCount = 1 }, null, default);
        Assert.True(result.Succeeded > 0);
        Assert.InRange(result.Unknown, 1, calls / 3);
        Assert.InRange(result.Failed, 1, (calls / 3) + 1);
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
        var cluster = new FakeCluster((client, token) => client == 1 ? new TaskCompletionSource().Task.WaitAsync(token) : Task.CompletedTask);
        var watch = Stopwatch.StartNew();
        var result = await Workloads.MeasureThroughputAsync(cluster.Connect, Short, null, default);
        Assert.True(result.Succeeded > 0);
        Assert.Equal(1, result.Unknown);
        Assert.Equal("OutcomeUnknown", result.FirstFailure);

        // Not before a client would have given up by itself: what is merely slow is not unknown.
        Assert.True(watch.Elapsed > Short.Duration + new ClientOptions().Deadline, $"It was cut off after {watch.Elapsed}.");
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
        var watch = Stopwatch.StartNew();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() =>
            Workloads.MeasureThroughputAsync(cluster.Connect, Short with { Duration = TimeSpan.FromHours(1) }, null, stop.Token));
        Assert.InRange(watch.Elapsed.TotalSeconds, 0, 5);
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
        var keys = Enumerable.Range(0, 1000).Select(i => Convert.ToHexString(new Payload(1, 0, 10, 1024 * 1024).Key(i))).Distinct();
        Assert.Equal(6, keys.Count());
    }

    [Fact]
    public void Payload_OfOneSeed_IsTheSameAgain()
    {
        Assert.Equal(new Payload(7, 3, 10, 50).Value(), new Payload(7, 3, 10, 50).Value());
        Assert.NotEqual(new Payload(7, 3, 10, 50).Value(), new Payload(8, 3, 10, 50).Value());
        Assert.NotEqual(new Payload(7, 3, 10, 50).Value(), new Payload(7, 4, 10, 50).Value());
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

    private sealed class Recording : IProgress<double>
    {
        public List<double> Values { get; } = [];

        public void Report(double value) => Values.Add(value);
    }
}
