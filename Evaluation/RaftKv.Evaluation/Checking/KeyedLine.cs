using System.Globalization;

namespace RaftKv.Evaluation.Checking;

/// <summary>A line of <see cref="HistoryFormat.Keyed"/>.</summary>
internal static class KeyedLine
{
    public static void Read(HistoryBuilder history, int line, string text)
    {
        if (text.AsSpan().TrimStart().StartsWith(';'))
        {
            return;
        }

        Dictionary<string, object?> map;
        try
        {
            map = Edn.ParseMap(text);
        }
        catch (FormatException e)
        {
            history.Fault(line, e.Message);
            return;
        }

        if (map.GetValueOrDefault(":process") is not long process || process is < 0 or > int.MaxValue)
        {
            // The nemesis has a name instead of a number.
            if (map.GetValueOrDefault(":process") is not (string and ([':', ..] or "nemesis")))
            {
                history.Fault(line, ":process is not a number");
            }

            return;
        }

        if (map.GetValueOrDefault(":type") is not string type || KindOf(map.GetValueOrDefault(":f")) is not { } kind
            || Text(map.GetValueOrDefault(":key")) is not { } key)
        {
            history.Fault(line, ":type, :f (get, put, append, delete or cas) or :key is missing or unknown");
            return;
        }

        var value = map.GetValueOrDefault(":value");
        if (FaultOf(type, kind, value, map.ContainsKey(":value")) is { } fault)
        {
            history.Fault(line, fault);
            return;
        }

        Apply(history, line, (int)process, type, kind, key, value);
    }

    private static void Apply(HistoryBuilder history, int line, int process, string type, HistoryOperationKind kind, string key, object? value)
    {
        switch (type)
        {
            case ":invoke":
                history.Invoke(new HistoryOperation
                {
                    Process = process,
                    Kind = kind,
                    Key = key,
                    InvokeLine = line,
                    Value = kind == HistoryOperationKind.Get ? null : Text(value is List<object?> to ? to[1] : value),
                    ExpectedValue = value is List<object?> from ? Text(from[0]) ?? "" : null,
                });
                break;
            case ":ok":
                history.Ok(line, process, kind, key, o => Answer(o, value));
                break;
            case ":fail" when kind == HistoryOperationKind.CompareAndSet && value is List<object?>:
                history.Ok(line, process, kind, key, o => IsOf(o, value) ? o with { Applied = false } : null);
                break;
            case ":fail":
                history.Fail(line, process, kind, key);
                break;
            case ":info":
                history.Unknown(line, process, kind, key);
                break;
            default:
                history.Fault(line, $"'{type}' is not :invoke, :ok, :fail or :info");
                break;
        }
    }

    /// <summary>What is wrong with a value, or null: one that is not there or is no text must not be taken for nothing.</summary>
    private static string? FaultOf(string type, HistoryOperationKind kind, object? value, bool isThere) => (type, kind) switch
    {
        (":invoke", HistoryOperationKind.CompareAndSet) when !IsPair(value) => "a compare-and-set needs a :value of [from to], texts or numbers",
        (":invoke", HistoryOperationKind.Put or HistoryOperationKind.Append) when Text(value) is null => "a put or append needs a :value that is a text or a number",
        (":ok", HistoryOperationKind.Get) when !isThere || !IsText(value) => "a read that was answered needs a :value that is a text, a number or nil",
        _ => null,
    };

    private static bool IsText(object? value) => value is null || Text(value) is not null;

    private static bool IsPair(object? value) => value is List<object?> { Count: 2 } pair && pair.TrueForAll(IsText);

    private static bool IsOf(HistoryOperation operation, object? value) =>
        value is List<object?> pair && IsPair(pair) && (Text(pair[0]) ?? "") == operation.ExpectedValue && Text(pair[1]) == operation.Value;

    private static HistoryOperation? Answer(HistoryOperation operation, object? value) => operation.Kind switch
    {
        HistoryOperationKind.Get => operation with { ReadValue = Text(value) ?? "" },
        HistoryOperationKind.CompareAndSet => value is null || IsOf(operation, value) ? operation with { Applied = true } : null,
        HistoryOperationKind.Delete => operation,
        _ => Text(value) == operation.Value ? operation : null,
    };

    private static string? Text(object? value) => value switch
    {
        null => null,
        long number => number.ToString(CultureInfo.InvariantCulture),
        _ => value as string,
    };

    private static HistoryOperationKind? KindOf(object? word) => word switch
    {
        ":get" or ":read" => HistoryOperationKind.Get,
        ":put" or ":write" => HistoryOperationKind.Put,
        ":append" => HistoryOperationKind.Append,
        ":delete" => HistoryOperationKind.Delete,
        ":cas" => HistoryOperationKind.CompareAndSet,
        _ => null,
    };
}
