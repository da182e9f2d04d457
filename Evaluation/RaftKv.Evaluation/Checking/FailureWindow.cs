namespace RaftKv.Evaluation.Checking;

/// <summary>
/// Why a history is not linearizable, as small as the search can show it: the history up to <see cref="LastLine"/> is the
/// shortest beginning that has no order. While <see cref="Impossible"/> was under way, the key held only
/// <see cref="PossibleStates"/>, whatever of <see cref="Operations"/> took effect when, and none of them gives its answer.
/// </summary>
public sealed record FailureWindow
{
    /// <summary>A value that no client writes.</summary>
    private const string Never = "\uFFFFnever\uFFFF";

    /// <summary>Where the window begins: the request of the impossible operation.</summary>
    public required int FirstLine { get; init; }

    /// <summary>The line of the answer that cannot be.</summary>
    public required int LastLine { get; init; }

    /// <summary>The operation whose answer cannot be.</summary>
    public required HistoryOperation Impossible { get; init; }

    /// <summary>The operations under way within the window, the impossible one included, by invocation.</summary>
    public required IReadOnlyList<HistoryOperation> Operations { get; init; }

    /// <summary>What the key may have held within the window before the impossible answer, at most ten.</summary>
    public required IReadOnlyList<string> PossibleStates { get; init; }

    /// <summary>The window in words.</summary>
    public override string ToString() =>
        $"No order explains the answer in line {LastLine} ({Impossible}). Meanwhile the key could hold {string.Join(" or ", PossibleStates)}. Under way from line {FirstLine} on:"
        + string.Concat(Operations.Select(o => "\n  " + o));

    /// <summary>Finds the window of a key whose whole history has no order.</summary>
    internal static FailureWindow Find(IReadOnlyList<HistoryOperation> operations, string? initialValue, int fromLine, long maxStates, CancellationToken cancellationToken)
    {
        // The search knows answers before their time, so it may give up before the line where people would: the shortest
        // beginning is sought with every later answer hidden. A longer beginning never passes where a shorter one fails.
        var lines = operations.Select(o => o.ReturnLine).OfType<int>().Where(l => l >= fromLine).Order().ToArray();
        var (low, high) = (0, lines.Length - 1);
        while (low < high)
        {
            var middle = (low + high) / 2;
            var verdict = new KeySearch(Until(operations, lines[middle]), initialValue, maxStates).Run(cancellationToken);
            (low, high) = verdict == Verdict.NotLinearizable ? (low, middle) : (middle + 1, high);
        }

        var last = lines[low];
        var impossible = operations.Single(o => o.ReturnLine == last);

        // With an answer in its place that can never be, the search visits all that is possible.
        var hidden = Until(operations, last - 1);
        var probe = impossible with { Kind = HistoryOperationKind.Get, ReadValue = Never, Applied = null };
        var search = new KeySearch([.. hidden, probe], initialValue, maxStates);
        search.Run(cancellationToken);
        return new FailureWindow
        {
            FirstLine = impossible.InvokeLine,
            LastLine = last,
            Impossible = impossible,
            Operations = [.. operations.Where(o => o.InvokeLine <= last && (o.ReturnLine ?? int.MaxValue) >= impossible.InvokeLine).OrderBy(o => o.InvokeLine)],
            PossibleStates = search.StatesSince(impossible.InvokeLine, hidden.Single(o => o.InvokeLine == impossible.InvokeLine)),
        };
    }

    /// <summary>The history as it was known at a line.</summary>
    private static HistoryOperation[] Until(IEnumerable<HistoryOperation> operations, int line) =>
    [
        .. operations.Where(o => o.InvokeLine <= line).Select(o => o.ReturnLine <= line
            ? o
            : o with { ReturnLine = null, ReadValue = null, Scanned = null, Applied = null, Version = null }),
    ];
}
