using System.Management.Automation;
using RaftKv.Api.Clusters;
using RaftKv.Arguments;
using RaftKv.Base;
using RaftKv.Evaluation.Cells;
using RaftKv.Evaluation.Runs;

namespace RaftKv.Commands;

/// <summary>Runs experiments of the evaluation and writes what they find to CSVs.</summary>
/// <remarks>
/// <para>It starts and stops the clusters that it needs, one cell after the other: one cell is one repetition of one point of the figure. Each finished cell is written at once, so a run that was ended with Ctrl-C goes on where it stopped; a cell is measured again only when options, seed or build are others.</para>
/// <para>Several experiments named together share clusters where they can: starting 31 servers takes longer than most cells. The first repetitions of all come first, so that a run that is cut short has something of everything.</para>
/// <para>At full scale a cell during which other programs took more than a tenth of the machine is thrown away and measured again. Rows go to results/quick or results/full below the current location unless -OutputPath says otherwise.</para>
/// </remarks>
/// <example>
/// <code>Invoke-RaftExperiment Latency</code>
/// Measures figure 2 at quick scale under both presets, into results/quick/Latency.csv.
/// </example>
/// <example>
/// <code>Invoke-RaftExperiment -Name Concurrency -ServerCount 5 -Preset Default -Scale Full -Option @{ MaxInflightAppends = 1 } -OutputPath no-pipelining.csv</code>
/// Measures figure 1 for five servers without pipelining, into a file of your own.
/// </example>
/// <example>
/// <code>Invoke-RaftExperiment -Figure 6, 7 -Scale Full -MaxMinutes 30</code>
/// Measures both figures together for at most about half an hour. The same line goes on from there.
/// </example>
[Cmdlet(VerbsLifecycle.Invoke, "RaftExperiment", DefaultParameterSetName = NameSet, SupportsShouldProcess = true)]
[OutputType(typeof(RaftExperimentRun))]
public sealed class InvokeRaftExperimentCommand : ClusterCmdlet
{
    private const string NameSet = "Name";
    private const string FigureSet = "Figure";

    /// <summary>The experiments, as Get-RaftExperiment names them, with wildcards.</summary>
    [Parameter(Position = 0, Mandatory = true, ParameterSetName = NameSet, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(ExperimentCompleter))]
    [ValidateNotNullOrEmpty]
    public string[] Name { get; set; } = [];

    /// <summary>The figures of the published evaluation whose experiments to run; 9 is 9b too.</summary>
    [Parameter(Mandatory = true, ParameterSetName = FigureSet)]
    [ValidateSet("1", "2", "3", "4", "5", "6", "7", "8", "9")]
    public string[] Figure { get; set; } = [];

    /// <summary>No cell is begun after this many minutes. What is left is measured by the next run.</summary>
    [Parameter]
    [ValidateRange(0.0, 100_000.0)]
    public double MaxMinutes { get; set; } = 100_000;

    /// <summary>The numbers of servers. Without it, the experiment's own for the scale.</summary>
    [Parameter]
    [ValidateRange(3, 63)]
    public int[] ServerCount { get; set; } = [];

    /// <summary>The numbers of clients, where the experiment varies them. Without it, its own for the scale.</summary>
    [Parameter]
    [ValidateRange(1, 100_000)]
    public int[] ClientCount { get; set; } = [];

    /// <summary>The presets to measure. Without it, both.</summary>
    [Parameter]
    [ValidateSet("Default", "Paper2019")]
    public string[] Preset { get; set; } = ["Paper2019", "Default"];

    /// <summary>Options that differ from each preset, by name.</summary>
    [Parameter]
    [OptionTransformation]
    [ValidateNotNull]
    public RaftOptionSet? Option { get; set; }

    /// <summary>How much to run: Quick shows the shape within a minute or so, Full has the published evaluation's sizes.</summary>
    [Parameter]
    [ValidateSet("Quick", "Full")]
    public string Scale { get; set; } = "Quick";

    /// <summary>How often each point is measured. Without it, as the scale says.</summary>
    [Parameter]
    [ValidateRange(1, 10_000)]
    public int RepetitionCount { get; set; }

    /// <summary>The coin for the phases of faults, for keys and for values.</summary>
    [Parameter]
    public ulong Seed { get; set; } = 1;

    /// <summary>A running cluster to measure instead of starting any: its name or its object. It must have the options that the experiment needs.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(ClusterCompleter))]
    public override RaftClusterReference? Cluster { get; set; }

