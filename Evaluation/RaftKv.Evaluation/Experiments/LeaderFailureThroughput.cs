using RaftKv.Evaluation.Cells;
using RaftKv.Evaluation.Measurement;
using RaftKv.Evaluation.Results;

namespace RaftKv.Evaluation.Experiments;

/// <summary>Figure 3: what is left of the throughput when a server is killed in the middle.</summary>
internal sealed class LeaderFailureThroughput : Experiment
{
    private const int LightClients = 100;
    private const string Undisturbed = OptionText.Fault + "=None";
    private const string LeaderKilled = OptionText.Fault + "=LeaderKilled";
    private const string FollowerKilled = OptionText.Fault + "=FollowerKilled";

    /// <summary>Where in the measured time the kill falls, before its phase.</summary>
    private const double KillShare = 0.2;

    public override string Name => "LeaderFailureThroughput";

    public override string Figure => "3";

    public override string Question => "How many puts a second get done while the leader is killed, or a follower, or nobody?";

    public override string MainMetric => "PutThroughput";

    public override string XColumn => "ClientCount";

    public override int Wear => 2;

    public override IEnumerable<Cell> Cells(ExperimentRequest request) =>
        from preset in request.Presets
        from servers in request.Servers([3], [5, 23])
        from repetition in request.Times(1, servers > 11 ? 1 : 2)
        from clients in request.Clients([10, 100], [10, 100, 1000])
        from fault in new[] { Undisturbed, LeaderKilled, FollowerKilled }
        let duration = TimeSpan.FromSeconds(request.Pick(2.5, 5))
        select new Cell
        {
            Preset = preset.Name,
            ServerCount = servers,
            Options = preset.Options,
            Variation = fault,
            ClientCount = clients,
            ValueBytes = 64,
            Repetition = repetition,
            Group = WearsLog(preset) && clients > LightClients ? $"LeaderFailureThroughput/{repetition}/{clients}" : "",
            Duration = duration,
            ExpectedSec = duration.TotalSeconds + 2.5 + (clients / 300.0),
        };

    public override async Task<IReadOnlyList<Reading>> MeasureAsync(Cell cell, TestBed bed, CancellationToken cancellationToken)
    {
        var victim = cell.Variation switch
        {
            LeaderKilled => await bed.LeaderAsync(cancellationToken).ConfigureAwait(false),
            FollowerKilled => await bed.FollowerAsync(cancellationToken).ConfigureAwait(false),
            _ => 0,
        };
        var phaseMs = 0.0;
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var begun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var killing = KillAsync();
        var options = new ThroughputOptions
        {
            ClientCount = cell.ClientCount!.Value,
            Duration = cell.Duration,
            ValueBytes = cell.ValueBytes!.Value,
            Seed = cell.CoinOf(1),
        };
        MeasurementResult result;
        try
        {
            result = await Workloads.MeasureThroughputAsync(bed.Client, options with { KeepKeys = bed.IsOwn }, new Begun(share => _ = share >= KillShare && begun.TrySetResult()), cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            await ending.CancelAsync().ConfigureAwait(false);
            throw;
        }

        begun.TrySetResult();
        await killing.ConfigureAwait(false);
        if (victim != 0)
        {
            await bed.StartAgainAsync(victim, cancellationToken).ConfigureAwait(false);
        }

        await bed.CaughtUpAsync(cancellationToken).ConfigureAwait(false);
        return [.. ThroughputReadings.From(result), new Reading("FaultPhase", phaseMs, "ms")];

        async Task KillAsync()
        {
            await begun.Task.WaitAsync(ending.Token).ConfigureAwait(false);
            if (victim != 0)
            {
                phaseMs = await bed.PhaseAsync(ending.Token).ConfigureAwait(false);
                await bed.KillAsync(victim, ending.Token).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Hears how far the measurement is, at once and on the reporting thread.</summary>
    private sealed class Begun(Action<double> hear) : IProgress<double>
    {
        public void Report(double value) => hear(value);
    }
}
