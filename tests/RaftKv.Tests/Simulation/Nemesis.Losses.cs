using RaftKv.Core.Consensus;
using RaftKv.Engine.Storage;

namespace RaftKv.Tests.Simulation;

/// <summary>Files that are gone: a whole data directory, of which an agent makes another, or a log without its leftovers.</summary>
internal sealed partial class Nemesis
{
    private bool PlansLoss()
    {
        var losesDirectory = Draws(FaultKinds.NewIdentity, 3);
        var losesSegments = Draws(FaultKinds.LostSegments, 4);
        var rots = Draws(FaultKinds.RotInUse, 3);
        if (losesDirectory)
        {
            Plan(Chance.Milliseconds(3000, 30_000), LoseDirectory);
        }
        else if (losesSegments)
        {
            Plan(Chance.Milliseconds(3000, 30_000), LoseSegments);
        }
        else if (rots)
        {
            Plan(Chance.Milliseconds(3000, 40_000), RotInUse);
        }

        return losesDirectory || losesSegments || rots;
    }

    /// <summary>
    /// So many servers are away as a majority can spare, while the others go on; then all stop, one of the others loses its
    /// directory, and it comes back with those that were away, a majority by their ids, before the rest.
    /// </summary>
    private void LoseDirectory()
    {
        var voters = _world.Servers.Where(s => s.IsUp && s.Raft!.IsVoter && s.Raft.DurableIndex > LogIndex.Zero).ToList();
        if (!IsActive || voters.Count < 3 || Survivable() < 1)
        {
            return;
        }

        Heal();
        var lost = Chance.Pick(voters);
        var away = new HashSet<SimServer>();
        for (voters.Remove(lost); away.Count < Math.Min(Survivable(), voters.Count);)
        {
            away.Add(Chance.Pick(voters));
        }

        foreach (var server in away)
        {
            server.Crash(losesPower: false);
            server.StartLater(TimeSpan.FromSeconds(3));
        }

        _world.After(Chance.Milliseconds(300, 2500), () =>
        {
            if (IsActive && lost.IsUp && _world.Servers.TrueForAll(s => s == lost || s.IsGone || s.Knows(lost)))
            {
                ComeBackWithout(lost, away);
            }
        });
    }

    private void ComeBackWithout(SimServer lost, HashSet<SimServer> away)
    {
        foreach (var server in _world.Servers)
        {
            server.Crash(losesPower: false);
            server.StartLater(server == lost || away.Contains(server) ? TimeSpan.Zero : Chance.Milliseconds(1500, 5000));
        }

        _world.Totals.Add(Happening.NewIdentity);
        _world.Note(lost.Id, "comes back with a new data directory");
        lost.LoseDirectory();
        away.ToList().ForEach(s => s.Start());
    }

    /// <summary>The segments are gone and some other file of the log is not.</summary>
    private void LoseSegments()
    {
        var server = Chance.Pick(_world.Servers);
        if (!IsActive || !server.IsUp || Survivable() < 1)
        {
            return;
        }

        _world.Totals.Add(Happening.LostSegments);
        _world.Note(server.Id, "loses the segments of its log");
        server.Crash(losesPower: false);
        server.Disk.Calm();
        server.Disk.Wipe(SimServer.LogPath);
        var leftover = Path.Combine(SimServer.LogPath, Chance.OneIn(2) ? LogFormat.NameOf(7) + LogFormat.UnfinishedExtension : "lost+found");
        server.Disk.Create(leftover).Flush();
        server.IsTamperedWith = true;
        server.RefusesItsDisk = true;
        server.StartLater(Chance.Milliseconds(10, 1000));
    }

    /// <summary>A follower is away until the log that it needs is gone; then the leader's snapshot rots, of which it needs all.</summary>
    private void RotInUse()
    {
        var follower = Chance.Pick(_world.Servers);
        if (IsActive && follower.IsUp && follower != _world.Leader && Survivable() > 0 && !_world.Servers.Exists(s => s.IsHeldDown))
        {
            var last = follower.Raft!.LastEntry.Index;
            follower.Crash(losesPower: false);
            follower.IsHeldDown = true;
            RotOnceNeeded(follower, last, patience: 200);
        }
    }

    private void RotOnceNeeded(SimServer follower, LogIndex last, int patience)
    {
        var isOver = !IsActive || patience == 0;
        if (!isOver && (_world.Leader is not { } leader || leader.Raft!.FirstIndex <= last || leader.Raft.Snapshot is null))
        {
            _world.After(TimeSpan.FromMilliseconds(100), () => RotOnceNeeded(follower, last, patience - 1));
            return;
        }

        if (!isOver)
        {
            var newest = _world.Leader!.Raft!.Snapshot!.Last;
            _world.Totals.Add(Happening.SnapshotRotInUse);
            _world.Note(_world.Leader.Id, "has a snapshot that rots", newest);
            _world.Leader.Disk.RotFile(Chance, Path.Combine(SimServer.SnapshotPath, SnapshotFormat.NameOf(newest)));
            _world.Leader.IsTamperedWith = true;
            _world.After(TimeSpan.FromMilliseconds(100), Rest);
        }

        follower.IsHeldDown = false;
        follower.Start();
    }
}
