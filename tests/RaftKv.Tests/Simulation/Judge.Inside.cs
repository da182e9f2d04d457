using RaftKv.Core.Consensus;

namespace RaftKv.Tests.Simulation;

/// <summary>
/// What a judge sees who looks into all servers at once. A bug in counting votes or copies seldom reaches a client; here it
/// shows in the moment in which it happens.
/// </summary>
internal sealed partial class Judge
{
    /// <summary>
    /// What a leader commits is durable on a majority of voters, counted here from their logs (Raft 5.3, thesis 4.1). In a
    /// turn that changes the configuration, the one before counts as well.
    /// </summary>
    public void WatchCommit(Raft leader, Configuration before)
    {
        var committed = new EntryId(leader.Log.TermAt(leader.CommitIndex) ?? Term.Zero, leader.CommitIndex);
        Require(committed.Term == leader.Term, $"{leader.Id} commits by counting only entries of its term {leader.Term}, not {committed} (Raft 5.4.2)");
        Require(
            IsHeldByMajority(committed, leader.Configuration) || IsHeldByMajority(committed, before),
            $"{leader.Id} commits {committed} once it is durable on a majority of {leader.Configuration}");
    }

    /// <summary>While a leader answers under its lease, nobody has been elected in a later term (thesis 6.4.1).</summary>
    public void WatchLease(Raft leader)
    {
        var newer = world.Servers.Find(s => s.Raft is { Role: Role.Leader } other && other.Term > leader.Term);
        Require(newer is null, $"{leader.Id} answers a read under the lease of term {leader.Term} while {newer?.Id} leads in term {newer?.Raft?.Term}");
    }

    private bool IsHeldByMajority(EntryId id, Configuration configuration)
    {
        var (voters, holders) = (0, 0);
        foreach (var member in configuration.Members)
        {
            voters += member.IsVoter ? 1 : 0;
            holders += member.IsVoter && Holds(world.Find(member.Id), id) ? 1 : 0;
        }

        return holders * 2 > voters;
    }

    /// <summary>A server that is down or whose disk was changed may have held it when it said so.</summary>
    private static bool Holds(SimServer? server, EntryId id) =>
        server is not null && (server.Raft is not { } raft || server.IsTamperedWith
            || (raft.DurableIndex >= id.Index && (raft.Log.Contains(id) || raft.Log.Compacted.Index >= id.Index)));
}
