using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;

namespace RaftKv;

/// <summary>Completes names of servers of the chosen cluster. Asks no server: the cluster's list is at hand.</summary>
public sealed class ServerCompleter : IArgumentCompleter
{
    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters) =>
        Completion.ClusterOf(fakeBoundParameters) is { } cluster
            ? Completion.Of(cluster.Session.Spec.Servers.Select(server => (server.Name, $"{server.Name}: id {server.Id}, {server.Endpoint}")), wordToComplete)
            : [];
}
