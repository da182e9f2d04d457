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
internal sealed class WriteWindow
{
    /// <summary>The most writes under way. Twice what one message carries, so that the next is full when one comes back.</summary>
    public const int MaxWrites = 2048;

    /// <summary>No write is added while those under way hold this much, so that large values do not fill the memory.</summary>
    public const int MaxBytes = 16 * 1024 * 1024;

    private static readonly TimeSpan TellPace = TimeSpan.FromMilliseconds(100);

    private readonly RaftCmdlet _cmdlet;
    private readonly CancellationToken _stopping;
    private readonly ConcurrentQueue<Action<RaftCmdlet>> _told = new();
    private readonly Queue<Write> _underWay = new();
    private readonly Dictionary<string, Task> _lastOfKey = new(StringComparer.Ordinal);
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
    /// <param name="succeeded">Called on the pipeline's thread with the result; null where nobody wants it.</param>
    /// <param name="failed">Called on the pipeline's thread with the failure.</param>
    public void Add(
        string key, int bytes, Func<CancellationToken, Task<WriteResult>> write, Action<WriteResult>? succeeded, Action<Exception> failed)
    {
        while (_underWay.Count > 0 && (_underWay.Count >= MaxWrites || _bytes + bytes > MaxBytes))
        {
            FinishOldest();
        }

        Task<WriteResult> task = StartAsync(_lastOfKey.GetValueOrDefault(key), write);
        _lastOfKey[key] = task;
        _underWay.Enqueue(new Write(key, bytes, task, succeeded, failed));
        _bytes += bytes;
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

    private Task<WriteResult> StartAsync(Task? before, Func<CancellationToken, Task<WriteResult>> write) => Task.Run(
        async () =>
        {
            Feedback.Current = _feedback;
            if (before is not null)
            {
                await before.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }

            return await write(_stopping);
        },
        _stopping);

    private void FinishOldest()
    {
        Write oldest = _underWay.Dequeue();
        _bytes -= oldest.Bytes;
        Exception? error = null;
        try
        {
            Await(oldest.Task);
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
