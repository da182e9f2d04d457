using RaftKv.Core.Consensus;
using RaftKv.Engine.Driver;
using RaftKv.Engine.Storage;

namespace RaftKv.Tests.Simulation;

/// <summary>The work on snapshots, one piece after the other, each taking its time.</summary>
internal sealed partial class SimServer
{
    public const string SnapshotPath = "/data/snapshots";

    /// <summary>Small, so that a snapshot is written in several pieces and the power may fail between them.</summary>
    private const int SnapshotPieceBytes = 4096;

    private SnapshotStore? _snapshotFiles;
    private SnapshotWork? _snapshots;
    private bool _isWorkPlanned;

    private void StartSnapshots(SnapshotStore files)
    {
        _snapshotFiles = files;
        _isWorkPlanned = false;
        _snapshots = new SnapshotWork(files, () => _store.View, PlanWork) { Fault = world.Options.Bug.Snapshot };
    }

    private void PlanWork()
    {
        if (!_isWorkPlanned)
        {
            _isWorkPlanned = true;
            Later(world.Chance.Between(TimeSpan.FromMicroseconds(50), DiskDelay), WorkOnSnapshots);
        }
    }

    private void WorkOnSnapshots()
    {
        _isWorkPlanned = false;
        if (IsPaused)
        {
            _isWorkPlanned = true;
            Later(TimeSpan.FromMilliseconds(20), WorkOnSnapshots);
            return;
        }

        try
        {
            if (_snapshots!.Work())
            {
                PlanWork();
                Turn();
            }
            else if (_snapshots.WaitsForRoom)
            {
                _isWorkPlanned = true;
                Later(FullDiskInterval, WorkOnSnapshots);
            }
        }
        catch (Exception e) when (e is IOException or PowerFailure)
        {
            EndAfterDiskError(e);
        }
    }

    /// <summary>Someone asks for a snapshot now.</summary>
    public void TakeCheckpoint()
    {
        if (IsUp)
        {
            _inbox.Enqueue(new TakeCheckpoint(++_requestId));
            TurnSoon();
        }
    }

    private void Install(SnapshotMeta snapshot)
    {
        var (_, view) = _snapshotFiles!.Load(snapshot.Last);
        Restore(view);
        world.Totals.Add(Happening.SnapshotInstalled);
        world.Judge.CheckView(view);
        foreach (var (index, waiting) in _appended.Where(a => a.Key <= snapshot.Last.Index).ToList())
        {
            _appended.Remove(index);
            Answer(waiting.RequestId, SimAnswer.Unknown);
        }
    }
}
