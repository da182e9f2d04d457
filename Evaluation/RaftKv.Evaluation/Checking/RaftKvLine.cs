using System.Text.Json;

namespace RaftKv.Evaluation.Checking;

/// <summary>A line of <see cref="HistoryFormat.RaftKv"/>, as <see cref="HistoryRecorder"/> writes it.</summary>
internal static class RaftKvLine
{
    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false, MaxDepth = 8 };

    public static void Read(HistoryBuilder history, int line, string text)
    {
        try
        {
            using var document = JsonDocument.Parse(text, Strict);
            var root = document.RootElement;
            var process = root.GetProperty("process").GetInt32();
            var key = root.GetProperty("key").GetString() ?? throw new FormatException("key is null");
            if (HistoryRecorder.KindOf(root.GetProperty("f").GetString()) is not { } kind)
            {
                history.Fault(line, $"f '{root.GetProperty("f").GetString()}' is not get, put, append, delete, cas or scan");
                return;
            }

            Apply(history, line, process, root.GetProperty("type").GetString(), kind, key, root);
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or FormatException or InvalidOperationException)
        {
            history.Fault(line, $"not understood: {e.Message}");
        }
    }

    private static void Apply(HistoryBuilder history, int line, int process, string? type, HistoryOperationKind kind, string key, JsonElement root)
    {
        switch (type)
        {
            case "invoke":
                history.Invoke(new HistoryOperation
                {
                    Process = process,
                    Kind = kind,
                    Key = key,
                    InvokeLine = line,
                    Value = kind is HistoryOperationKind.Get or HistoryOperationKind.Delete or HistoryOperationKind.Scan ? null : Written(root),
                    ExpectedVersion = Number(root, "expectedVersion"),
                    ExpectedValue = kind == HistoryOperationKind.CompareAndSet && Number(root, "expectedVersion") is null
                        ? root.GetProperty("expected").GetString()
                        : null,
                });
                break;
            case "ok":
                // Answers are taken apart here: the document is gone when the builder asks.
                var read = kind == HistoryOperationKind.Get ? root.GetProperty("value").GetString() : null;
                var applied = kind == HistoryOperationKind.CompareAndSet ? root.GetProperty("applied").GetBoolean() : Truth(root, "applied");
                var version = Number(root, "version");
                var scanned = kind == HistoryOperationKind.Scan ? Pairs(root) : null;
                history.Ok(line, process, kind, key, o => o with { ReadValue = read, Scanned = scanned, Applied = applied, Version = version });
                break;
            case "fail":
                history.Fail(line, process, kind, key);
                break;
            case "info":
                history.Unknown(line, process, kind, key);
                break;
            default:
                history.Fault(line, $"type '{type}' is not invoke, ok, fail or info");
                break;
        }
    }

    private static string Written(JsonElement root) => root.GetProperty("value").GetString() ?? throw new FormatException("value is null");

    private static ScannedPair[] Pairs(JsonElement root) =>
    [
        .. root.GetProperty("pairs").EnumerateArray().Select(pair => new ScannedPair(
            pair.GetProperty("key").GetString() ?? throw new FormatException("a pair's key is null"),
            pair.GetProperty("value").GetString() ?? throw new FormatException("a pair's value is null"),
            pair.GetProperty("version").GetInt64())),
    ];

    private static long? Number(JsonElement root, string name) =>
        root.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value.GetInt64() : null;

    private static bool? Truth(JsonElement root, string name) =>
        root.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value.GetBoolean() : null;
}
