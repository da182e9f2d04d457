using RaftKv.Core.Consensus;

namespace RaftKv.Engine.Driver;

/// <summary>
/// One of a server's threads: works while there is work, sleeps otherwise. Whatever it throws ends the server, because
/// a server of which a part has died would hang in silence.
/// </summary>
internal sealed class NodeThread
{
    private const int StackBytes = 512 * 1024;

    private readonly Thread _thread;
    private readonly WakeSignal _signal = new();
    private readonly Func<Instant?> _work;
    private readonly Action<Exception> _failed;
    private volatile bool _stopping;

    /// <summary>Makes it, not yet running.</summary>
    /// <param name="name">Shown by debuggers.</param>
    /// <param name="work">Does what there is to do, and says when it wants to be called again even if not woken; null for at once.</param>
    /// <param name="failed">Is told what the work threw, on this thread.</param>
    public NodeThread(string name, Func<Instant?> work, Action<Exception> failed)
    {
        _work = work;
        _failed = failed;
        _thread = new Thread(Run, StackBytes) { IsBackground = true, Name = name };
    }

    /// <summary>Starts it.</summary>
    public void Start() => _thread.Start();

    /// <summary>There is work.</summary>
    public void Wake() => _signal.Set();

    /// <summary>Asks it to end after the work under way.</summary>
    public void RequestStop()
    {
        _stopping = true;
        _signal.Set();
    }

    /// <summary>Waits until it has ended.</summary>
    public void Join()
    {
        if (_thread.ThreadState.HasFlag(ThreadState.Unstarted) || Thread.CurrentThread == _thread)
        {
            return;
        }

        _thread.Join();
    }

    private void Run()
    {
        try
        {
            while (!_stopping)
            {
                if (_work() is { } deadline)
                {
                    _signal.WaitUntil(deadline);
                }
            }
        }
#pragma warning disable CA1031 // Every failure of a thread is the failure of the server.
        catch (Exception e)
#pragma warning restore CA1031
        {
            _failed(e);
        }
    }
}
