using System.Diagnostics;
using RaftKv.Core.Consensus;
using RaftKv.Engine.Driver;
using RaftKv.Engine.Storage;
using static RaftKv.Tests.Storage.LogSamples;

namespace RaftKv.Tests.Engine;

/// <summary>The pump's part: does what there is to do, and sleeps until it is woken whenever it waits for something.</summary>
internal sealed class Sleeper
{
    private readonly WakeSignal _signal = new();

    public Random Random { get; } = new(1);

    public void Wake() => _signal.Set();

    /// <summary>Turns for a while, and then without beginning anything until nothing is under way any more.</summary>
    /// <param name="effort">How long.</param>
    /// <param name="turn">A turn; is told whether to begin nothing, and says whether something is under way that will wake the pump.</param>
    public void Run(TimeSpan effort, Func<bool, bool> turn)
    {
        Exception? failure = null;
        var thread = new Thread(() => failure = Record.Exception(() => Turn(effort, turn))) { IsBackground = true };
        thread.Start();
        Assert.True(thread.Join(effort + Patience.Limit), "The pump sleeps though something was under way: a wake was lost.");
        Assert.True(failure is null, failure?.ToString());
    }

    private void Turn(TimeSpan effort, Func<bool, bool> turn)
    {
        var clock = Stopwatch.StartNew();
        while (true)
        {
            var isLast = clock.Elapsed > effort;
            if (turn(isLast))
            {
                // So that what is under way ends just before it sleeps as often as while it does.
                Thread.SpinWait(Random.Next(2) * Random.Next(300));
                _signal.WaitUntil(Instant.Never);
            }
            else if (isLast)
            {
                return;
            }
        }
    }
}

/// <summary>Appends to a log, truncates it and drops its head, on a thread of its own.</summary>
internal sealed class Appender
{
    private readonly Thread _thread;
    private Exception? _failure;
    private volatile bool _isStopped;

    public Appender(WriteAheadLog log)
    {
        _thread = new Thread(() => _failure = Record.Exception(() => Append(log))) { IsBackground = true };
        _thread.Start();
    }

    public void Stop()
    {
        _isStopped = true;
        Assert.True(_thread.Join(Patience.Limit));
        Assert.True(_failure is null, _failure?.ToString());
    }

    private void Append(WriteAheadLog log)
    {
        var random = new Random(2);
        var (save, term) = (1000L, 1L);
        while (!_isStopped)
        {
            var last = log.Last.Index.Value;
            if (random.Next(5) == 0)
            {
                var from = Math.Max(log.First.Value, last - random.Next(5));
                log.Commit(Save(++save, null, from, ThreadStressTests.Sized(from, ++term)));
            }
            else
            {
                log.Commit(Save(++save, null, null, ThreadStressTests.Sized(last + 1, term)) with { CompactTo = new LogIndex(Math.Max(1, last - 30)) });
            }
        }
    }
}

/// <summary>A log that notices a frame before the flush of the one before, and saves out of order.</summary>
internal sealed class CheckedStorage : ILogStorage
{
    private long _appended;
    private long _flushed;
    private bool _isFlushDue;

    public long Flushed => Volatile.Read(ref _flushed);

    public RecoveredState Recovered => RecoveredState.Empty;

    public LogIndex First => new(1);

    public EntryId Last => EntryId.Zero;

    public void Append(IReadOnlyList<Save> saves)
    {
        Assert.False(_isFlushDue);
        foreach (var save in saves)
        {
            Assert.Equal(_appended + 1, save.SaveId);
            Assert.Equal(save.SaveId, Assert.Single(save.Entries).Id.Index.Value);
            _appended = save.SaveId;
        }

        _isFlushDue = true;
    }

    public void Flush()
    {
        Thread.SpinWait((int)(_appended % 200));
        Volatile.Write(ref _flushed, _appended);
        _isFlushDue = false;
    }

    public IReadOnlyList<LogEntry> Read(IndexRange range, int maxBytes) => [];

    public void Dispose()
    {
    }
}
