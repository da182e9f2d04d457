using RaftKv.Core.Consensus;
using RaftKv.Engine.Faults;

namespace RaftKv.Engine.Driver;

/// <summary>
/// The sending side of the faults: what a block swallows looks sent, because a broken network does not tell its
/// senders.
/// </summary>
public sealed class FaultingTransport(IPeerTransport inner, FaultGate gate) : IPeerTransport
{
    /// <inheritdoc/>
    public bool TrySend(Message message) => !gate.AllowSend(message.From, message.To) || inner.TrySend(message);
}
