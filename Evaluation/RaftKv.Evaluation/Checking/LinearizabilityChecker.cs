namespace RaftKv.Evaluation.Checking;

/// <summary>
/// Decides whether a history could have come from a store that does one thing after the other, each between its request
/// and its answer (Herlihy and Wing, 1990). Keys are independent, so each is searched alone; those that a scan reads are
/// searched together.
/// </summary>
public static class LinearizabilityChecker
{
    /// <summary>Checks a history. One without a single answer shows nothing, and does not pass whatever its verdict.</summary>
    /// <param name="history">The history.</param>
    /// <param name="limits">How far to go.</param>
    /// <param name="progress">Told the share of operations whose keys are done.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public static CheckResult Check(History history, CheckLimits? limits = null, IProgress<double>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(history);
        limits ??= new CheckLimits();
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(limits.MaxStatesPerKey, nameof(limits));
        string[] prefixes = [.. history.Operations.Where(o => o.Kind == HistoryOperationKind.Scan).Select(o => o.Key).Distinct(StringComparer.Ordinal).OrderBy(p => p.Length)];
        var keys = history.Operations.GroupBy(o => PartOf(o.Key, prefixes), StringComparer.Ordinal).ToArray();
        long states = 0;
        var done = 0;
        string? undecided = null;
        CheckResult Result(Verdict verdict, string? key, FailureWindow? window) => new()
        {
            Verdict = verdict,
            FailingKey = key,
            Window = window,
            StatesExplored = states,
            OperationCount = history.Operations.Count,
            UnknownCount = history.Operations.Count(o => o.ReturnLine is null),
            KeyCount = keys.Length,
        };

        foreach (var key in keys)
        {
            var search = new KeySearch([.. key], history.InitialValue, limits.MaxStatesPerKey);
            var verdict = search.Run(cancellationToken);
            states += search.StatesExplored;
            if (verdict == Verdict.NotLinearizable)
            {
                return Result(verdict, key.Key, FailureWindow.Find([.. key], history.InitialValue, search.FurthestLine, limits.MaxStatesPerKey, cancellationToken));
            }

            // Another key may still prove the history wrong, which says more.
            undecided ??= verdict == Verdict.Undecided ? key.Key : null;
            done += key.Count();
            progress?.Report((double)done / history.Operations.Count);
        }

        return undecided is null ? Result(Verdict.Linearizable, null, null) : Result(Verdict.Undecided, undecided, null);
    }

    /// <summary>What is searched together with a key: all that the widest scan of it reads, or the key alone.</summary>
    private static string PartOf(string key, string[] prefixes) =>
        Array.Find(prefixes, prefix => key.StartsWith(prefix, StringComparison.Ordinal)) ?? key;

    /// <summary>Reads a file and checks it.</summary>
    /// <exception cref="InvalidDataException">It is not a history of this format.</exception>
    public static CheckResult CheckFile(string path, HistoryFormat format, CheckLimits? limits = null, IProgress<double>? progress = null, CancellationToken cancellationToken = default) =>
        Check(HistoryFile.Read(path, format, cancellationToken), limits, progress, cancellationToken);
}
