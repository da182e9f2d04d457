using RaftKv.Api.Clusters;

namespace RaftKv.Evaluation.Experiments;

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

    /// <summary>Neighbours with the same options, count and group share a cluster; another group means a fresh one.</summary>
    public string Group { get; init; } = "";

    /// <summary>How long it measures, where the experiment says a time and not a count.</summary>
    public TimeSpan Duration { get; init; }

    /// <summary>About how long it takes, without starting its cluster: for the time left and the budget.</summary>
    public required double ExpectedSec { get; init; }

    /// <summary>The seed of all of this cell's coins: the run's, mixed with what the cell is.</summary>
    public ulong CoinOf(ulong seed) => Coin.Mix(seed, ServerCount, AliveCount, ClientCount, ValueBytes, (int?)OneWayDelayMs, Repetition, (int)Options.ElectionTimeoutUpperMs);

    /// <summary>Whether both can be measured on the same servers, one after the other.</summary>
    public bool SharesClusterWith(Cell other) =>
        Preset == other.Preset && ServerCount == other.ServerCount && Options == other.Options && Group == other.Group;

    public override string ToString()
    {
        string?[] parts =
        [
            Preset,
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
