using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using RaftKv.Arguments;

namespace RaftKv;

/// <summary>Completes the names of options.</summary>
public sealed class OptionCompleter : IArgumentCompleter
{
    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters) =>
        Completion.Of(OptionTable.All.Select(option => (option.Name, OptionMeaning.Of(option.Name))), wordToComplete);
}
