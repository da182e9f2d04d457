using System.Diagnostics;
using RaftKv.Evaluation.Cells;

namespace RaftKv.Evaluation.Recoveries;

/// <summary>How long it took until writes were served again.</summary>
/// <param name="PhaseMs">How long after the last settled write the fault was done, within a heartbeat interval.</param>
/// <param name="LeaderMs">Until the leader that served was first seen; null when it was not within the limit.</param>
/// <param name="AcknowledgedMs">Until a put was acknowledged; null when none was within the limit.</param>
/// <param name="ProcessorPercent">What the probe itself took of one core, in percent.</param>
internal sealed record Recovery(double PhaseMs, double? LeaderMs, double? AcknowledgedMs, double ProcessorPercent)
{
    /// <summary>
    /// Does a fault, or heals one, at a phase of the heartbeat interval that the cell's coin decides, and probes until
    /// writes are served.
    /// </summary>
    /// <param name="bed">The cluster.</param>
    /// <param name="fault">Does or heals; the clock starts when it has ended.</param>
    /// <param name="cut">The server that is cut off; 0: none.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public static async Task<Recovery> AfterAsync(TestBed bed, Func<Task> fault, int cut, CancellationToken cancellationToken)
    {
        var phase = await bed.PhaseAsync(cancellationToken).ConfigureAwait(false);
        await fault().ConfigureAwait(false);
        var done = Stopwatch.GetTimestamp();
        var (leader, acknowledged, processor) = await RecoveryProbe.RunAsync(bed, [.. bed.Alive.Where(id => id != cut)], done, cancellationToken).ConfigureAwait(false);
        return new Recovery(phase, leader, acknowledged, processor);
    }

    /// <summary>The rows of one recovery. What was cut off has no value: it took longer than the limit.</summary>
    public IEnumerable<Reading> Readings(int? aliveCount = null)
    {
        yield return new Reading("TimeToLeader", LeaderMs, "ms", LeaderMs is null ? "timeout" : "ok") { AliveCount = aliveCount };
        yield return new Reading("TimeToAcknowledgement", AcknowledgedMs, "ms", AcknowledgedMs is null ? "timeout" : "ok") { AliveCount = aliveCount };
        yield return new Reading("FaultPhase", PhaseMs, "ms") { AliveCount = aliveCount };
        yield return new Reading("ClientCpu", ProcessorPercent, "% of one core") { AliveCount = aliveCount };
    }
}
