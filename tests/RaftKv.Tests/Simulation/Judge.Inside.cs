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
            IsHeldByMajority(leader, committed, leader.Configuration) || IsHeldByMajority(leader, committed, before),
            $"{leader.Id} commits {committed} once it is durable on a majority of {leader.Configuration}");
    }

    /// <summary>
    /// As long as a leader holds a lease, used or not, no one is elected in a later term (thesis 6.4.1). A server that stands
    /// still would find its lease run out, or not, by its own clock.
    /// </summary>
    private void WatchLeases(Raft elected)
    {
        foreach (var server in world.Servers)
        {
            Require(
                server.Raft is not { } raft || raft.Term >= elected.Term || !server.HoldsLease,
                $"{server.Id} holds the lease of term {server.Raft?.Term} for {server.LeaseLeft.TotalMilliseconds} ms more while {elected.Id} is elected in term {elected.Term}");
        }
    }

    /// <summary>A leader answers no read that began after a later term had a leader, whatever it takes its lease or its round for.</summary>
    public void WatchRead(Raft leader, Instant asked) => Require(
        leader.Term >= _newest || asked <= _newestSince,
        $"{leader.Id}, leader of term {leader.Term}, answers no read that began after {_leaders.GetValueOrDefault(_newest)} was elected in term {_newest}");

    /// <summary>No peer has answered a round that this leadership has not sent (L2).</summary>
    private static void WatchRounds(Raft leader)
    {
        var peers = leader.Peers;
        for (var i = 0; i < peers.Count; i++)
        {
            Require(peers[i].AnsweredRound <= leader.Round, $"{peers[i].Id} answers only rounds that {leader.Id} has sent in term {leader.Term}, not {peers[i].AnsweredRound} of {leader.Round}");
        }
    }

    /// <summary>No one comes to hold a lease of a term when a later one has a leader already.</summary>
    private void WatchLease(Raft leader) => Require(
        leader.Term >= _newest || !world.Find(leader.Id)!.HoldsLease,
        $"{leader.Id} holds a lease of term {leader.Term} while term {_newest} has a leader, {_leaders.GetValueOrDefault(_newest)}");

    private bool IsHeldByMajority(Raft leader, EntryId id, Configuration configuration)
    {
        var (voters, holders) = (0, 0);
        foreach (var member in configuration.Members)
        {
            voters += member.IsVoter ? 1 : 0;
            holders += member.IsVoter && Holds(leader, world.Find(member.Id), id) ? 1 : 0;
        }

        return holders * 2 > voters;
    }

    /// <summary>
    /// A server that is down may have held it when it said so, and one whose disk was changed as well, as long as the leader
    /// has not heard of the start after that.
    /// </summary>
    private static bool Holds(Raft leader, SimServer? server, EntryId id) =>
        server is not null && (server.Raft is not { } raft
            || (server.IsTamperedWith && leader.Peers.FirstOrDefault(p => p.Id == server.Id)?.Run != raft.Run)
            || (raft.DurableIndex >= id.Index && (raft.Log.Contains(id) || raft.Log.Compacted.Index >= id.Index)));
}
