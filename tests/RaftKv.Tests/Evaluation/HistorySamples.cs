using RaftKv.Evaluation.Checking;

namespace RaftKv.Tests.Evaluation;

/// <summary>Short ways to write histories.</summary>
internal static class HistorySamples
{
    /// <summary>An operation on the key "k", called in one line and answered in another, or never.</summary>
    internal static HistoryOperation Op(
        HistoryOperationKind kind,
        int from,
        int? to,
        string? value = null,
        string? read = null,
        string? expected = null,
        long? expectedVersion = null,
        bool? applied = null,
        long? version = null) => new()
        {
            Process = from,
            Kind = kind,
            Key = "k",
            Value = value,
            ReadValue = read,
            ExpectedValue = expected,
            ExpectedVersion = expectedVersion,
            Applied = applied,
            Version = version,
            InvokeLine = from,
            ReturnLine = to,
        };
}
