using RaftKv.Core.Consensus;

namespace RaftKv.Tests.Simulation;

/// <summary>
/// Faults around a vote. A candidate reaches just as many others as it needs; once one of them has voted it loses its
/// power, or only the candidate, and those who never heard of the candidate ask it for the same term. Whoever forgets
/// its vote, or never wrote it down, elects a second leader of one term.
/// </summary>
internal sealed partial class Nemesis
{
    private readonly int _splitsVotes;
    private (NodeId Candidate, Term Term, HashSet<NodeId> Electors)? _split;

    /// <summary>A server asks for votes from now on.</summary>
    public void SeeCandidate(SimServer candidate)
    {
        if (!IsActive || _isQuiet || _splitsVotes == 0 || !Chance.OneIn(_splitsVotes))
        {
            return;
        }

        var id = candidate.Id;
        var electors = new HashSet<NodeId>();
        var others = Ids.Where(other => other != id).ToList();
        while (electors.Count < candidate.Raft!.Configuration.VoterCount / 2 && others.Count > 0)
        {
            var elector = Chance.Pick(others);
            others.Remove(elector);
            electors.Add(elector);
        }

        _world.Totals.Add(Happening.SplitVote);
        _split = (id, candidate.Raft.Term, electors);
        Block((from, to) => (from == id && !electors.Contains(to)) || (to == id && !electors.Contains(from)));
        _world.After(Chance.Milliseconds(1000, 3000), Heal);
    }

    /// <summary>A vote leaves a server.</summary>
    public void SeeVote(VoteResponse vote)
    {
        if (!IsActive || _isQuiet || _split is not { } split || split.Candidate != vote.To || split.Term != vote.Term || !split.Electors.Contains(vote.From))
        {
            return;
        }

        _split = null;
        var voter = _world.Find(vote.From)!;
        var arrival = TimeSpan.FromMicroseconds(_world.Plan.LongestDelayMicroseconds);
        if (Chance.OneIn(3))
        {
            _world.After(Chance.Between(TimeSpan.Zero, 2 * arrival), () => IsolateUnlessQuiet(vote.To));
            return;
        }

        _world.After(Chance.Between(TimeSpan.Zero, TimeSpan.FromMilliseconds(1)), () =>
        {
            voter.Crash(losesPower: true);
            _world.After(arrival + Chance.Milliseconds(1, 30), () =>
            {
                IsolateUnlessQuiet(vote.To);
                voter.Start();
            });
        });
    }

    /// <summary>A damaged disk is a fault that comes alone: quiet may have begun since the vote left.</summary>
    private void IsolateUnlessQuiet(NodeId id)
    {
        if (IsActive && !_isQuiet)
        {
            Isolate(_world.Find(id)!);
        }
    }
}