    /// <summary>The CSV, or the folder of the CSVs, each named after its experiment. Without it, results/quick or results/full below the current location.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? OutputPath { get; set; }

    /// <summary>
    /// The raftkv-node executable to use, or its directory. Without it the environment variable RAFTKV_NODE decides, and
    /// without that the one beside the module is used.
    /// </summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? NodePath { get; set; }

    /// <summary>Measures cells again that are finished already.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    private bool IsFull => string.Equals(Scale, "Full", StringComparison.OrdinalIgnoreCase);

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        ExperimentInfo[] chosen = [.. Choose()];
        ClusterSpec? given = Cluster is { } reference ? Find(reference).Session.Spec : null;
        ExperimentRequest request = Request(given);
        if (chosen.Length > 1 && request.CsvPath.EndsWith(".csv", StringComparison.OrdinalIgnoreCase))
        {
            Fail(ErrorIds.OptionInvalid, ErrorCategory.InvalidArgument, OutputPath,
                $"Several experiments ({string.Join(", ", chosen.Select(e => e.Name))}) cannot share the file '{OutputPath}'. Name a folder.");
        }

        string[] names = [.. chosen.Select(e => e.Name)];
        if (names.Length == 0 || !ShouldProcess(string.Join(", ", names), $"Run at {Scale} scale into '{request.CsvPath}'"))
        {
            return;
        }

        if (TryRun(names, token => ExperimentRunner.RunAsync(names, request, new RunProgress(Feedback.Current), token), out IReadOnlyList<ExperimentSummary> summaries))
        {
            foreach (ExperimentSummary summary in summaries)
            {
                if (summary.Skipped is { } reason)
                {
                    WriteWarning($"{summary.Name} is left out: {reason}");
                }

                WriteObject(RaftExperimentRun.From(summary, chosen.First(e => e.Name == summary.Name)));
            }
        }
    }

    private IEnumerable<ExperimentInfo> Choose()
    {
        if (ParameterSetName == FigureSet)
        {
            return ExperimentCatalog.All.Where(e => Figure.Contains(e.Figure.TrimEnd('b')));
        }

        List<ExperimentInfo> found = [];
        foreach (string name in Name)
        {
            NamePattern pattern = new(name);
            ExperimentInfo[] matching = [.. ExperimentCatalog.All.Where(e => pattern.IsMatch(e.Name))];
            if (matching.Length == 0 && !pattern.MayBeEmpty)
            {
                Fail(ErrorIds.ExperimentNotFound, ErrorCategory.ObjectNotFound, name,
                    $"There is no experiment '{name}'. Experiments: {string.Join(", ", ExperimentCatalog.All.Select(e => e.Name))}.");
            }

            found.AddRange(matching);
        }

        return found.Distinct();
    }

    private ExperimentRequest Request(ClusterSpec? given) => new()
    {
        Presets = given is null ? [.. Preset.Select(OptionsOf)] : [new ExperimentPreset(given.Preset, given.Options)],
        ServerCounts = given is null ? ServerCount : [given.Servers.Count],
        ClientCounts = ClientCount,
        Repetitions = RepetitionCount > 0 ? RepetitionCount : null,
        Scale = IsFull ? ExperimentScale.Full : ExperimentScale.Quick,
        Seed = Seed,
        CsvPath = ResolveOutputPath(OutputPath ?? $"results/{(IsFull ? "full" : "quick")}"),
        NodePath = NodePath is null ? LaunchCmdlet.NodeBesideModule() : ResolveOutputPath(NodePath),
        Cluster = given,
        Again = Force,
        TimeLimit = TimeSpan.FromMinutes(MaxMinutes),
    };

    private ExperimentPreset OptionsOf(string preset)
    {
        (ServerOptions options, IReadOnlyList<string> faults) = OptionTable.Apply(ServerOptions.OfPreset(preset), Option?.Table, out _);
        if (faults.Count > 0)
        {
            Fail(ErrorIds.OptionInvalid, ErrorCategory.InvalidArgument, Option?.Table, string.Join(Environment.NewLine, faults));
        }

        return new ExperimentPreset(preset, options);
    }

    private sealed class RunProgress(Feedback? feedback) : IProgress<ExperimentProgress>
    {
        public void Report(ExperimentProgress value)
        {
            feedback?.Verbose(value.Text);
            feedback?.Progress("Running an experiment", value.Text, value.Share, value.SecondsLeft);
        }
    }
}
