using Google.Protobuf;
using RaftKv.Api.Protocol;
using RaftKv.Core.Consensus;
using RaftKv.Core.Kv;

namespace RaftKv.Node.Inspect;

/// <summary>Log entries as people look at them, the same for a running server's service and for a stopped one's files.</summary>
internal static class LogRecords
{
    /// <summary>One entry's record. An undecodable payload is shown, not thrown: looking must work when something is wrong.</summary>
    public static LogRecord Of(in LogEntry entry, LogIndex commit)
    {
        var record = new LogRecord
        {
            Index = entry.Id.Index.Value,
            Term = entry.Id.Term.Value,
            Kind = entry.Kind.ToString(),
            SizeBytes = entry.SizeBytes,
            Committed = entry.Id.Index <= commit,
        };
        try
        {
            if (entry.Kind == EntryKind.Configuration)
            {
                record.Value = ByteString.CopyFromUtf8(ConfigurationCodec.Decode(entry.Payload.Span).ToString());
            }

            if (entry.Kind != EntryKind.Command)
            {
                return record;
            }

            var command = CommandCodec.Decode(entry.Payload);
            record.Kind = command.Kind.ToString();
            record.Key = UnsafeByteOperations.UnsafeWrap(command.Key);
            record.Value = UnsafeByteOperations.UnsafeWrap(command.Value);
            record.SessionId = command.SessionId;
            record.Sequence = command.Sequence;
        }
        catch (FormatException)
        {
            record.Kind = "Unreadable";
            record.Value = UnsafeByteOperations.UnsafeWrap(entry.Payload);
        }

        return record;
    }
}
