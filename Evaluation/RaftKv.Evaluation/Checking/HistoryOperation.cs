namespace RaftKv.Evaluation.Checking;

/// <summary>What an operation of a history does to its key.</summary>
public enum HistoryOperationKind
{
    /// <summary>Reads.</summary>
    Get,

    /// <summary>Sets.</summary>
    Put,

    /// <summary>Adds to the end of the value.</summary>
    Append,

    /// <summary>Removes.</summary>
    Delete,

    /// <summary>Sets if the value, or the version, is the expected one.</summary>
    CompareAndSet,

    /// <summary>Reads all keys that begin with a prefix, which stands in the key's place, at one moment.</summary>
    Scan,
}

/// <summary>A key that a scan found.</summary>
/// <param name="Key">The key.</param>
/// <param name="Value">Its value.</param>
/// <param name="Version">Its version.</param>
public readonly record struct ScannedPair(string Key, string Value, long Version);

/// <summary>
/// One operation of a client: when it was asked for, when it was answered, and what was answered. What certainly did not
/// happen is not an operation. What no one knows the outcome of has no return: it may take effect at any later time or
/// never.
/// </summary>
public sealed record HistoryOperation
{
    /// <summary>Who asked: one operation at a time.</summary>
    public required int Process { get; init; }

    /// <summary>What was asked for.</summary>
    public required HistoryOperationKind Kind { get; init; }

    /// <summary>Of which key; empty for a register.</summary>
    public string Key { get; init; } = "";

    /// <summary>What to put, append or set.</summary>
    public string? Value { get; init; }

    /// <summary>For a compare-and-set without a version: the value expected, null for an absent key.</summary>
    public string? ExpectedValue { get; init; }

    /// <summary>For a compare-and-set by version: the version expected, 0 for an absent key.</summary>
    public long? ExpectedVersion { get; init; }

    /// <summary>What a get found; null for an absent key.</summary>
    public string? ReadValue { get; init; }

    /// <summary>What a scan found, in the order of the keys.</summary>
    public IReadOnlyList<ScannedPair>? Scanned { get; init; }

    /// <summary>The key's version after the operation, where it was told.</summary>
    public long? Version { get; init; }

    /// <summary>Whether a compare-and-set or delete changed anything, where it was told.</summary>
    public bool? Applied { get; init; }

    /// <summary>The line of its invocation. Lines are the history's clock.</summary>
    public required int InvokeLine { get; init; }

    /// <summary>The line of its answer; null when the outcome is unknown.</summary>
    public int? ReturnLine { get; init; }

    /// <summary>The operation as people read it, for example <c>line 3 to 7, process 2: put a = 5</c>.</summary>
    public override string ToString()
    {
        var what = Kind switch
        {
            HistoryOperationKind.Get => $"get {Key}" + (ReturnLine is null ? "" : $" found {Show(ReadValue)}"),
            HistoryOperationKind.Scan => $"scan {Key}" + (Scanned is null ? "" : $" found {string.Join(", ", Scanned.Select(p => $"{p.Key} = {Show(p.Value)} (version {p.Version})"))}"),
            HistoryOperationKind.Put => $"put {Key} = {Show(Value)}",
            HistoryOperationKind.Append => $"append {Key} + {Show(Value)}",
            HistoryOperationKind.Delete => $"delete {Key}",
            _ => $"set {Key} = {Show(Value)} if it is {(ExpectedVersion is { } version ? $"version {version}" : Show(ExpectedValue))}",
        };
        var answer = (Applied, Version) switch
        {
            (false, _) => ": it was not" + (Version is null ? "" : $" (version {Version})"),
            (true, null) => ": done",
            (_, not null) => $": version {Version}",
            _ => "",
        };
        return $"line {InvokeLine} to {ReturnLine?.ToString() ?? "?"}, process {Process}: {what.Replace("  ", " ", StringComparison.Ordinal)}{(ReturnLine is null ? ": outcome unknown" : answer)}";
    }

    private static string Show(string? value) => value switch
    {
        null => "nothing",
        { Length: > 60 } => $"\"...{value[^57..]}\"",
        _ => $"\"{value}\"",
    };
}

/// <summary>What clients asked of a store and what it answered.</summary>
public sealed record History
{
    /// <summary>The operations by the order of their invocations, without those that certainly did not happen.</summary>
    public required IReadOnlyList<HistoryOperation> Operations { get; init; }

    /// <summary>What every key holds at first and after a delete; null: nothing.</summary>
    public string? InitialValue { get; init; }

    /// <summary>Operations left out because they certainly did not happen.</summary>
    public int FailedCount { get; init; }
}
