namespace RaftKv.Engine.Faults;

/// <summary>The whole fault matrix at one moment, for reading back and for handing to a server that starts again.</summary>
/// <param name="Links">The links that are not untouched, ordered by sender and receiver.</param>
/// <param name="Muted">Whether this server is muted.</param>
/// <param name="Epoch">Rises with every change.</param>
/// <param name="Seed">The coin of all links.</param>
public sealed record FaultSnapshot(IReadOnlyList<LinkFault> Links, bool Muted, long Epoch, ulong Seed);
