using RaftKv.Core.Consensus;

namespace RaftKv.Tests.Simulation;

/// <summary>
/// Anyone who runs the cluster: adds servers, makes them voters, takes others out, and replaces a server whose disk was lost by
/// a new one under a new id. It only knows what a leader tells it, which may be old or taken back.
/// </summary>
internal sealed class Operator(World world)
{
    private const int FewestVoters = 3;

    private readonly bool _isBusy = world.Chance.OneIn(2);
    private readonly bool _isHasty = world.Chance.OneIn(2);
    private readonly bool _writesLists = world.Chance.OneIn(2) && world.Options.Faults.HasFlag(FaultKinds.ChangingLists);
    private readonly bool _replacesAll = world.Chance.OneIn(2);

    /// <summary>The cluster's file: its members as far as the operator was told.</summary>
    private List<NodeId> _listed = [.. world.Plan.Voters];
    private SimServer? _leftBehind;

    public void Start()
    {
        world.After(world.Chance.Milliseconds(1000, 8000), Act);
        if (_writesLists && _replacesAll)
        {
            world.After(world.Chance.Milliseconds(500, 3000), LeaveBehind);
        }
    }

    /// <summary>The voters of the list that a server is started with: those who were there at the cluster's start and still are.</summary>
    public IReadOnlyList<NodeId> VotersFor(SimServer server)
    {
        if (!_writesLists || server.Epoch == 0)
        {
            return world.Plan.Voters;
        }

        // A list in which others joined names no voters to those who were there before, but for the bug that trusts it at every start.
        var namesVoters = _listed.TrueForAll(world.Plan.Voters.Contains) || server.HasJoined || world.Options.Bug.Port == PortFault.TakeListAtEveryStart;
        var voters = namesVoters ? _listed.Where(world.Plan.Voters.Contains).ToList() : [];
        world.Totals.Add(Happening.ChangedList, voters.Count < world.Plan.Voters.Count ? 1 : 0);
        return voters;
    }

    /// <summary>Everyone on that list.</summary>
    public IEnumerable<NodeId> ListedFor(SimServer server) => _writesLists && server.Epoch > 0 ? _listed : world.Plan.Voters;

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
                world.AddServer(member.Id, member.Incarnation);
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

    /// <summary>
    /// Those who were removed, do not know it and campaign without asking first can depose each new leader, for as long as
    /// they run and by chance: nothing that Raft has keeps them from it but pre-vote (thesis 4.2.3, 9.6).
    /// </summary>
    /// <returns>Whether there were any.</returns>
    public bool TakeDownThoseWhoDisturb()
    {
        var any = false;
        var committed = world.Judge.Configuration;
        foreach (var server in world.Servers)
        {
            if (server.Raft is { Options.PreVote: false } && server.Id <= committed.HighestId && committed.Find(server.Id) is null)
            {
                server.Retire();
                any = true;
            }
        }

        return any;
    }

    private void Act()
    {
        if (!world.Nemesis.IsActive)
        {
            return;
        }

        Tidy();
        _listed = world.Leader is { } told ? [.. told.Raft!.CommittedConfiguration.Configuration.Members.Select(m => m.Id)] : _listed;
        if (_leftBehind is not null && !_listed.Exists(id => world.Plan.Voters.Contains(id) && id != _leftBehind.Id))
        {
            Fetch();
        }

        var leader = world.Chance.OneIn(8) ? world.Chance.Pick(world.Servers) : world.Leader;
        if (leader?.Raft is { } raft && Choose(raft) is { } change)
        {
            leader.Change(change, TakeEnd);
            if (_isHasty && world.Chance.OneIn(2) && Choose(raft) is { } another)
            {
                leader.Change(another, TakeEnd);
            }
        }

        world.After(world.Chance.Milliseconds(100, _leftBehind is not null ? 700 : _isBusy ? 2000 : 12_000), Act);
    }

    /// <summary>One server stands aside while all others that were there at the beginning are replaced.</summary>
    private void LeaveBehind()
    {
        var server = world.Chance.Pick(world.Servers);
        if (world.Nemesis.IsActive && server.IsUp && server != world.Leader)
        {
            _leftBehind = server;
            server.Crash(losesPower: false);
            server.IsHeldDown = true;
            world.After(TimeSpan.FromSeconds(35), Fetch);
        }
    }

    private void Fetch()
    {
        if (_leftBehind is { } server)
        {
            _leftBehind = null;
            server.IsHeldDown = false;
            server.Start();
        }
    }

    private AddLearner NewLearner() => new("", Incarnation: world.Plan.ListsIncarnations ? world.NextIncarnation() : 0);

    private MembershipChange? Replace(Configuration configuration)
    {
        var learner = configuration.Members.FirstOrDefault(m => !m.IsVoter);
        var old = configuration.Members.FirstOrDefault(m => world.Plan.Voters.Contains(m.Id) && m.Id != _leftBehind!.Id);
        return learner is not null ? new PromoteLearner(learner.Id)
            : configuration.Members.Count <= Math.Min(world.Plan.Voters.Count, 5) ? NewLearner()
            : old is not null ? new RemoveMember(old.Id)
            : null;
    }

    private MembershipChange? Choose(Raft raft)
    {
        if (_leftBehind is not null)
        {
            return Replace(raft.Configuration);
        }

        var configuration = raft.Configuration;
        var voters = configuration.Members.Where(m => m.IsVoter).ToList();
        var learners = configuration.Members.Where(m => !m.IsVoter).ToList();
        var lost = configuration.Members.FirstOrDefault(m => world.Find(m.Id) is { IsGone: true });
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

        // While one voter is lost for good, or may prove to be once its damaged disk was read, taking a healthy one out could leave too few.
        if (voters.Count > FewestVoters && lost is null && !world.Nemesis.IsAnyDamaged && (voters.Count > world.Plan.Voters.Count || world.Chance.OneIn(2)))
        {
            return new RemoveMember(world.Chance.OneIn(3) ? raft.Id : world.Chance.Pick(voters).Id);
        }

        return configuration.Members.Count <= world.Plan.Voters.Count + 1 ? NewLearner() : null;
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
