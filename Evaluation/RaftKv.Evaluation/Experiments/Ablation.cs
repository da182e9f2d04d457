using RaftKv.Api.Clusters;
using RaftKv.Evaluation.Cells;
using RaftKv.Evaluation.Measurement;
using RaftKv.Evaluation.Results;

namespace RaftKv.Evaluation.Experiments;

/// <summary>What each optimisation of the default preset is worth: all on, then each alone off.</summary>
internal sealed class Ablation : Experiment
{
    /// <summary>The optimisations that are options, by what is off.</summary>
    private static readonly (string Name, Func<ServerOptions, ServerOptions> Off)[] Switches =
    [
        (OptionText.Off + "=Nothing", o => o),
        (OptionText.Off + "=Pipelining", o => o with { MaxInflightAppends = 1 }),
        (OptionText.Off + "=Batching", o => o with { MaxInputsPerTurn = 1 }),
        (OptionText.Off + "=GroupCommit", o => o with { GroupCommit = false }),
        (OptionText.Off + "=ImmediateReplication", o => o with { ReplicateOnHeartbeat = true }),
        (OptionText.Off + "=WriteAheadLog", o => o with { Storage = "Json" }),
        (OptionText.Off + "=PreVote", o => o with { PreVote = false }),
        (OptionText.Off + "=CheckQuorum", o => o with { CheckQuorum = false }),
        (OptionText.Off + "=VoteStickiness", o => o with { VoteStickiness = false }),
        (OptionText.Off + "=Deference", o => o with { Deference = false }),
    ];

    public override string Name => "Ablation";

    public override string Figure => "";

    public override string Question => "What is each optimisation of the default preset worth to one client and to many?";

    public override string MainMetric => "PutThroughput";

    public override string XColumn => "Options";

    public override IEnumerable<Cell> Cells(ExperimentRequest request) =>
        from preset in request.Presets
        where preset.Name == "Default"
        from servers in request.Servers([3], [5])
        from off in Switches
        from repetition in request.Times(1, 2)
        from clients in request.Clients([1, 100], [1, 100, 1000])
        let duration = TimeSpan.FromSeconds(request.Pick(2, 3))
        select new Cell
        {
            Preset = preset.Name,
            ServerCount = servers,
            Options = off.Off(preset.Options),
            Variation = off.Name,
            ClientCount = clients,
            ValueBytes = 64,
            Repetition = repetition,
            Round = 1,
            Group = $"Ablation/{off.Name}",
            Duration = duration,
            ExpectedSec = duration.TotalSeconds + 1 + (clients / 300.0),
        };

    public override async Task<IReadOnlyList<Reading>> MeasureAsync(Cell cell, TestBed bed, CancellationToken cancellationToken)
    {
        var options = new ThroughputOptions
        {
            ClientCount = cell.ClientCount!.Value,
            Duration = cell.Duration,
            Warmup = TimeSpan.FromSeconds(0.5),
            ValueBytes = cell.ValueBytes!.Value,
            Seed = cell.CoinOf(1),
        };
        return ThroughputReadings.From(await Workloads.MeasureThroughputAsync(bed.Client, options with { KeepKeys = bed.IsOwn }, null, cancellationToken).ConfigureAwait(false));
    }
}
