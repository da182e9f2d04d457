using System.Management.Automation;
using RaftKv.Base;
using RaftKv.Evaluation.Experiments;

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
[Cmdlet(VerbsCommon.Get, "RaftExperiment")]
[OutputType(typeof(RaftExperiment))]
public sealed class GetRaftExperimentCommand : RaftCmdlet
{
    /// <summary>The name, with wildcards. Without it, all.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(ExperimentCompleter))]
    [ValidateNotNullOrEmpty]
    public string[] Name { get; set; } = ["*"];

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (string name in Name)
        {
            WildcardPattern pattern = WildcardPattern.Get(name, WildcardOptions.IgnoreCase);
            ExperimentInfo[] found = [.. ExperimentCatalog.All.Where(e => pattern.IsMatch(e.Name))];
            if (found.Length == 0 && !WildcardPattern.ContainsWildcardCharacters(name))
            {
                Report(ErrorIds.ExperimentNotFound, ErrorCategory.ObjectNotFound, name,
                    $"There is no experiment '{name}'. Experiments: {string.Join(", ", ExperimentCatalog.All.Select(e => e.Name))}.");
            }

            foreach (ExperimentInfo info in found)
            {
                WriteObject(RaftExperiment.From(info));
            }
        }
    }
}
