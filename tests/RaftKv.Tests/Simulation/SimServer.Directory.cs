using RaftKv.Core.Consensus;
using RaftKv.Core.Kv;
using RaftKv.Engine.Faults;
using RaftKv.Engine.Storage;

namespace RaftKv.Tests.Simulation;

/// <summary>What lies in the data directory: how it is made, lost, and read at a start.</summary>
internal sealed partial class SimServer
{
    public const string DataPath = "/data";
    public const string LogPath = "/data/log";
    private const string ClusterId = "00000000000000000000000000000001";

    private Configuration? _first;
    private PeerRegistry? _peers;

    /// <summary>The number of its data directory; of the last one that it had, while it is down.</summary>
    public ulong Incarnation { get; private set; }

    /// <summary>Makes the data directory, as an agent does before it starts a server.</summary>
    public void Prepare(ulong incarnation) =>
        Incarnation = NodeIdentity.Create(_platter, DataPath, ClusterId, Id.Value, incarnation).Incarnation;

    /// <summary>The data directory goes, and an agent makes another one under the old id.</summary>
    public void LoseDirectory()
    {
        _platter.Calm();
        _platter.Wipe(LogPath);
        _platter.Wipe(SnapshotPath);
        _platter.Wipe(DataPath);
        Prepare(world.NextIncarnation());
        IsImpostor = true;
    }

    /// <summary>Whether it would know another data directory of a server from the one that it met.</summary>
    public bool Knows(SimServer other) =>
        _peers is { } peers && peers.Judge(other.Id, other.Incarnation).Kind == AdmissionKind.Admitted
        && peers.Judge(other.Id, ulong.MaxValue).Kind == AdmissionKind.Replaced;

    private WriteAheadLog OpenLog(RaftOptions options, out KvView? view)
    {
        IDisk disk = _platter;
        if (world.Plan.KillLosesUnsynced)
        {
            disk = _unsynced = new LoseUnsyncedOnKill(disk);
        }

        disk = world.Options.Bug.Port switch
        {
            PortFault.SkipFlush => new SkipFlush(disk),
            PortFault.SkipDirectoryFlush => new SkipFlush(disk, onlyDirectories: true),
            _ => disk,
        };
        var identity = NodeIdentity.Read(disk, DataPath);
        Incarnation = identity.Incarnation;
        DataDirectory.CheckStarted(disk, DataPath, identity);
        var snapshots = SnapshotStore.Open(disk, SnapshotPath, SnapshotPieceBytes);
        var newest = snapshots.LoadNewest();
        view = newest?.View;
        var forgetsPeers = world.Options.Bug.Port == PortFault.ForgetPeersAtRestart;
        _first = world.Options.Bug.Port == PortFault.TakeListAtEveryStart || forgetsPeers
            ? options.FirstMembership
            : FirstMembership.Settle(disk, DataPath, options.FirstMembership);
        _peers = PeerRegistry.Open(forgetsPeers ? new SimDisk(new Totals()) : disk, DataPath);
        var log = WriteAheadLog.Open(disk, LogPath, new WriteAheadLogOptions
        {
            SegmentBytes = world.Plan.SegmentBytes,
            Salt = identity.Incarnation,
        }, newest?.Meta);
        LogFiles.CheckTerms(log.Recovered, LogPath);
        StartSnapshots(snapshots);
        DataDirectory.MarkStarted(disk, DataPath);
        return log;
    }

    private RecoveredState Recovered(WriteAheadLog log)
    {
        var recovered = log.Recovered with { FirstMembership = _first };
        return world.Options.Bug.Port == PortFault.ForgetVoteAtRestart
            ? recovered with { HardState = recovered.HardState with { VotedFor = NodeId.None } }
            : recovered;
    }

    private void StartState(KvView? view)
    {
        if (world.Options.Bug.Port == PortFault.ApplyTwiceAfterCrash && _store.Applied > LogIndex.Zero)
        {
            return;
        }

        _store = new KvStore(world.Plan.MaxSessionsOf(Id));
        if (view is not null)
        {
            Restore(view);
        }
    }

    private void Restore(KvView view) =>
        _store.Restore(world.Options.Bug.Port == PortFault.SnapshotWithoutSessions ? view with { Sessions = Sessions.Empty } : view);
}
