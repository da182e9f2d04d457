using System.Diagnostics;
using System.Text;
using RaftKv.Api;
using RaftKv.Evaluation.Cells;

namespace RaftKv.Evaluation.Recoveries;

/// <summary>
/// The one client behind every recovery time: asks each server outside the cut every 5 ms who leads, all in parallel,
/// takes the highest term and puts there with a deadline of 2 s. A server that is asked is not asked again before it
/// answered, so that a slow one is not buried in questions.
/// </summary>
internal sealed class RecoveryProbe
{
    /// <summary>After this a repetition counts as cut off.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan AskLimit = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan PutLimit = TimeSpan.FromSeconds(2);

    private readonly TestBed _bed;
    private readonly CancellationTokenSource _ending;
    private readonly TaskCompletionSource<(long Seen, long Acknowledged)> _served = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _lock = new();
    private readonly Dictionary<(int Server, long Term), long> _firstSeen = [];
    private long _highestTerm;
    private bool _isTrying;

    private RecoveryProbe(TestBed bed, CancellationTokenSource ending)
    {
        _bed = bed;
        _ending = ending;
    }

    /// <summary>Runs until a put is acknowledged or the limit is reached.</summary>
    /// <param name="bed">The cluster.</param>
    /// <param name="outside">The servers outside the cut.</param>
    /// <param name="done">When the fault was done, or healed: the clock starts there.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>Milliseconds until a leader and until the acknowledgement, null when cut off; and the share of one core it took, in percent.</returns>
    public static async Task<(double? LeaderMs, double? AcknowledgedMs, double ProcessorPercent)> RunAsync(TestBed bed, IReadOnlyList<int> outside, long done, CancellationToken cancellationToken)
    {
        var processor = Environment.CpuUsage.TotalTime;
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var probe = new RecoveryProbe(bed, ending);
        var asking = outside.Select(id => Task.Run(() => probe.AskAsync(id), cancellationToken)).ToArray();
        var left = Limit - Stopwatch.GetElapsedTime(done);
        await ((Task)probe._served.Task).WaitAsync(left > TimeSpan.Zero ? left : TimeSpan.Zero, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await ending.CancelAsync().ConfigureAwait(false);
        await Task.WhenAll(asking).ConfigureAwait(false);
        cancellationToken.ThrowIfCancellationRequested();
        var share = Math.Round(100 * ((Environment.CpuUsage.TotalTime - processor) / Stopwatch.GetElapsedTime(done)), 1);
        if (!probe._served.Task.IsCompletedSuccessfully)
        {
            return (null, null, share);
        }

        var (seen, acknowledged) = await probe._served.Task.ConfigureAwait(false);
        return (Milliseconds(done, seen), Milliseconds(done, acknowledged), share);
    }

    private async Task AskAsync(int serverId)
    {
        try
        {
            while (!_ending.IsCancellationRequested)
            {
                var asked = Stopwatch.GetTimestamp();
                var reply = await _bed.Client.Admin.AskLeaderAsync(serverId, AskLimit, _ending.Token).ConfigureAwait(false);
                if (reply is { IsLeader: true } && Claim(serverId, reply.Term))
                {
                    _ = PutAsync(serverId, reply.Term);
                }

                var rest = Interval - Stopwatch.GetElapsedTime(asked);
                if (rest > TimeSpan.Zero)
                {
                    await Task.Delay(rest, _ending.Token).ConfigureAwait(false);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // Served, or cut off.
        }
    }

    /// <summary>Notes a claim to lead; true when it is the one to put at now.</summary>
    private bool Claim(int serverId, long term)
    {
        lock (_lock)
        {
            _firstSeen.TryAdd((serverId, term), Stopwatch.GetTimestamp());
            if (term < _highestTerm || (term == _highestTerm && _isTrying))
            {
                return false;
            }

            _highestTerm = term;
            _isTrying = true;
            return true;
        }
    }

    private async Task PutAsync(int serverId, long term)
    {
        try
        {
            if (await _bed.Writer.TryPutAtAsync(serverId, Encoding.UTF8.GetBytes(_bed.Prefix + "probe"), "x"u8.ToArray(), PutLimit, _ending.Token).ConfigureAwait(false))
            {
                lock (_lock)
                {
                    _served.TrySetResult((_firstSeen[(serverId, term)], Stopwatch.GetTimestamp()));
                }

                return;
            }
        }
        catch (Exception e) when (e is RaftKvException or OperationCanceledException)
        {
            // It leads no more, or the probe has ended.
        }

        lock (_lock)
        {
            // The same claim may be tried again as soon as it is made again.
            _isTrying &= term != _highestTerm;
        }
    }

    private static double Milliseconds(long from, long to) => Math.Round(Math.Max(0, Stopwatch.GetElapsedTime(from, to).TotalMilliseconds), 2);
}
