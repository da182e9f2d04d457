using RaftKv.Api.Clusters;

namespace RaftKv.Evaluation.Cells;

/// <summary>How much of an experiment is run.</summary>
public enum ExperimentScale
{
    /// <summary>A few cells with few servers: shows the shape within seconds.</summary>
    Quick,

    /// <summary>The published evaluation's sizes.</summary>
    Full,
}

/// <summary>A preset's name and the options that stand for it, as the caller may have changed them.</summary>
/// <param name="Name">The name in the CSV.</param>
/// <param name="Options">The options of every server.</param>
public sealed record ExperimentPreset(string Name, ServerOptions Options);

/// <summary>What a run of an experiment is asked for.</summary>
public sealed record ExperimentRequest
{
    /// <summary>The presets, in the order they are measured.</summary>
    public IReadOnlyList<ExperimentPreset> Presets { get; init; } =
        [new("Paper2019", ServerOptions.Paper2019), new("Default", ServerOptions.Default)];

    /// <summary>The numbers of servers; empty: the experiment's own for the scale.</summary>
    public IReadOnlyList<int> ServerCounts { get; init; } = [];

    /// <summary>The numbers of clients, where the experiment varies them; empty: its own for the scale.</summary>
    public IReadOnlyList<int> ClientCounts { get; init; } = [];

    /// <summary>Repetitions of each point; null: the experiment's own for the scale.</summary>
    public int? Repetitions { get; init; }

    /// <summary>How much.</summary>
    public ExperimentScale Scale { get; init; } = ExperimentScale.Quick;

    /// <summary>The coin for fault phases, keys and values.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>The CSV that finished cells are written to and looked for in; or the folder of the CSVs, each with its experiment's name.</summary>
    public required string CsvPath { get; init; }

    /// <summary>The node's executable; null: found.</summary>
    public string? NodePath { get; init; }

    /// <summary>A running cluster to measure instead of starting any; it must have the options that the cells need.</summary>
    public ClusterSpec? Cluster { get; init; }

    /// <summary>Run cells again that are already in the CSV.</summary>
    public bool Again { get; init; }

    /// <summary>No cell is begun after this.</summary>
    public TimeSpan TimeLimit { get; init; } = TimeSpan.MaxValue;

    /// <summary>The CSV of one experiment.</summary>
    internal string PathOf(Experiment experiment) =>
        CsvPath.EndsWith(".csv", StringComparison.OrdinalIgnoreCase) ? CsvPath : Path.Combine(CsvPath, experiment.Name + ".csv");

    internal bool IsFull => Scale == ExperimentScale.Full;

    /// <summary>The numbers of servers to measure.</summary>
    internal IReadOnlyList<int> Servers(int[] quick, int[] full) => ServerCounts.Count > 0 ? ServerCounts : IsFull ? full : quick;

    /// <summary>The numbers of clients to measure.</summary>
    internal IReadOnlyList<int> Clients(int[] quick, int[] full) => ClientCounts.Count > 0 ? ClientCounts : IsFull ? full : quick;

    /// <summary>The repetitions of each point, from 1.</summary>
    internal IEnumerable<int> Times(int quick, int full) => Enumerable.Range(1, Repetitions ?? (IsFull ? full : quick));

    /// <summary>The first for a quick run, the second for a full one.</summary>
    internal T Pick<T>(T quick, T full) => IsFull ? full : quick;
}

/// <summary>How far a run is.</summary>
/// <param name="Text">What is being done.</param>
/// <param name="Share">From 0 to 1.</param>
/// <param name="SecondsLeft">About how long it will take; -1: not known yet.</param>
public sealed record ExperimentProgress(string Text, double Share, int SecondsLeft);

/// <summary>What a run did.</summary>
/// <param name="Name">The experiment.</param>
/// <param name="CsvPath">Where the rows are.</param>
/// <param name="Cells">How many cells were asked for.</param>
/// <param name="Ran">How many of them were measured now.</param>
/// <param name="Reused">How many were finished before.</param>
/// <param name="Repeated">How many measurements were thrown away because other programs disturbed them.</param>
/// <param name="Disturbed">How many cells were kept although other programs disturbed every attempt.</param>
/// <param name="Elapsed">How long its cells took.</param>
public sealed record ExperimentSummary(
    string Name, string CsvPath, int Cells, int Ran, int Reused, int Repeated, int Disturbed, TimeSpan Elapsed)
{
    /// <summary>Why it cannot be run on this machine; null when it can.</summary>
    public string? Skipped { get; init; }
}
