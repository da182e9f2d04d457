using RaftKv.Core.Consensus;
using RaftKv.Engine.Storage;

namespace RaftKv.Node.Transport;

/// <summary>
/// Watches over one stream to or from a peer: whether its incarnation may speak as that peer, asked when the stream
/// begins and again for the first message after every change of the membership. One caller at a time.
/// </summary>
internal sealed class PeerGuard(PeerRegistry registry, NodeId peer, ulong incarnation)
{
    private int? _version;

    /// <summary>Decides; cheap while the membership stays as it is.</summary>
    /// <exception cref="IOException">A first meeting could not be recorded.</exception>
    public Admission Check()
    {
        var version = registry.Version;
        if (_version == version)
        {
            return default;
        }

        var admission = registry.Admit(peer, incarnation);
        _version = admission.IsRefused ? null : version;
        return admission;
    }

    /// <summary>The same for who only speaks: a peer that is refused is told nothing more.</summary>
    /// <exception cref="InvalidDataException">It is refused; the message says why, and the way out.</exception>
    /// <exception cref="IOException">A first meeting could not be recorded.</exception>
    public void Require()
    {
        if (Check() is { IsRefused: true } refused)
        {
            throw new InvalidDataException(refused.Refusal);
        }
    }
}
