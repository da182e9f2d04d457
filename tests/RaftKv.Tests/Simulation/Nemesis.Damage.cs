using RaftKv.Core.Consensus;

namespace RaftKv.Tests.Simulation;

/// <summary>
/// Disks that are put back to an earlier moment while other faults go on. Until their servers hold again what they lost, or
/// stay down, only so many others fail beside them that damaged and unreachable ones are together no more than a cluster
/// survives: all its voters less a majority.
/// </summary>
internal sealed partial class Nemesis
{
    private static readonly TimeSpan Glance = TimeSpan.FromMilliseconds(50);

    private Damage? _damage;

    /// <param name="Servers">Whose disks were put back.</param>
    /// <param name="Weak">Who may fail beside them.</param>
    /// <param name="Whole">A server that has committed up to here holds all that was lost, or what replaced it.</param>
    /// <param name="Term">The newest term then: anyone who is in it, or a later one, cannot give again a vote that it gave before.</param>
    /// <param name="IsLimited">Whether only so many fail as the cluster survives.</param>
    private sealed record Damage(List<SimServer> Servers, HashSet<SimServer> Weak, LogIndex Whole, Term Term, bool IsLimited)
    {
        public bool IsWhole(Raft? raft) => raft?.CommitIndex >= Whole && raft.Term >= Term;
    }

    /// <summary>Whether a server's disk was put back, and it does not hold again what it lost.</summary>
    public bool IsDamaged(SimServer server) => _damage?.Servers.Contains(server) == true && server.Raft is { } raft && !_damage.IsWhole(raft);

    /// <summary>Whether disks were put back, as many as the cluster survives with the voters that it has and no more.</summary>
    public bool IsAnyDamaged => _damage is not null;

    /// <summary>Whether a server may become unreachable now.</summary>
    private bool MayFail(SimServer server) => _damage is not { IsLimited: true } damage || damage.Weak.Contains(server) || damage.Servers.Contains(server);

    private void Hit(SimServer server, Action<SimServer> fault)
    {
        if (MayFail(server))
        {
            fault(server);
        }
    }

    private Action UnlessDamaged(Action fault) => () =>
    {
        if (_damage is not { IsLimited: true })
        {
            fault();
        }
    };

    /// <summary>Copies are taken now, and put back a while later.</summary>
    private void ForeseeDamage()
    {
        var servers = _world.Servers.Where(s => s.IsUp).ToList();
        var copies = new List<(SimServer Server, Action Restore)>();
        for (var count = _world.Plan.Voters.Count > 4 && Chance.OneIn(3) ? 2 : 1; count > 0 && servers.Count > 0; count--)
        {
            var server = Chance.Pick(servers);
            servers.Remove(server);
            copies.Add((server, server.Disk.Copy()));
        }

        Plan(Chance.Milliseconds(50, Chance.OneIn(2) ? 1500 : 8000), () => BeginDamage(copies, patience: 50));
    }

    private void BeginDamage(List<(SimServer Server, Action Restore)> copies, int patience)
    {
        var servers = copies.ConvertAll(c => c.Server);
        if (!IsActive || patience == 0 || _damage is not null)
        {
            return;
        }

        HealAll();
        var others = Ids.Select(id => _world.Find(id)!).Except(servers).ToList();
        var weak = Survivable() - servers.Count;
        if (weak < 0 || !others.Concat(servers).All(s => s.IsUp || s.IsGone) || !servers.TrueForAll(s => s.IsUp && s.Raft!.IsVoter))
        {
            _world.After(TimeSpan.FromMilliseconds(200), () => BeginDamage(copies, patience - 1));
            return;
        }

        var isLimited = !Chance.OneIn(5);
        _world.Totals.Add(Happening.DamageBeyondLimits, isLimited ? 0 : 1);
        OpenDamage(servers, [.. Enumerable.Range(0, weak).Select(_ => Chance.Pick(others))], isLimited);
        foreach (var (server, restore) in copies)
        {
            _world.Totals.Add(Happening.RolledBackAmidFaults);
            _world.Note(server.Id, "is put back to an earlier disk");
            server.Crash(losesPower: false);
            server.IsTamperedWith = true;
            restore();
            _world.After(Chance.Milliseconds(5, 600), () => Return(server));
            RestartAgain(server, Chance.Below(3));
        }
    }

    private void OpenDamage(List<SimServer> servers, HashSet<SimServer> weak, bool isLimited)
    {
        var newest = _world.Servers.Max(s => s.Raft?.LastEntry.Index ?? LogIndex.Zero);
        _damage = new Damage(servers, weak, newest, _world.Servers.Max(s => s.Raft?.Term ?? Term.Zero), isLimited);
        _world.After(Glance, EndDamage);
    }

    private void EndDamage()
    {
        if (_damage!.Servers.TrueForAll(s => s.IsGone || s.IsRetired || _damage.IsWhole(s.Raft)))
        {
            _damage = null;
        }
        else
        {
            _world.After(Glance, EndDamage);
        }
    }

    /// <summary>How many servers may fail at once, those that are gone already left out.</summary>
    private int Survivable()
    {
        var least = int.MaxValue;
        foreach (var server in _world.Servers)
        {
            if (server.Raft is { } raft)
            {
                var gone = raft.Configuration.Members.Count(m => m.IsVoter && _world.Find(m.Id) is not { IsUp: true, IsGone: false });
                least = Math.Min(least, raft.Configuration.VoterCount - raft.Majority - gone);
            }
        }

        return least;
    }

    /// <summary>It hears everyone at once, or for a moment the leader alone, everyone but the leader, or one alone.</summary>
    private void Return(SimServer server)
    {
        var leader = _world.Leader;
        var one = Chance.Below(4) switch { 0 => leader?.Id, 1 => Chance.Pick(Ids), _ => null };
        var last = one is null && Chance.OneIn(2) ? leader?.Id : null;
        if (one is { } first && first != server.Id)
        {
            Block((from, to) => (from == server.Id && to != first) || (to == server.Id && from != first));
        }
        else if (last is { } late)
        {
            Block((from, to) => (from == server.Id && to == late) || (to == server.Id && from == late));
        }

        server.Start();
        _world.After(Chance.Milliseconds(20, 250), Heal);
    }

    /// <summary>What a server learned at its first start it must still know at the next.</summary>
    private void RestartAgain(SimServer server, int times)
    {
        if (times > 0)
        {
            _world.After(Chance.Milliseconds(300, 2500), () =>
            {
                if (IsActive && _damage is not null)
                {
                    server.Crash(losesPower: Chance.OneIn(2));
                    server.StartLater(Chance.Milliseconds(5, 500));
                    RestartAgain(server, times - 1);
                }
            });
        }
    }
}
