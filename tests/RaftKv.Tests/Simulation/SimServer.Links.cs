using RaftKv.Core.Consensus;
using RaftKv.Engine.Driver;

namespace RaftKv.Tests.Simulation;

/// <summary>
/// Whom a server can reach and whom it listens to, as the executable's transport decides it: links to members of the start-up
/// list and of the membership in force, none to a server whose removal is committed, one to whoever calls and may be new;
/// and never a word from a data directory that it did not meet first under an id.
/// </summary>
internal sealed partial class SimServer : IPeerTransport
{
    private readonly HashSet<NodeId> _links = [];
    private readonly Dictionary<NodeId, ulong> _met = [];
    private Configuration? _committed;

    bool IPeerTransport.TrySend(Message message) =>
        _links.Contains(message.To) && IsWhomItKnows(message.To, world.Find(message.To)?.Incarnation) && world.Send(message, Incarnation);

    public void Deliver(Mail mail)
    {
        var from = mail.Message.From;
        if (!IsUp)
        {
            return;
        }

        if (IsRemoved(from) || !IsWhomItKnows(from, mail.Incarnation))
        {
            world.Totals.Add(Happening.RefusedPeer);
            return;
        }

        _links.Add(from);
        _gate!.OnReceive(mail.Message, _clock.Now, _passed);
        TakePassed();
        TurnSoon();
    }

    private void StartLinks(IEnumerable<NodeId> listed)
    {
        _links.Clear();
        _met.Clear();
        _committed = null;
        _links.UnionWith(listed);
        UseLinks(new ConfigurationChange(Raft!.ConfigurationIndex, Raft.Configuration, Raft.ConfigurationIndex <= Raft.CommitIndex));
    }

    /// <summary>A removed peer keeps its link until the removal is committed, for it can be taken back until then.</summary>
    private void UseLinks(in ConfigurationChange change)
    {
        _links.UnionWith(change.Configuration.Members.Select(m => m.Id));
        if (change.IsCommitted && change.Index > LogIndex.Zero)
        {
            _committed = change.Configuration;
            _links.RemoveWhere(IsRemoved);
        }
    }

    private bool IsRemoved(NodeId peer) => _committed is { } committed && peer <= committed.HighestId && committed.Find(peer) is null;

    private bool IsWhomItKnows(NodeId peer, ulong? incarnation) =>
        incarnation is not { } given || _met.TryAdd(peer, given) || _met[peer] == given;
}
