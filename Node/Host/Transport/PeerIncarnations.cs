using System.Collections.Concurrent;
using RaftKv.Core.Consensus;

namespace RaftKv.Node.Transport;

/// <summary>
/// Which data directory each peer had when this server first met it. A peer that comes back with another one has lost
/// what it acknowledged and must not take part under its old id (P7).
/// </summary>
internal sealed class PeerIncarnations
{
    private readonly ConcurrentDictionary<NodeId, ulong> _known = new();

    /// <summary>Remembers a peer's incarnation, or compares it with what is remembered.</summary>
    /// <exception cref="InvalidDataException">It differs; the message names both and the way out.</exception>
    public void Require(NodeId peer, ulong incarnation)
    {
        var known = _known.GetOrAdd(peer, incarnation);
        if (known != incarnation)
        {
            throw new InvalidDataException(
                $"Server {peer} comes with incarnation {incarnation:x16}, but it was known with {known:x16}: its data directory "
                + "was replaced. Give it back its directory, or add a server under a new id.");
        }
    }
}
