using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using RaftKv.Base;

namespace RaftKv;

/// <summary>Completes names of clusters that this session knows.</summary>
public sealed class ClusterCompleter : IArgumentCompleter
{
    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters) =>
        Completion.Of(SessionTable.Here.Known.Select(cluster => (cluster.Name, $"{cluster.Name} ({cluster.ServerCount} servers)")), wordToComplete);
}
