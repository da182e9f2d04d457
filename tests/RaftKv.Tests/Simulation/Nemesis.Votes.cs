using RaftKv.Core.Consensus;

namespace RaftKv.Tests.Simulation;

/// <summary>
/// Faults around a vote. A candidate reaches just as many others as it needs; once one of them has voted it loses its
/// power, or only the candidate, and those who never heard of the candidate ask it for the same term. Anyone who forgets
/// its vote, or never wrote it down, elects a second leader of one term.
/// </summary>
internal sealed partial class Nemesis
{
    private readonly int _splitsVotes;
    private readonly bool _losesVotes;
    private (SimServer Voter, Action Restore)? _voteToLose;
    private (NodeId Candidate, Term Term, HashSet<NodeId> Electors)? _split;

    /// <summary>A server asks for votes from now on.</summary>
    public void SeeCandidate(SimServer candidate)
    {
        if (!IsActive || IsQuiet || _damage is not null || _splitsVotes == 0 || !Chance.OneIn(_splitsVotes))
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
        _voteToLose = null;
        if (_losesVotes && Chance.OneIn(2))
        {
            ForeseeLostVote(candidate, electors);
        }

        Block((from, to) => (from == id && !electors.Contains(to)) || (to == id && !electors.Contains(from)));
        _world.After(Chance.Milliseconds(1000, 3000), Heal);
    }

    /// <summary>A vote leaves a server.</summary>
    public void SeeVote(VoteResponse vote)
    {
        if (!IsActive || IsQuiet || _split is not { } split || split.Candidate != vote.To || split.Term != vote.Term || !split.Electors.Contains(vote.From))
        {
            return;
        }

        if (_voteToLose is { } lost)
        {
            LoseVote(lost.Voter, lost.Restore, vote);
            return;
        }

        _split = null;
        var voter = _world.Find(vote.From)!;
        if (Chance.OneIn(3))
        {
            HoldVote(voter, vote);
            return;
        }

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

    /// <summary>Before a vote is asked for, the disk of one who will give it is copied; its term must be lost with the vote, or it cannot be noticed.</summary>
    private void ForeseeLostVote(SimServer candidate, HashSet<NodeId> electors)
    {
        var voter = _world.Find(Chance.Pick([.. electors]))!;
        if (voter.IsUp && voter.Raft!.Term < candidate.Raft!.Term && Survivable() >= 1 && _world.Servers.TrueForAll(s => s.IsUp || s.IsGone || s.IsRetired))
        {
            _voteToLose = (voter, voter.Disk.Copy());
        }
    }

    /// <summary>The voter comes back twice without its vote, while those who did not hear of the candidate may ask it for the same term.</summary>
    private void LoseVote(SimServer voter, Action restore, VoteResponse vote)
    {
        if (vote.From != voter.Id)
        {
            return;
        }

        (_split, _voteToLose) = (null, null);
        _world.After(TimeSpan.FromMicroseconds(_world.Plan.LongestDelayMicroseconds), () =>
        {
            if (!IsActive || _damage is not null || !voter.IsUp || Survivable() < 1)
            {
                return;
            }

            _world.Totals.Add(Happening.LostVote);
            _world.Note(voter.Id, "is put back to before it voted for", vote);
            var candidate = _world.Find(vote.To)!;
            OpenDamage([voter], Survivable() >= 2 ? [candidate] : [], isLimited: true);
            voter.Crash(losesPower: false);
            voter.IsTamperedWith = true;
            restore();
            voter.StartLater(Chance.Milliseconds(1, 30));
            _world.After(Chance.Milliseconds(10, 100), () => RestartOnceItVotes(voter, candidate, patience: 200));
        });
    }

    private void RestartOnceItVotes(SimServer voter, SimServer candidate, int patience)
    {
        if (!IsActive || patience == 0 || voter.IsGone)
        {
            return;
        }

        if (voter.Raft is { MayVote: true })
        {
            voter.Crash(losesPower: false);
            voter.StartLater(Chance.Milliseconds(1, 20));
            if (_damage?.Weak.Contains(candidate) == true)
            {
                candidate.Crash(losesPower: false);
                candidate.StartLater(Chance.Milliseconds(500, 2000));
            }

            return;
        }

        _world.After(TimeSpan.FromMilliseconds(5), () => RestartOnceItVotes(voter, candidate, patience - 1));
    }

    /// <summary>A damaged disk is a fault that comes alone: quiet may have begun since the vote left.</summary>
    private void IsolateUnlessQuiet(NodeId id)
    {
        if (IsActive && !IsQuiet && MayFail(_world.Find(id)!))
        {
            Isolate(_world.Find(id)!);
        }
    }
}
