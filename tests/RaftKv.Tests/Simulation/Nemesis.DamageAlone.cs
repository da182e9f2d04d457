using RaftKv.Core.Consensus;

namespace RaftKv.Tests.Simulation;

/// <summary>A disk that lost or changed what it held, while all others are well.</summary>
internal sealed partial class Nemesis
{
    /// <summary>
    /// In some seeds one disk forgets or changes what it held, which its server must notice. That is one of the faults that
    /// a cluster survives if it comes alone: what the server lost is known to the server that led, so all others are well meanwhile.
    /// </summary>
    private void PlanDamageAlone()
    {
        if (Chance.OneIn(4))
        {
            return;
        }

        var server = Chance.Pick(_world.Servers);
        var kind = Chance.Below(20);
        _world.After(Chance.Milliseconds(5000, 35_000), () =>
        {
            if (kind < 8)
            {
                var restore = server.Disk.Copy();
                Plan(Chance.Milliseconds(1000, 10_000), () => BeginDamage(server, Happening.RolledBackDisk, restore, 50));
            }
            else if (kind < 12)
            {
                Plan(TimeSpan.Zero, () => BeginDamage(server, Happening.BitRot, () => server.Disk.Rot(Chance, SimServer.LogPath), 50));
            }
            else if (kind < 16)
            {
                Plan(TimeSpan.Zero, () => BeginDamage(server, Happening.SnapshotRot, () => RotSnapshot(server), 50));
            }
            else
            {
                Plan(TimeSpan.Zero, () => BeginDamage(server, Happening.WipedDisk, () => server.Disk.Wipe(SimServer.LogPath), 50));
            }
        });
    }

    /// <summary>A bit of a snapshot turns over; of the newest, on which the server relies, it must notice at once.</summary>
    private void RotSnapshot(SimServer server)
    {
        var names = server.Disk.List(SimServer.SnapshotPath).Where(n => n.EndsWith(".snap", StringComparison.Ordinal)).ToList();
        if (names.Count == 0)
        {
            return;
        }

        var name = Chance.OneIn(3) ? names[0] : names[^1];
        server.Disk.RotFile(Chance, Path.Combine(SimServer.SnapshotPath, name));
        server.RefusesItsDisk = name == names[^1];
    }

    private void BeginDamage(SimServer server, Happening kind, Action damage, int patience)
    {
        if (IsActive && _world.Leader == server)
        {
            server.HandOver(NodeId.None);
        }

        if (!IsActive || patience == 0)
        {
            _isAlone = false;
            return;
        }

        if (!_isAlone)
        {
            _isAlone = true;
            HealAll();
        }

        if (!IsServing(server) || _world.SomeoneStandsStill
            || _world.Servers.Any(s => !s.IsRetired && s.Raft is not { MayVote: true }))
        {
            _world.After(TimeSpan.FromMilliseconds(200), () => BeginDamage(server, kind, damage, patience - 1));
            return;
        }

        _world.Totals.Add(kind);
        _world.Note(server.Id, "is damaged", kind);
        server.Crash(losesPower: false);
        server.IsTamperedWith = true;
        damage();
        _world.After(Chance.Milliseconds(10, 300), () => StartDamaged(server));
    }

    /// <summary>Whether a leader counts on the server, so that losing it is one fault and no more.</summary>
    private bool IsServing(SimServer server) =>
        _world.Leader is { } leader && leader != server && leader.Raft!.CommittedConfiguration.Configuration.Find(server.Id) is { IsVoter: true };

    /// <summary>
    /// The server comes back and first of all hears of the leader alone: if it holds less than the leader saw it
    /// acknowledge, it must not go on (P7); with a tail that was cut off, not vote before it holds all that again (P4).
    /// </summary>
    private void StartDamaged(SimServer server)
    {
        var leader = _world.Leader;
        if (leader is not null && leader != server)
        {
            Block((from, to) => (from == server.Id && to != leader.Id) || (to == server.Id && from != leader.Id));
        }

        var known = leader?.Raft!.Peers.FirstOrDefault(p => p.Id == server.Id);
        var isMissing = known is not null && known.Acknowledged.Term == leader!.Raft!.Term;
        var term = leader?.Raft!.Term;
        server.Start();
        var acknowledged = known?.Acknowledged.Index ?? default;
        isMissing &= server.Raft is { } raft && (raft.Term < term || raft.LastEntry.Index < acknowledged);
        _world.After(TimeSpan.FromMilliseconds(500), () =>
        {
            // Anyone who removed it does not answer it: it stays out of elections, but cannot know of its loss.
            var isSettled = !isMissing || leader!.Raft?.Role != Role.Leader || leader.Raft.Term != term || leader.Raft.Peers.All(p => p.Id != server.Id);
            Judge.Require(isSettled || server.IsLost || server.Raft!.LastEntry.Index >= acknowledged || (server.KnowsOfTornTail && !server.Raft.MayVote),
                $"{server.Id} notices that its disk lost what {leader?.Id} saw it acknowledge, up to {acknowledged}");
            Heal();
        });
        _world.After(TimeSpan.FromSeconds(3), () => _isAlone = false);
    }
}
