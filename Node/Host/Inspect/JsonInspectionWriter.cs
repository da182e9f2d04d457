using System.Text.Json;
using System.Text.Json.Serialization;
using RaftKv.Core.Consensus;
using RaftKv.Engine.Storage;

namespace RaftKv.Node.Inspect;

/// <summary>An inspection for programs: one JSON object a line, its kind in <c>record</c>; keys and values in Base64 and whole.</summary>
internal sealed class JsonInspectionWriter(TextWriter output) : IInspectionWriter
{
    /// <inheritdoc/>
    public void Write(NodeIdentity identity) => output.WriteLine(JsonSerializer.Serialize(
        new IdentityLine("identity", identity.ClusterId, identity.ServerId, identity.Incarnation.ToString("x16")),
        InspectionJsonContext.Default.IdentityLine));

    /// <inheritdoc/>
    public void Write(FileInfo segment) => output.WriteLine(JsonSerializer.Serialize(
        new SegmentLine("segment", segment.Name, segment.Length), InspectionJsonContext.Default.SegmentLine));

    /// <inheritdoc/>
    public void Write(HardState hardState, EntryId compacted, EntryId last, bool tailWasTrimmed) => output.WriteLine(JsonSerializer.Serialize(
        new StateLine(
            "state", hardState.Term.Value, hardState.VotedFor.Value, compacted.Index.Value, compacted.Term.Value, last.Index.Value,
            last.Term.Value, tailWasTrimmed),
        InspectionJsonContext.Default.StateLine));

    /// <inheritdoc/>
    public void Write(in LogEntry entry)
    {
        var record = LogRecords.Of(entry, LogIndex.Zero);
        output.WriteLine(JsonSerializer.Serialize(
            new EntryLine(
                "entry", record.Index, record.Term, record.Kind, record.Key.ToByteArray(), record.Value.ToByteArray(), record.SessionId,
                record.Sequence, record.SizeBytes),
            InspectionJsonContext.Default.EntryLine));
    }
}

internal sealed record IdentityLine(string Record, string ClusterId, int ServerId, string Incarnation);

internal sealed record SegmentLine(string Record, string Name, long Bytes);

internal sealed record StateLine(
    string Record, long Term, int VotedFor, long CompactedIndex, long CompactedTerm, long LastIndex, long LastTerm, bool TailWasTrimmed);

internal sealed record EntryLine(
    string Record, long Index, long Term, string Kind, byte[] Key, byte[] Value, long SessionId, long Sequence, int SizeBytes);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(IdentityLine))]
[JsonSerializable(typeof(SegmentLine))]
[JsonSerializable(typeof(StateLine))]
[JsonSerializable(typeof(EntryLine))]
internal sealed partial class InspectionJsonContext : JsonSerializerContext;
