using RaftKv.Core.Consensus;
using RaftKv.Engine.Driver;

namespace RaftKv.Tests.Simulation;

/// <summary>
/// Whom a server can reach and whom it listens to, as the executable's transport decides it: links to members of the start-up
/// list and of the membership in force, none to a server whose removal is committed, one to any server that calls and may be new;
/// and never a word to or from a data directory that may not speak as the server that it says it is.
/// </summary>
internal sealed partial class SimServer : IPeerTransport
{
    private readonly HashSet<NodeId> _links = [];
    private readonly Dictionary<NodeId, (ulong Incarnation, int Version)> _admitted = [];

    bool IPeerTransport.TrySend(Message message) =>
        _links.Contains(message.To) && IsAdmitted(message.To, world.Find(message.To)?.Incarnation ?? 0) && world.Send(message, Incarnation);

    public void Deliver(Mail mail)
    {
        if (!IsUp)
        {
            return;
        }

        if (!IsAdmitted(mail.Message.From, mail.Incarnation))
        {
            world.Totals.Add(Happening.RefusedPeer);
            TellRemoved(mail.Message);
            return;
        }

        _links.Add(mail.Message.From);
        _gate!.OnReceive(mail.Message, _clock.Now, _passed);
        TakePassed();
        TurnSoon();
    }

    /// <summary>The refusal of a stream carries the term to a server that was removed, as in the executable.</summary>
    private void TellRemoved(Message refused)
    {
        if (_peers!.IsRemoved(refused.From) && refused is not VoteResponse)
        {
            world.Send(new VoteResponse(Id, refused.From, Raft!.Term, Granted: false), Incarnation);
        }
    }

    private void StartLinks(IEnumerable<NodeId> listed)
    {
        _links.Clear();
        _admitted.Clear();
        _links.UnionWith(listed);
        UseLinks();
    }

    /// <summary>A removed peer keeps its link until the removal is committed, for it can be taken back until then.</summary>
    private void UseLinks()
    {
        _peers!.Use(new(Raft!.ConfigurationIndex, Raft.Configuration), Raft.CommittedConfiguration);
        _links.UnionWith(Raft.Configuration.Members.Select(m => m.Id));
        _links.RemoveWhere(_peers.IsRemoved);
    }

    /// <summary>Asked once for each data directory and membership, as for a stream.</summary>
    private bool IsAdmitted(NodeId peer, ulong incarnation)
    {
        var asked = (incarnation, _peers!.Version);
        if (_admitted.GetValueOrDefault(peer) == asked)
        {
            return true;
        }

        try
        {
            if (incarnation == 0 || _peers.Admit(peer, incarnation).IsRefused)
            {
                if (world.IsTold)
                {
                    world.Note(Id, "refuses", $"{peer} with incarnation {incarnation}");
                }

                return false;
            }
        }
        catch (PowerFailure e)
        {
            world.Note(Id, "cannot record a first meeting", e.Message);
            EndAfterDiskError(e);
            return false;
        }
        catch (IOException e)
        {
            world.Note(Id, "cannot record a first meeting", e.Message);
            return false;
        }

        _admitted[peer] = asked;
        return true;
    }
}
