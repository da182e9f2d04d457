using System.Diagnostics;

namespace RaftKv.Tests.Simulation;

/// <summary>Runs seeds, each alone in its thread; what one does never depends on another.</summary>
internal static class SeedRunner
{
    /// <summary>Told of every seed's end, one at a time; false ends the run.</summary>
    public delegate bool SeedEnded(ulong seed, WorldSummary? summary, Exception? failure);

    public static void Run(SimulateOptions options, Func<ulong, WorldSummary> run, SeedEnded ended)
    {
        var watch = Stopwatch.StartNew();
        var next = -1L;
        var isOver = false;
        var door = new Lock();
        void Work()
        {
            while (true)
            {
                var number = Interlocked.Increment(ref next);
                if (Volatile.Read(ref isOver) || number >= options.SeedCount || watch.Elapsed.TotalMinutes >= (options.Minutes ?? double.MaxValue))
                {
                    return;
                }

                var seed = options.First + (ulong)number;
                WorldSummary? summary = null;
                Exception? failure = null;
                try
                {
                    summary = run(seed);
                }
                catch (SimulationFailure e)
                {
                    failure = e;
                }

                lock (door)
                {
                    if (!ended(seed, summary, failure))
                    {
                        Volatile.Write(ref isOver, true);
                    }
                }
            }
        }

        var threads = Enumerable.Range(0, options.Jobs - 1).Select(_ => new Thread(Work)).ToList();
        threads.ForEach(t => t.Start());
        Work();
        threads.ForEach(t => t.Join());
    }
}
