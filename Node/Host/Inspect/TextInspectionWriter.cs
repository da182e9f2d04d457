using System.Globalization;
using RaftKv.Api.Protocol;
using RaftKv.Core.Consensus;
using RaftKv.Engine.Storage;

namespace RaftKv.Node.Inspect;

/// <summary>An inspection for people: aligned text, values cut short.</summary>
internal sealed class TextInspectionWriter(TextWriter output) : IInspectionWriter
{
    private bool _entriesBegun;

    /// <inheritdoc/>
    public void Write(NodeIdentity identity) => output.WriteLine(
        $"server {identity.ServerId} of cluster {identity.ClusterId}, incarnation {identity.Incarnation:x16}");

    /// <inheritdoc/>
    public void Write(FileInfo segment) => output.WriteLine(
        string.Create(CultureInfo.InvariantCulture, $"segment {segment.Name}, {segment.Length} bytes"));

    /// <inheritdoc/>
    public void Write(HardState hardState, EntryId compacted, EntryId last, bool tailWasTrimmed)
    {
        output.WriteLine(
            $"term {hardState.Term}, vote {(hardState.VotedFor.IsNone ? "none" : hardState.VotedFor)}, compacted {compacted}, last {last}");
        if (tailWasTrimmed)
        {
            output.WriteLine("the last record is damaged or still being written; a server that starts here cuts it off");
        }
    }

    /// <inheritdoc/>
    public void Write(in LogEntry entry)
    {
        if (!_entriesBegun)
        {
            _entriesBegun = true;
            output.WriteLine($"{"index",10} {"term",6} {"kind",-13} {"key",-24} value");
        }

        var record = LogRecords.Of(entry, LogIndex.Zero);
        output.WriteLine($"{record.Index,10} {record.Term,6} {record.Kind,-13} {Preview.Of(record.Key.Span, 24),-24} {Value(record)}");
    }

    private static string Value(LogRecord record) =>
        record.Value.Length == 0 ? "" : $"{Preview.Of(record.Value.Span, 40)} ({record.Value.Length} bytes)";
}
