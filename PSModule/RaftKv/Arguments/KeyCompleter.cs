using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using RaftKv.Api;
using RaftKv.Api.Clients;

namespace RaftKv;

/// <summary>
/// Completes keys by what is typed so far: at most 50 of them, and only what a server gives within 300 ms, so that the
/// prompt never hangs on a sick cluster.
/// </summary>
public sealed class KeyCompleter : IArgumentCompleter
{
    private const int MaxCount = 50;
    private static readonly TimeSpan Limit = TimeSpan.FromMilliseconds(300);

    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters)
    {
        if (Completion.ClusterOf(fakeBoundParameters) is not { } cluster)
        {
            return [];
        }

        List<(string, string)> found = [];
        Task scan = Task.Run(() => ScanAsync(cluster, Completion.Unquote(wordToComplete), found));
        bool finished = scan.ContinueWith(_ => true, TaskScheduler.Default).Wait(Limit);
        lock (found)
        {
            return finished || found.Count > 0 ? [.. Completion.Of([.. found], wordToComplete, StringComparison.Ordinal)] : [];
        }
    }

    private static async Task ScanAsync(RaftCluster cluster, string prefix, List<(string, string)> found)
    {
        using CancellationTokenSource limit = new(Limit);
        if (KeyText.TryEncode(prefix) is not { } bytes)
        {
            return;
        }

        KvClient client = cluster.Session.KeyValue(Base.ClusterSession.DefaultDeadline);
        await foreach (KvPair pair in client.ScanAsync(bytes, Consistency.Stale, MaxCount, cancellationToken: limit.Token))
        {
            lock (found)
            {
                string key = KeyText.Of(pair.Key);
                found.Add((key, $"{key} (version {pair.Version}, {pair.Value.Length} bytes)"));
                if (found.Count == MaxCount)
                {
                    return;
                }
            }
        }
    }
}
