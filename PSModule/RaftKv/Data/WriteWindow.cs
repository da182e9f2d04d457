using System.Collections.Concurrent;
using System.Management.Automation;
using RaftKv.Api;
using RaftKv.Base;

namespace RaftKv.Commands;

/// <summary>
/// Keeps many writes of one pipeline under way at once, so that a long input costs round trips only as often as the
/// window is full. Two writes to one key are never under way together: they happen in the order of the input. Results
/// come out in the order of the input, on the pipeline's thread.
/// </summary>
internal sealed class WriteWindow : IDisposable
{
    /// <summary>The most writes under way. Twice what one message carries, so that the next is full when one comes back.</summary>
    public const int MaxWrites = 2048;

    /// <summary>No write is added while those under way hold this much, so that large values do not fill the memory.</summary>
    public const int MaxBytes = 16 * 1024 * 1024;

    /// <summary>What is under way gets this long after Ctrl-C, so that the prompt is back within a second.</summary>
    private const int GraceMs = 500;

    private static readonly TimeSpan TellPace = TimeSpan.FromMilliseconds(100);

    private readonly RaftCmdlet _cmdlet;
    private readonly CancellationToken _stopping;
    private readonly ConcurrentQueue<Action<RaftCmdlet>> _told = new();
    private readonly Queue<Write> _underWay = new();
    private readonly Dictionary<string, Task> _lastOfKey = new(StringComparer.Ordinal);
    private readonly CancellationTokenSource _abandoned = new();
    private readonly Feedback _feedback;
    private long _bytes;

    public WriteWindow(RaftCmdlet cmdlet, CancellationToken stopping)
    {
        _cmdlet = cmdlet;
        _stopping = stopping;
        _feedback = new Feedback(action =>
        {
            _told.Enqueue(action);
            return true;
        });
    }

    /// <summary>Starts a write, after waiting for room and behind an earlier write to the same key.</summary>
    /// <param name="key">What orders it: writes of one key follow each other.</param>
    /// <param name="bytes">How much it holds.</param>
    /// <param name="write">Does it.</param>
    /// <param name="succeeded">Called on the pipeline's thread with the result; null where no one wants it.</param>
    /// <param name="failed">Called on the pipeline's thread with the failure.</param>
    public void Add(
        string key, int bytes, Func<CancellationToken, Task<WriteResult>> write, Action<WriteResult>? succeeded, Action<Exception> failed)
    {
        try
        {
            while (_underWay.Count > 0 && (_underWay.Count >= MaxWrites || _bytes + bytes > MaxBytes))
            {
                FinishOldest();
            }
        }
        finally
        {
            // When the pipeline ends here this write was taken from it all the same; only Ctrl-C means not to begin it.
            if (!_stopping.IsCancellationRequested)
            {
                Task<WriteResult> task = StartAsync(_lastOfKey.GetValueOrDefault(key), write);
                _lastOfKey[key] = task;
                _underWay.Enqueue(new Write(key, bytes, task, succeeded, failed));
                _bytes += bytes;
            }
        }

        while (_underWay.TryPeek(out Write? oldest) && oldest.Task.IsCompleted)
        {
            FinishOldest();
        }
    }

    /// <summary>Waits for all that is under way.</summary>
    public void Finish()
    {
        while (_underWay.Count > 0)
        {
            FinishOldest();
        }
    }

    /// <summary>
    /// For a pipeline that ends before its input does, because a command behind it has enough or an error ends it: waits
    /// for all that is under way. Results are wanted by no one, failures are told.
    /// </summary>
    public void FinishEarly()
    {
        List<Exception> untold = [];
        while (_underWay.TryPeek(out Write? oldest))
        {
            Await(oldest.Task);
            _underWay.Dequeue();
            if (Failure(oldest.Task) is { } error)
            {
                try
                {
                    oldest.Failed(error);
                }
                catch (RuntimeException)
                {
                    // What ends the pipeline is on its way already.
                    untold.Add(error);
                }
            }
        }

        if (untold.Count > 0)
        {
            _cmdlet.Say($"The pipeline ended while writes were under way, and {untold.Count} of them failed or are of unknown outcome, the first so: {untold[0].Message}");
        }
    }

