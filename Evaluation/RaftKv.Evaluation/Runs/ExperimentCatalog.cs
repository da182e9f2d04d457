using RaftKv.Evaluation.Cells;
using RaftKv.Evaluation.Experiments;

namespace RaftKv.Evaluation.Runs;

/// <summary>What can be run.</summary>
/// <param name="Name">The experiment's name.</param>
/// <param name="Figure">The paper's figure, or empty.</param>
/// <param name="Question">What it asks.</param>
/// <param name="MainMetric">The metric that its figure shows.</param>
/// <param name="XColumn">The column on the x axis of its figure.</param>
public sealed record ExperimentInfo(string Name, string Figure, string Question, string MainMetric, string XColumn);

/// <summary>All experiments, in the order of the paper's figures.</summary>
public static class ExperimentCatalog
{
    private static readonly Experiment[] Known =
    [
        new Concurrency(),
        new Latency(),
        new LeaderFailureThroughput(),
        new LeaderFailureLatency(),
        new ValueSizeThroughput(),
        new ValueSizeLatency(),
        new LeaderCutOff(),
        new MinorityPartitions(),
        new ElectionTimeout(),
        new ReElection(),
        new ReElectionUnderDelay(),
        new Ablation(),
        new Comparison(),
    ];

    /// <summary>What there is.</summary>
    public static IReadOnlyList<ExperimentInfo> All { get; } =
        [.. Known.Select(e => new ExperimentInfo(e.Name, e.Figure, e.Question, e.MainMetric, e.XColumn))];

    /// <summary>An experiment by name, without regard to case.</summary>
    internal static Experiment Find(string name) =>
        Known.FirstOrDefault(e => e.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
        ?? throw new ArgumentException($"There is no experiment '{name}'. Experiments: {string.Join(", ", Known.Select(e => e.Name))}.", nameof(name));
}
