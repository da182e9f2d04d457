using System.Management.Automation;
using RaftKv.Arguments;
using RaftKv.Base;
using RaftKv.Evaluation.Cells;
using RaftKv.Evaluation.Runs;

namespace RaftKv.Commands;

/// <summary>Lists the experiments of the evaluation.</summary>
/// <remarks>
/// <para>Each belongs to a figure of the published evaluation or goes beyond it, and says what it asks and about how many minutes it takes. Invoke-RaftExperiment runs one.</para>
/// </remarks>
/// <example>
/// <code>Get-RaftExperiment</code>
/// Lists all of them.
/// </example>
/// <example>
/// <code>Get-RaftExperiment Leader* | Select-Object Name, Question, FullMinutes</code>
/// Shows what those about leaders ask, and how long they take at full scale.
/// </example>
/// <example>
/// <code>Get-RaftExperiment -Budget | Measure-Object Minutes -Sum</code>
/// Tells how long all of them take together at full scale.
/// </example>
[Cmdlet(VerbsCommon.Get, "RaftExperiment")]
[OutputType(typeof(RaftExperiment), typeof(RaftBudget))]
public sealed class GetRaftExperimentCommand : RaftCmdlet
{
    /// <summary>The name, with wildcards. Without it, all.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(ExperimentCompleter))]
    [ValidateNotNullOrEmpty]
    public string[] Name { get; set; } = ["*"];

    /// <summary>Writes how long each takes under each preset when all of them are run together, instead of what they are.</summary>
    [Parameter]
    public SwitchParameter Budget { get; set; }

    /// <summary>The scale of the budget.</summary>
    [Parameter]
    [ValidateSet("Quick", "Full")]
    public string Scale { get; set; } = "Full";

    private readonly List<ExperimentInfo> _budgeted = [];

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        ExperimentRequest request = new()
        {
            Scale = string.Equals(Scale, "Full", StringComparison.OrdinalIgnoreCase) ? ExperimentScale.Full : ExperimentScale.Quick,
            CsvPath = "",
        };
        foreach (BudgetLine line in ExperimentRunner.Budget([.. _budgeted.Select(e => e.Name).Distinct()], request))
        {
            WriteObject(RaftBudget.From(line));
        }
    }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (string name in Name)
        {
            NamePattern pattern = new(name);
            ExperimentInfo[] found = [.. ExperimentCatalog.All.Where(e => pattern.IsMatch(e.Name))];
            if (found.Length == 0 && !pattern.MayBeEmpty)
            {
                Report(ErrorIds.ExperimentNotFound, ErrorCategory.ObjectNotFound, name,
                    $"There is no experiment '{name}'. Experiments: {string.Join(", ", ExperimentCatalog.All.Select(e => e.Name))}.");
            }

            if (Budget)
            {
                _budgeted.AddRange(found);
                continue;
            }

            foreach (ExperimentInfo info in found)
            {
                WriteObject(RaftExperiment.From(info));
            }
        }
    }
}
