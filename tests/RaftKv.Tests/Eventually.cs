using System.Diagnostics;

namespace RaftKv.Tests;

/// <summary>Awaits a state that no event announces, by looking again and again until a deadline.</summary>
internal static class Eventually
{
    private static readonly TimeSpan Between = TimeSpan.FromMilliseconds(10);

    /// <summary>The first value that is there.</summary>
    public static async Task<T> GetAsync<T>(string what, Func<Task<T?>> look)
        where T : class
    {
        var since = Stopwatch.GetTimestamp();
        using var timer = new PeriodicTimer(Between);
        while (Stopwatch.GetElapsedTime(since) < Patience.Limit)
        {
            if (await look() is { } found)
            {
                return found;
            }

            await timer.WaitForNextTickAsync();
        }

        throw new TimeoutException($"Waited {Patience.Limit.TotalSeconds} s in vain: {what}.");
    }

    /// <summary>Waits until a condition holds.</summary>
    public static Task HoldsAsync(string what, Func<bool> condition) =>
        GetAsync(what, () => Task.FromResult(condition() ? "holds" : null));
}
