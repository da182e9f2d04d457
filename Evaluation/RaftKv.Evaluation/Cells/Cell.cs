using RaftKv.Api.Clusters;
using RaftKv.Evaluation.Measurement;

namespace RaftKv.Evaluation.Cells;

/// <summary>
/// The smallest part of an experiment that is run, kept and resumed as a whole: one repetition of one point of a figure.
/// What is null varies within the cell or not at all.
/// </summary>
internal sealed record Cell
{
    public required string Preset { get; init; }

    public required int ServerCount { get; init; }

    /// <summary>The options of every server: they decide which cells may share a cluster.</summary>
    public required ServerOptions Options { get; init; }

    /// <summary>What the experiment varies that has no column, as <c>Name=Value</c>; written before the options.</summary>
    public string Variation { get; init; } = "";

    public int? AliveCount { get; init; }

    public int? ClientCount { get; init; }

    public int? ValueBytes { get; init; }

    public double? OneWayDelayMs { get; init; }

    public int Repetition { get; init; } = 1;

    /// <summary>Another system that is measured in place of ours; null: ours.</summary>
    public OtherSystem? Other { get; init; }

    /// <summary>Cells with the same options, count and group share a cluster, whatever experiment they belong to. One that needs a fresh cluster has a group of its own.</summary>
    public string Group { get; init; } = "";

    /// <summary>1 or 2, where its repetition does not decide: points whose clusters are their own need not start them in both rounds.</summary>
    public int? Round { get; init; }

    /// <summary>How long it measures, where the experiment says a time and not a count.</summary>
    public TimeSpan Duration { get; init; }

    /// <summary>What the row says under Preset: another system has none of our presets.</summary>
    public string PresetColumn => Other?.Name ?? Preset;

    /// <summary>About how long it takes, without starting its cluster: for the time left and the budget.</summary>
    public required double ExpectedSec { get; init; }

    /// <summary>The seed of all of this cell's coins: the run's, mixed with what the cell is.</summary>
    public ulong CoinOf(ulong seed) => Coin.Mix(seed, ServerCount, AliveCount, ClientCount, ValueBytes, (int?)OneWayDelayMs, Repetition, (int)Options.ElectionTimeoutUpperMs);

    public override string ToString()
    {
        string?[] parts =
        [
            PresetColumn,
            $"{ServerCount} servers",
            AliveCount is { } alive ? $"{alive} alive" : null,
            ClientCount is { } clients ? $"{clients} client{(clients == 1 ? "" : "s")}" : null,
            ValueBytes is { } bytes ? $"{bytes} B" : null,
            OneWayDelayMs is { } delay ? FormattableString.Invariant($"{delay} ms one way") : null,
            Variation.Length > 0 ? Variation : null,
            $"repetition {Repetition}",
        ];
        return string.Join(", ", parts.Where(p => p is not null));
    }
}

/// <summary>A system that ours is compared with.</summary>
/// <param name="Name">Its name and version.</param>
/// <param name="Options">What it runs with, as <c>name=value;...</c>.</param>
internal sealed record OtherSystem(string Name, string Options);

/// <summary>One number that a cell found.</summary>
/// <param name="Metric">What.</param>
/// <param name="Value">How much; null when it was cut off.</param>
/// <param name="Unit">In what.</param>
/// <param name="Outcome"><c>ok</c>, <c>timeout</c>, <c>unknown</c> or an error id.</param>
internal sealed record Reading(string Metric, double? Value, string Unit, string Outcome = "ok")
{
    /// <summary>Where the cell passes through several numbers of living servers.</summary>
    public int? AliveCount { get; init; }
}
