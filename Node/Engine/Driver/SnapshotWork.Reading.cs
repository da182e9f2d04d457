using RaftKv.Core.Consensus;
using RaftKv.Engine.Storage;

namespace RaftKv.Engine.Driver;

/// <summary>Reads snapshots for servers that are far behind. One that cannot be read is as bad as one that is damaged: another is made.</summary>
public sealed partial class SnapshotWork
{
    private void ReadPart(in SnapshotRead read)
    {
        try
        {
            var part = store.ReadPart(read.Last, read.Offset, read.MaxBytes, out var total);
            _parts.Enqueue(new SnapshotReadResult(read.ReadId, part, total));
        }
        catch (Exception e) when (IsRefusal(e))
        {
            EndDamaged(read, $"The snapshot {store.PathOf(read.Last)} cannot be read: {e.Message}");
        }
    }

    private void EndDamaged(in SnapshotRead read, string fault)
    {
        store.MarkDamaged(read.Last);
        _parts.Enqueue(new SnapshotReadResult(read.ReadId, default, 0, fault));
    }

    /// <summary>Reads a piece of what is to be sent for the first time; only once all was found to be right a part is given out.</summary>
    private bool CheckMore()
    {
        if (_check is null)
        {
            if (!_toCheck.TryDequeue(out _checkedFor))
            {
                return false;
            }

            _check = new SnapshotCheck(store, _checkedFor.Last);
        }

        if (HasMore(_check))
        {
            if (++_checkedPieces % PiecesPerSign == 0)
            {
                _answers.Enqueue(new SnapshotChecked(_checkedFor.Last));
            }

            return true;
        }

        if (_check.Fault is { } fault)
        {
            EndDamaged(_checkedFor, fault);
        }
        else
        {
            ReadPart(_checkedFor);
        }

        _check = null;
        return true;
    }

    private static bool HasMore(SnapshotCheck check)
    {
        try
        {
            return check.ReadMore();
        }
        catch (Exception e) when (IsRefusal(e))
        {
            check.Fail(e.Message);
            return false;
        }
    }
}
