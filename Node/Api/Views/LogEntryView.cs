using RaftKv.Api.Protocol;

namespace RaftKv.Api.Views;

/// <summary>An entry of a server's log.</summary>
/// <param name="Index">Its index.</param>
/// <param name="Term">Its term.</param>
/// <param name="Kind">NoOp, Put, Delete, OpenSession, CloseSession or Configuration.</param>
/// <param name="Key">The key it changes; empty when none.</param>
/// <param name="Value">The value it sets; empty when none.</param>
/// <param name="SessionId">The client session it came from; 0 for none.</param>
/// <param name="Sequence">Its number in that session.</param>
/// <param name="SizeBytes">Its size.</param>
/// <param name="Committed">Whether that server knows it to be committed.</param>
public sealed record LogEntryView(
    long Index, long Term, string Kind, byte[] Key, byte[] Value, long SessionId, long Sequence, int SizeBytes, bool Committed)
{
    internal static LogEntryView Of(LogRecord record) => new(
        record.Index, record.Term, record.Kind, record.Key.ToByteArray(), record.Value.ToByteArray(),
        record.SessionId, record.Sequence, record.SizeBytes, record.Committed);
}

/// <summary>A log as a server's files have it, and one entry of it.</summary>
/// <param name="StoredTerm">The term that the server remembers.</param>
/// <param name="VotedFor">Whom it voted for in that term; 0 for none.</param>
/// <param name="CompactedIndex">The last entry that a snapshot replaced; 0 when the log is whole.</param>
/// <param name="CompactedTerm">Its term.</param>
/// <param name="LastIndex">The last index.</param>
/// <param name="Entry">The entry; null in the first element.</param>
public sealed record StoredLogView(long StoredTerm, int VotedFor, long CompactedIndex, long CompactedTerm, long LastIndex, LogEntryView? Entry);

/// <summary>What an edit changed in a server's log.</summary>
/// <param name="ServerId">The server.</param>
/// <param name="FirstIndex">The first entry in its range.</param>
/// <param name="LastIndex">The last entry in its range.</param>
/// <param name="ChangedCount">Entries that have another term than before.</param>
/// <param name="StoredTermBefore">The term that the server remembered.</param>
/// <param name="StoredTerm">The term that it remembers now.</param>
public sealed record LogEditView(int ServerId, long FirstIndex, long LastIndex, long ChangedCount, long StoredTermBefore, long StoredTerm);
