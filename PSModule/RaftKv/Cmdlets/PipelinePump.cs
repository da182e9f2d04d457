using System.Collections.Concurrent;
using System.Diagnostics;
using System.Management.Automation;
using RaftKv.Base;

namespace RaftKv.Cmdlets;

/// <summary>
/// Runs one asynchronous call for a cmdlet: the call works on the thread pool while the pipeline's thread carries out
/// what it posts. Ctrl-C cancels the call; one that is deaf to that is left behind after a moment, so that the prompt
/// is back within a second whatever happens.
/// </summary>
internal sealed class PipelinePump : IDisposable
{
    private const int QueueCount = 256;
    private const int GraceMs = 500;
    private static readonly TimeSpan ProgressDelay = TimeSpan.FromSeconds(2);

    private readonly RaftCmdlet _cmdlet;
    private readonly BlockingCollection<Action<RaftCmdlet>> _queue = new(QueueCount);
    private readonly long _started = Stopwatch.GetTimestamp();
    private bool _progressShown;
    private string _activity = "";

    public PipelinePump(RaftCmdlet cmdlet) => _cmdlet = cmdlet;

    /// <inheritdoc/>
    public void Dispose() => _queue.Dispose();

    /// <summary>Runs a call to its end and returns what it returned or throws what it threw.</summary>
    public T Run<T>(Func<CancellationToken, Task<T>> work, CancellationToken stopping)
    {
        using CancellationTokenSource cancel = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        CancellationToken token = cancel.Token;
        Task<T> task = Task.Run(
            async () =>
            {
                Feedback.Current = new Feedback(action => Post(action), PostProgress);
                try
                {
                    return await work(token);
                }
                finally
                {
                    _queue.CompleteAdding();
                }
            },
            CancellationToken.None);
        bool finished = false;
        try
        {
            finished = Drain(stopping);
        }
        finally
        {
            if (!finished)
            {
                cancel.Cancel();
                _ = task.ContinueWith(t => t.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
            }

            HideProgress();
        }

        if (stopping.IsCancellationRequested && (!finished || task.IsCanceled || task.IsFaulted))
        {
            throw new PipelineStoppedException();
        }

        return task.GetAwaiter().GetResult();
    }

    /// <summary>Hands something to the pipeline's thread; waits while that is far behind.</summary>
    public bool Post(Action<RaftCmdlet> action, CancellationToken cancellationToken = default)
    {
        try
        {
            _queue.Add(action, cancellationToken);
            return true;
        }
        catch (InvalidOperationException)
        {
            // The call has ended meanwhile: no one listens any more.
            return false;
        }
    }

    /// <summary>Shows progress, unless the pipeline's thread is behind or the call is still young.</summary>
    public void PostProgress(string activity, string status, int percent, int secondsLeft)
    {
        if (Stopwatch.GetElapsedTime(_started) < ProgressDelay || _queue.Count > QueueCount / 4)
        {
            return;
        }

        Post(cmdlet =>
        {
            _activity = activity;
            _progressShown = true;
            cmdlet.WriteProgress(new ProgressRecord(1, activity, status.Length > 0 ? status : " ")
            {
                PercentComplete = percent,
                SecondsRemaining = secondsLeft,
            });
        });
    }

    /// <returns>Whether the call ended, rather than being given up after Ctrl-C.</returns>
    private bool Drain(CancellationToken stopping)
    {
        while (true)
        {
            if (stopping.IsCancellationRequested)
            {
                return DrainStopped();
            }

            try
            {
                if (!_queue.TryTake(out Action<RaftCmdlet>? action, Timeout.Infinite, stopping))
                {
                    return true;
                }

                action(_cmdlet);
            }
            catch (OperationCanceledException) when (stopping.IsCancellationRequested)
            {
                // Ctrl-C: the loop's head gives the call its grace.
            }
        }
    }

    /// <summary>After Ctrl-C nothing is shown any more; the call gets a moment to end in good order.</summary>
    private bool DrainStopped()
    {
        long since = Stopwatch.GetTimestamp();
        while (true)
        {
            int left = GraceMs - (int)Stopwatch.GetElapsedTime(since).TotalMilliseconds;
            if (left <= 0)
            {
                return false;
            }

            if (!_queue.TryTake(out _, left))
            {
                return _queue.IsCompleted;
            }
        }
    }

    private void HideProgress()
    {
        if (_progressShown)
        {
            _cmdlet.WriteProgress(new ProgressRecord(1, _activity, " ") { RecordType = ProgressRecordType.Completed });
        }
    }
}
