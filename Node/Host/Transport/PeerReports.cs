using RaftKv.Core.Consensus;

namespace RaftKv.Node.Transport;

/// <summary>What links find out beside messages, and the server must know. Called from any thread; returns at once.</summary>
/// <param name="Lost">A broken stream may have lost appends of a term to a peer.</param>
/// <param name="Removed">A peer, in the term that is named, refuses this server as one that was removed for good, with words for people.</param>
internal sealed record PeerReports(Action<NodeId, Term> Lost, Action<NodeId, Term, string> Removed);
