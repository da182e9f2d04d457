using System.Collections.Concurrent;
using System.Diagnostics;

namespace RaftKv.Node.Agent;

/// <summary>
/// Starts processes on one thread that lives as long as this process. Linux tells a child that its parent has died when
/// the <em>thread</em> that started it has: the threads of the pool come and go. Thread-safe.
/// </summary>
internal static class ChildLauncher
{
    private static readonly BlockingCollection<(ProcessStartInfo Start, TaskCompletionSource<Process> Started)> Waiting = [];

    static ChildLauncher() => new Thread(Run) { IsBackground = true, Name = "child launcher" }.Start();

    /// <summary>Starts a process; fails as <see cref="Process.Start(ProcessStartInfo)"/> does.</summary>
    public static Process Start(ProcessStartInfo start)
    {
        var started = new TaskCompletionSource<Process>();
        Waiting.Add((start, started));
        return started.Task.GetAwaiter().GetResult();
    }

    private static void Run()
    {
        foreach (var (start, started) in Waiting.GetConsumingEnumerable())
        {
            try
            {
                started.SetResult(Process.Start(start)!);
            }
            catch (Exception e)
            {
                started.SetException(e);
            }
        }
    }
}
