using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using RaftKv.Api;
using RaftKv.Api.Launch;

namespace RaftKv;

/// <summary>Completes names of clusters that have a file, running or not.</summary>
public sealed class ClusterFileCompleter : IArgumentCompleter
{
    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters) =>
        Completion.Of(Files(), wordToComplete);

    private static List<(string, string)> Files()
    {
        try
        {
            return [.. LocalCluster.List().Select(spec => (spec.Name, $"{spec.Name} ({spec.Servers.Count} servers)"))];
        }
        catch (Exception exception) when (exception is RaftKvException or IOException)
        {
            // Completion has no one to tell: it offers nothing.
            return [];
        }
    }
}
