using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using RaftKv.Evaluation.Runs;

namespace RaftKv;

/// <summary>Completes the names of experiments.</summary>
public sealed class ExperimentCompleter : IArgumentCompleter
{
    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters) =>
        Completion.Of(ExperimentCatalog.All.Select(e => (e.Name, e.Question)), wordToComplete);
}
