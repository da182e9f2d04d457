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
    long Index, long Term, string Kind, byte[] Key, byte[] Value, long SessionId, long Sequence, int SizeBytes, bool Committed);