    /// <summary>
    /// For a pipeline that is over: by Ctrl-C, or because a command before it failed. After Ctrl-C what is under way gets a
    /// moment, else its own time. What has failed or is not known is said on the screen, for no stream takes it any more.
    /// </summary>
    public void Dispose()
    {
        Task[] all = [.. _underWay.Select(write => write.Task)];
        Task settled = Task.WhenAll(all).ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        if (all.Length > 0 && _stopping.IsCancellationRequested && !settled.Wait(GraceMs))
        {
            _abandoned.Cancel();
            settled.Wait(GraceMs / 4);
        }

        bool isOver = settled.Wait(_stopping.IsCancellationRequested ? 0 : Timeout.Infinite);
        Write[] open = [.. _underWay.Where(write => !write.Task.IsCompletedSuccessfully)];
        _underWay.Clear();
        int unknown = open.Count(write => Failure(write.Task) is not RaftKvException { Kind: not ErrorKind.OutcomeUnknown });
        if (open.Length > 0)
        {
            _cmdlet.Say(
                $"The pipeline ended while {all.Length} writes were under way: {all.Length - open.Length} were done, {open.Length - unknown} were refused, "
                + $"and {unknown} may or may not have been done. The first of those that were not done for certain is key '{Name(open[0])}', the last '{Name(open[^1])}'; read before you decide.");
        }

        if (isOver)
        {
            _abandoned.Dispose();
        }
    }

    private static string Name(Write write) => write.Key[(write.Key.IndexOf('/', StringComparison.Ordinal) + 1)..];

    /// <summary>How a write ended, where not well; null also for one that has not ended.</summary>
    private static Exception? Failure(Task task) => task.Exception?.InnerException ?? (task.IsCanceled ? new OperationCanceledException() : null);

    private Task<WriteResult> StartAsync(Task? before, Func<CancellationToken, Task<WriteResult>> write) => Task.Run(
        async () =>
        {
            Feedback.Current = _feedback;
            if (before is not null)
            {
                await before.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }

            return await write(_abandoned.Token);
        },
        CancellationToken.None);

    private void FinishOldest()
    {
        Write oldest = _underWay.Peek();
        Exception? error = null;
        Await(oldest.Task);
        _underWay.Dequeue();
        _bytes -= oldest.Bytes;
        try
        {
            WriteResult result = oldest.Task.GetAwaiter().GetResult();
            Tell();
            oldest.Succeeded?.Invoke(result);
        }
        catch (Exception exception) when (RaftCmdlet.IsOurs(exception))
        {
            error = exception;
        }

        if (_lastOfKey.TryGetValue(oldest.Key, out Task? last) && ReferenceEquals(last, oldest.Task))
        {
            _lastOfKey.Remove(oldest.Key);
        }

        if (error is not null)
        {
            Tell();
            oldest.Failed(error);
        }
    }

    /// <summary>Waits on the pipeline's thread and shows meanwhile what the writes report; ends at once on Ctrl-C.</summary>
    private void Await(Task task)
    {
        try
        {
            while (!task.IsCompleted && Task.WaitAny([task], (int)TellPace.TotalMilliseconds, _stopping) < 0)
            {
                Tell();
            }
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            throw new PipelineStoppedException();
        }
    }

    private void Tell()
    {
        while (_told.TryDequeue(out Action<RaftCmdlet>? action))
        {
            action(_cmdlet);
        }
    }

    private sealed record Write(string Key, int Bytes, Task<WriteResult> Task, Action<WriteResult>? Succeeded, Action<Exception> Failed);
}
