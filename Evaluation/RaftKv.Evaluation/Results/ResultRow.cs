namespace RaftKv.Evaluation.Results;

/// <summary>One measurement: a line of a result CSV. Columns and their order are fixed; empty means "not varied here".</summary>
public sealed record ResultRow
{
    /// <summary>Groups the rows of one run.</summary>
    public required string RunId { get; init; }

    /// <summary>When it was measured.</summary>
    public required DateTimeOffset UtcTime { get; init; }

    /// <summary>The experiment's name.</summary>
    public required string Experiment { get; init; }

    /// <summary>The paper's figure number, or empty.</summary>
    public string Figure { get; init; } = "";

    /// <summary>The preset.</summary>
    public string Preset { get; init; } = "";

    /// <summary>Quick, Full or Quickstart.</summary>
    public string Scale { get; init; } = "";

    /// <summary>Servers in the cluster.</summary>
    public int? ServerCount { get; init; }

    /// <summary>Servers alive.</summary>
    public int? AliveCount { get; init; }

    /// <summary>Clients at once.</summary>
    public int? ClientCount { get; init; }

    /// <summary>Value size.</summary>
    public int? ValueBytes { get; init; }

    /// <summary>Election timeout, lower.</summary>
    public double? ElectionTimeoutLowerMs { get; init; }

    /// <summary>Election timeout, upper.</summary>
    public double? ElectionTimeoutUpperMs { get; init; }

    /// <summary>Injected one-way delay.</summary>
    public double? OneWayDelayMs { get; init; }

    /// <summary>From 1.</summary>
    public int? Repetition { get; init; }

    /// <summary>What was measured.</summary>
    public required string Metric { get; init; }

    /// <summary>How much; empty when there is no value (a timeout).</summary>
    public double? Value { get; init; }

    /// <summary>In which unit.</summary>
    public required string Unit { get; init; }

    /// <summary><c>ok</c>, <c>timeout</c>, <c>unknown</c>, or an error id.</summary>
    public string Outcome { get; init; } = "ok";

    /// <summary>The coin.</summary>
    public ulong? Seed { get; init; }

    /// <summary>Options that differ from the preset, or all effective ones, as <c>name=value;...</c>.</summary>
    public string Options { get; init; } = "";

    /// <summary>The node's build.</summary>
    public string NodeBuild { get; init; } = "";

    /// <summary>Cores of the measuring machine.</summary>
    public int? HostCores { get; init; }

    /// <summary>Other processes' share of the CPU while measuring, in percent of all cores.</summary>
    public double? OtherCpuPercent { get; init; }
}
