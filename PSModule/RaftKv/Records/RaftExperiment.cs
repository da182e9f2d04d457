using RaftKv.Evaluation.Cells;
using RaftKv.Evaluation.Runs;

namespace RaftKv;

/// <summary>An experiment that can be run.</summary>
public sealed class RaftExperiment
{
    /// <summary>Its name.</summary>
    public string Name { get; init; } = "";

    /// <summary>The published evaluation's figure; empty where it has none, - for a number of its text.</summary>
    public string Figure { get; init; } = "";

    /// <summary>What it asks.</summary>
    public string Question { get; init; } = "";

    /// <summary>The metric that its figure shows.</summary>
    public string Metric { get; init; } = "";

    /// <summary>The column on the x axis of its figure.</summary>
    public string X { get; init; } = "";

    /// <summary>About how many minutes a quick run of both presets takes.</summary>
    public double QuickMinutes { get; init; }

    /// <summary>About how many minutes a full run of both presets takes.</summary>
    public double FullMinutes { get; init; }

    internal static RaftExperiment From(ExperimentInfo info) => new()
    {
        Name = info.Name,
        Figure = info.Figure,
        Question = info.Question,
        Metric = info.MainMetric,
        X = info.XColumn,
        QuickMinutes = Minutes(info.Name, ExperimentScale.Quick),
        FullMinutes = Minutes(info.Name, ExperimentScale.Full),
    };

    private static double Minutes(string name, ExperimentScale scale) =>
        Math.Round(ExperimentRunner.Budget([name], new ExperimentRequest { Scale = scale, CsvPath = "" }).Sum(line => line.Minutes), 1);
}

/// <summary>About how long the cells of one experiment under one preset take, run together with others.</summary>
public sealed class RaftBudget
{
    /// <summary>The experiment.</summary>
    public string Name { get; init; } = "";

    /// <summary>The published evaluation's figure; empty where it has none, - for a number of its text.</summary>
    public string Figure { get; init; } = "";

    /// <summary>The preset.</summary>
    public string Preset { get; init; } = "";

    /// <summary>How many cells.</summary>
    public int Cells { get; init; }

    /// <summary>Minutes, with starting the clusters that it is the first to use.</summary>
    public double Minutes { get; init; }

    internal static RaftBudget From(BudgetLine line) => new()
    {
        Name = line.Experiment,
        Figure = line.Figure,
        Preset = line.Preset,
        Cells = line.Cells,
        Minutes = Math.Round(line.Minutes, 1),
    };
}

/// <summary>What a run of an experiment did.</summary>
public sealed class RaftExperimentRun
{
    /// <summary>The experiment.</summary>
    public string Name { get; init; } = "";

    /// <summary>How many cells were asked for.</summary>
    public int Cells { get; init; }

    /// <summary>How many were measured now.</summary>
    public int Ran { get; init; }

    /// <summary>How many were finished before.</summary>
    public int Reused { get; init; }

    /// <summary>How many measurements were thrown away because other programs disturbed them.</summary>
    public int Repeated { get; init; }

    /// <summary>How many cells were kept although other programs disturbed every attempt.</summary>
    public int Disturbed { get; init; }

    /// <summary>How long it took.</summary>
    public TimeSpan Elapsed { get; init; }

    /// <summary>The CSV.</summary>
    public string Path { get; init; } = "";

    /// <summary>The metric that its figure shows.</summary>
    public string Metric { get; init; } = "";

    /// <summary>The column on the x axis of its figure.</summary>
    public string X { get; init; } = "";

    internal static RaftExperimentRun From(ExperimentSummary summary, ExperimentInfo experiment) => new()
    {
        Name = summary.Name,
        Cells = summary.Cells,
        Ran = summary.Ran,
        Reused = summary.Reused,
        Repeated = summary.Repeated,
        Disturbed = summary.Disturbed,
        Elapsed = summary.Elapsed,
        Path = summary.CsvPath,
        Metric = experiment.MainMetric,
        X = experiment.XColumn,
    };
}
