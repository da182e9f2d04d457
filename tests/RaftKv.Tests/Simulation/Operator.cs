using RaftKv.Core.Consensus;

namespace RaftKv.Tests.Simulation;

/// <summary>
/// Whoever runs the cluster: adds servers, makes them voters, takes others out, and replaces a server whose disk was lost by
/// a new one under a new id. It only knows what a leader tells it, which may be old or taken back.
/// </summary>
internal sealed class Operator(World world)
{
    private const int FewestVoters = 3;

    private readonly bool _isBusy = world.Chance.OneIn(2);
    private readonly bool _isHasty = world.Chance.OneIn(2);

    public void Start() => world.After(world.Chance.Milliseconds(1000, 8000), Act);

    /// <summary>Starts servers that belong to the cluster and are not there yet, and ends those that were removed.</summary>
    public void Tidy()
    {
        if (world.Leader is not { } leader)
        {
            return;
        }

        var (_, committed) = leader.Raft!.CommittedConfiguration;
        foreach (var member in committed.Members)
        {
            if (world.Find(member.Id) is null)
            {
                world.AddServer(member.Id);
            }
        }

        foreach (var server in world.Servers)
        {
            // A removed server may go on for a while and must not disturb anyone (E16).
            if (server.Id <= committed.HighestId && committed.Find(server.Id) is null && (!world.Nemesis.IsActive || world.Chance.OneIn(4)))
            {
                server.Retire();
            }
        }
    }

    private void Act()
    {
        if (!world.Nemesis.IsActive)
        {
            return;
        }

        Tidy();
        var leader = world.Chance.OneIn(8) ? world.Chance.Pick(world.Servers) : world.Leader;
        if (leader?.Raft is { } raft && Choose(raft) is { } change)
        {
            leader.Change(change, TakeEnd);
            if (_isHasty && world.Chance.OneIn(2) && Choose(raft) is { } another)
            {
                leader.Change(another, TakeEnd);
            }
        }

        world.After(world.Chance.Milliseconds(100, _isBusy ? 2000 : 12_000), Act);
    }

    private MembershipChange? Choose(Raft raft)
    {
        var configuration = raft.Configuration;
        var voters = configuration.Members.Where(m => m.IsVoter).ToList();
        var learners = configuration.Members.Where(m => !m.IsVoter).ToList();
        var lost = configuration.Members.FirstOrDefault(m => world.Find(m.Id) is { IsLost: true });
        if (lost is not null && (!lost.IsVoter || voters.Count > FewestVoters) && world.Chance.OneIn(2))
        {
            return new RemoveMember(lost.Id);
        }

        if (learners.Count > 0 && !world.Chance.OneIn(6))
        {
            return new PromoteLearner(world.Chance.Pick(learners).Id);
        }

        if (learners.Count > 0 && world.Chance.OneIn(3))
        {
            return new RemoveMember(world.Chance.Pick(learners).Id);
        }

        // While one voter is lost for good, taking a healthy one out could leave too few.
        if (voters.Count > FewestVoters && lost is null && (voters.Count > world.Plan.Voters.Count || world.Chance.OneIn(2)))
        {
            return new RemoveMember(world.Chance.OneIn(3) ? raft.Id : world.Chance.Pick(voters).Id);
        }

        return configuration.Members.Count <= world.Plan.Voters.Count + 1 ? new AddLearner("") : null;
    }

    private void TakeEnd(MembershipEnded ended)
    {
        if (ended.Outcome == MembershipOutcome.Done)
        {
            world.Totals.Add(Happening.MembershipChange);
        }
        else
        {
            world.Totals.Add(Happening.MembershipRefusal);
        }
    }
}
