using System.Globalization;

namespace RaftKv.Evaluation.Checking;

/// <summary>A line of <see cref="HistoryFormat.JepsenRegister"/>.</summary>
internal static class JepsenRegisterLine
{
    private const string Logger = "jepsen.util";

    public static void Read(HistoryBuilder history, int line, string text)
    {
        // INFO jepsen.util - PROCESS TYPE F ARGUMENT..., perhaps after a time or a thread; other loggers and the nemesis say
        // nothing about the register.
        var words = text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        words = words[Math.Max(0, Array.IndexOf(words, Logger) - 1)..];
        if (words.Length < 4 || words[1] != Logger || words[2] != "-")
        {
            if (text.Contains(Logger, StringComparison.Ordinal))
            {
                history.Fault(line, $"not understood: '{text}'");
            }

            return;
        }

        history.KnowLine();
        if (words[3] == ":nemesis")
        {
            return;
        }

        if (words.Length < 7 || !int.TryParse(words[3], NumberStyles.None, CultureInfo.InvariantCulture, out var process)
            || KindOf(words[5]) is not { } kind)
        {
            history.Fault(line, $"not understood: '{text}'");
            return;
        }

        var argument = string.Join(' ', words[6..]);
        switch (words[4])
        {
            case ":invoke":
                Invoke(history, line, process, kind, argument);
                break;
            case ":ok":
                history.Ok(line, process, kind, "", o => Answer(o, argument));
                break;
            case ":fail" when kind == HistoryOperationKind.CompareAndSet && argument.StartsWith('['):
                history.Ok(line, process, kind, "", o => Pair(argument) == (o.ExpectedValue, o.Value) ? o with { Applied = false } : null);
                break;
            case ":fail":
                history.Fail(line, process, kind, "");
                break;
            case ":info":
                history.Unknown(line, process, kind, "");
                break;
            default:
                history.Fault(line, $"'{words[4]}' is not :invoke, :ok, :fail or :info");
                break;
        }
    }

    private static void Invoke(HistoryBuilder history, int line, int process, HistoryOperationKind kind, string argument)
    {
        var pair = Pair(argument);
        if (kind == HistoryOperationKind.CompareAndSet && pair is null)
        {
            history.Fault(line, $"a compare-and-set needs [from to], not '{argument}'");
            return;
        }

        history.Invoke(new HistoryOperation
        {
            Process = process,
            Kind = kind,
            InvokeLine = line,
            ExpectedValue = pair?.From,
            Value = kind switch
            {
                HistoryOperationKind.Get => null,
                HistoryOperationKind.Put => Value(argument),
                _ => pair?.To,
            },
        });
    }

    private static HistoryOperation? Answer(HistoryOperation operation, string argument) => operation.Kind switch
    {
        HistoryOperationKind.Get => operation with { ReadValue = Value(argument) },
        HistoryOperationKind.Put => Value(argument) == operation.Value ? operation : null,
        _ => Pair(argument) == (operation.ExpectedValue, operation.Value) ? operation with { Applied = true } : null,
    };

    private static string? Value(string text) => text == "nil" ? null : text;

    private static (string? From, string? To)? Pair(string text) =>
        text.StartsWith('[') && text.EndsWith(']') && text[1..^1].Split([' ', ','], StringSplitOptions.RemoveEmptyEntries) is [var from, var to]
            ? (Value(from), Value(to))
            : null;

    private static HistoryOperationKind? KindOf(string word) => word switch
    {
        ":read" => HistoryOperationKind.Get,
        ":write" => HistoryOperationKind.Put,
        ":cas" => HistoryOperationKind.CompareAndSet,
        _ => null,
    };
}
