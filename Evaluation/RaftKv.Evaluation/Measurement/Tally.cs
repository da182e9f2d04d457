using HdrHistogram;
using RaftKv.Api;

namespace RaftKv.Evaluation.Measurement;

/// <summary>Outcomes and times of all clients of one measurement. Thread-safe.</summary>
internal sealed class Tally
{
    private const long MaxMicroseconds = 3_600_000_000;
    private const double MicrosecondsPerMillisecond = 1000;

    private readonly Lock _lock = new();
    private readonly LongHistogram _times = new(MaxMicroseconds, numberOfSignificantValueDigits: 3);
    private long _failed;
    private long _unknown;
    private long _ended;
    private ErrorKind? _firstFailure;

    /// <summary>Operations that ended, whatever came of them.</summary>
    public long Ended => Volatile.Read(ref _ended);

    /// <summary>Counts one operation.</summary>
    /// <param name="failure">Why it did not succeed; null when it did.</param>
    /// <param name="time">How long it took.</param>
    /// <param name="inTime">Whether it ended before the clock did; a success that did not is not counted.</param>
    public void Add(ErrorKind? failure, TimeSpan time, bool inTime)
    {
        lock (_lock)
        {
            _ended++;
            _firstFailure ??= failure;
            if (failure == ErrorKind.OutcomeUnknown)
            {
                _unknown++;
            }
            else if (failure is not null)
            {
                _failed++;
            }
            else if (inTime)
            {
                _times.RecordValue(Math.Clamp((long)time.TotalMicroseconds, 1, MaxMicroseconds));
            }
        }
    }

    public MeasurementResult ToResult(ClosedLoop loop, TimeSpan elapsed, double processorShare)
    {
        lock (_lock)
        {
            var count = _times.TotalCount;
            double At(double percentile) => count == 0 ? 0 : _times.GetValueAtPercentile(percentile) / MicrosecondsPerMillisecond;
            return new MeasurementResult
            {
                Operation = loop.Operation,
                ClientCount = loop.ClientCount,
                ValueBytes = loop.ValueBytes,
                Elapsed = elapsed,
                Succeeded = count,
                Failed = _failed,
                Unknown = _unknown,
                PerSecond = elapsed > TimeSpan.Zero ? count / elapsed.TotalSeconds : 0,
                MeanMs = count == 0 ? 0 : _times.GetMean() / MicrosecondsPerMillisecond,
                P50Ms = At(50),
                P90Ms = At(90),
                P99Ms = At(99),
                MaxMs = At(100),
                ClientCpuPercent = Math.Round(100 * processorShare, 1),
                FirstFailure = _firstFailure?.ToString(),
            };
        }
    }
}
