using RaftKv.Evaluation.Checking;

namespace RaftKv.Tests.Evaluation;

/// <summary>The definition of linearizability, tried out literally on one key: slow, and plain enough to be believed.</summary>
internal static class AllOrders
{
    public static bool IsLinearizable(History history) => Extend([.. history.Operations], history.InitialValue, history.InitialValue, 0);

    private static bool Extend(List<HistoryOperation> left, string? initial, string? value, long version)
    {
        if (left.All(o => o.ReturnLine is null))
        {
            return true;
        }

        foreach (var next in left)
        {
            // Nothing may come before what was answered before it was asked for.
            if (left.Any(o => o.ReturnLine < next.InvokeLine))
            {
                continue;
            }

            var (after, afterVersion, answer) = Do(next, initial, value, version);
            if (!answer && next.ReturnLine is not null)
            {
                continue;
            }

            if (Extend([.. left.Where(o => o != next)], initial, after, afterVersion))
            {
                return true;
            }
        }

        return false;
    }

    /// <returns>The state afterwards, and whether the answer is the one that was given.</returns>
    private static (string? Value, long Version, bool Answer) Do(HistoryOperation o, string? initial, string? value, long version)
    {
        switch (o.Kind)
        {
            case HistoryOperationKind.Get:
                return (value, version, o.ReadValue == value && (o.Version ?? version) == version);
            case HistoryOperationKind.Put:
                return (o.Value, version + 1, (o.Version ?? version + 1) == version + 1);
            case HistoryOperationKind.Append:
                return (value + o.Value, version + 1, (o.Version ?? version + 1) == version + 1);
            case HistoryOperationKind.Delete:
                return (initial, 0, (o.Applied ?? value != initial) == (value != initial));
            default:
                var equal = o.ExpectedVersion is { } v ? v == version : o.ExpectedValue == value;
                var then = equal ? version + 1 : version;
                return (equal ? o.Value : value, then, o.Applied == equal && (o.Version ?? then) == then);
        }
    }
}
