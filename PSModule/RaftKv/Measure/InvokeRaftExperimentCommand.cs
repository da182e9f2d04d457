using System.Collections;
using System.Management.Automation;
using RaftKv.Api.Clusters;
using RaftKv.Arguments;
using RaftKv.Base;
using RaftKv.Evaluation.Experiments;

namespace RaftKv.Commands;

/// <summary>Runs an experiment of the evaluation and writes what it finds to a CSV.</summary>
/// <remarks>
/// <para>It starts and stops the clusters that it needs, one cell after the other: one cell is one repetition of one point of the figure. Each finished cell is written at once, so a run that was ended with Ctrl-C goes on where it stopped; a cell is measured again only when options, seed or build are others.</para>
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
[Cmdlet(VerbsLifecycle.Invoke, "RaftExperiment", SupportsShouldProcess = true)]
[OutputType(typeof(RaftExperimentRun))]
public sealed class InvokeRaftExperimentCommand : ClusterCmdlet
{
    /// <summary>The experiment, as Get-RaftExperiment names it.</summary>
    [Parameter(Position = 0, Mandatory = true, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(ExperimentCompleter))]
    [ValidateNotNullOrEmpty]
    public string Name { get; set; } = "";

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
    [ValidateNotNull]
    public Hashtable? Option { get; set; }

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

    /// <summary>The CSV. Without it, results/quick or results/full below the current location, with the experiment's name.</summary>
    [Parameter]
    [ValidatePattern("\\.csv$", ErrorMessage = "'{0}' does not end in .csv.")]
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
        ExperimentInfo? info = ExperimentCatalog.All.FirstOrDefault(e => e.Name.Equals(Name, StringComparison.OrdinalIgnoreCase));
        if (info is null)
        {
            Fail(ErrorIds.ExperimentNotFound, ErrorCategory.ObjectNotFound, Name,
                $"There is no experiment '{Name}'. Experiments: {string.Join(", ", ExperimentCatalog.All.Select(e => e.Name))}.");
        }

        ClusterSpec? given = Cluster is { } reference ? Find(reference).Session.Spec : null;
        ExperimentRequest request = Request(info, given);
        if (!ShouldProcess(info.Name, $"Run at {Scale} scale into '{request.CsvPath}'"))
        {
            return;
        }

        if (TryRun(info.Name, token => ExperimentRunner.RunAsync(info.Name, request, new RunProgress(Feedback.Current), token), out ExperimentSummary summary))
        {
            WriteObject(RaftExperimentRun.From(summary, RaftExperiment.From(info)));
        }
    }

    private ExperimentRequest Request(ExperimentInfo info, ClusterSpec? given) => new()
    {
        Presets = given is null ? [.. Preset.Select(OptionsOf)] : [new ExperimentPreset(given.Preset, given.Options)],
        ServerCounts = given is null ? ServerCount : [given.Servers.Count],
        ClientCounts = ClientCount,
        Repetitions = RepetitionCount > 0 ? RepetitionCount : null,
        Scale = IsFull ? ExperimentScale.Full : ExperimentScale.Quick,
        Seed = Seed,
        CsvPath = ResolveOutputPath(OutputPath ?? $"results/{(IsFull ? "full" : "quick")}/{info.Name}.csv"),
        NodePath = NodePath is null ? StartRaftClusterCommand.NodeBesideModule() : ResolveOutputPath(NodePath),
        Cluster = given,
        Again = Force,
    };

    private ExperimentPreset OptionsOf(string preset)
    {
        (ServerOptions options, IReadOnlyList<string> faults) = OptionTable.Apply(OptionTable.Preset(preset), Option, out _);
        if (faults.Count > 0)
        {
            Fail(ErrorIds.OptionInvalid, ErrorCategory.InvalidArgument, Option, string.Join(Environment.NewLine, faults));
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
