using RaftKv.Commands;

namespace RaftKv;

/// <summary>
/// The base of cmdlets that write to the store from the pipeline. Whatever ends the pipeline, what they took from it is
/// brought to its end, and what failed or is not known is said.
/// </summary>
public abstract class WritingCmdlet : ClusterCmdlet
{
    private WriteWindow? _window;

    /// <summary>The writes under way.</summary>
    internal WriteWindow Window => _window ??= new WriteWindow(this, StopToken);

    /// <summary>Takes an object from the pipeline.</summary>
    private protected abstract void Take();

    /// <summary>The input is at its end.</summary>
    private protected virtual void TakeLast()
    {
    }

    /// <inheritdoc/>
    protected sealed override void ProcessRecord() => Guard(Take);

    /// <inheritdoc/>
    protected sealed override void EndProcessing() => Guard(() =>
    {
        TakeLast();
        _window?.Finish();
    });

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _window?.Dispose();
        }

        base.Dispose(disposing);
    }

    private void Guard(Action action)
    {
        try
        {
            action();
        }
        catch (Exception) when (!StopToken.IsCancellationRequested && _window is not null)
        {
            _window.FinishEarly();
            throw;
        }
    }
}
