using RaftKv.Core.Consensus;
using RaftKv.Core.Kv;
using RaftKv.Engine.Driver;
using RaftKv.Engine.Storage;

namespace RaftKv.Tests.Simulation;

/// <summary>The ports of the pump: what threads and sockets do in the executable is scheduled here.</summary>
internal sealed partial class SimServer : IInbox, ILogWriter, ILogReader, IApplier
{
    private static readonly TimeSpan FullDiskInterval = TimeSpan.FromMilliseconds(200);

    private readonly Queue<InputEvent> _inbox = new();
    private readonly Queue<LogReadResult> _reads = new();
    private readonly Queue<(IReadOnlyList<LogEntry> Entries, SnapshotMeta? Snapshot)> _toApply = new();
    private long _savedTo;
    private long _savedTaken;
    private LogIndex _appliedTaken;
    private bool _waitsForRoom;
    private bool _isWriting;
    private bool _isApplying;

    bool ILogWriter.IsDiskFull => _waitsForRoom;

    private void ForgetRequests()
    {
        _changes.Clear();
        _inbox.Clear();
        _reads.Clear();
        _toApply.Clear();
        _requests.Clear();
        _appended.Clear();
        (_savedTo, _savedTaken, _appliedTaken) = (0, 0, LogIndex.Zero);
        (_isWriting, _isApplying) = (false, false);
        _waitsForRoom = false;
    }

    bool IInbox.TryTake(out InputEvent inputEvent) => _inbox.TryDequeue(out inputEvent!);

    void ILogWriter.Write(in Save save)
    {
        world.Totals.Add(Happening.Truncation, save.TruncateFrom is null ? 0 : 1);
        _commit.Add(save);
        StartWriting();
    }

    private void StartWriting()
    {
        if (_isWriting || IsPaused)
        {
            return;
        }

        _isWriting = true;
        IReadOnlyList<Save> batch;
        try
        {
            batch = _commit.Write(_log!);
        }
        catch (DiskFullException)
        {
            WaitForRoom();
            return;
        }
        catch (Exception e) when (e is IOException or PowerFailure)
        {
            EndAfterDiskError(e);
            return;
        }

        if (batch.Count == 0)
        {
            _isWriting = false;
            return;
        }

        NoteTruncations(batch);
        var saveId = batch[^1].SaveId;
        var delay = world.Chance.Between(TimeSpan.FromMicroseconds(50), DiskDelay);
        var stall = StalledUntil - world.Now;
        Later(delay > stall ? delay : stall, () => EndWriting(saveId));
    }

    private void EndWriting(long saveId)
    {
        try
        {
            _log!.Flush();
        }
        catch (Exception e) when (e is IOException or PowerFailure)
        {
            EndAfterDiskError(e);
            return;
        }

        (_isWriting, _waitsForRoom) = (false, false);
        _savedTo = Math.Max(_savedTo, saveId);
        StartWriting();
        Turn();
    }

    /// <summary>The same batch again after a while, as the executable does; until then the core is told (P11).</summary>
    private void WaitForRoom()
    {
        if (!_waitsForRoom)
        {
            world.Totals.Add(Happening.WaitForRoom);
            world.Note(Id, "waits for room on its disk");
            _waitsForRoom = true;
            Later(TimeSpan.Zero, Turn);
        }

        Later(FullDiskInterval, () =>
        {
            _isWriting = false;
            StartWriting();
        });
    }

    /// <summary>An error of the disk ends the process, as in the executable; what was not flushed may be gone (P5).</summary>
    private void EndAfterDiskError(Exception error)
    {
        world.Note(Id, "stops", error.Message);

        // Not from within the pump's own turn, which still holds on to what this would take away.
        Later(TimeSpan.Zero, () =>
        {
            Crash(losesPower: true);
            StartLater(world.Chance.Milliseconds(100, 2000));
        });
    }

    bool ILogWriter.TryTakeCompletion(out long saveId)
    {
        saveId = _savedTo;
        var isNew = saveId > _savedTaken;
        _savedTaken = saveId;
        return isNew;
    }

    void ILogReader.Request(in LogRead read)
    {
        var wanted = read;
        Later(world.Chance.Between(TimeSpan.FromMicroseconds(50), DiskDelay), () =>
        {
            _reads.Enqueue(new LogReadResult(wanted.ReadId, _log!.Read(wanted.Range, wanted.MaxBytes)));
            Turn();
        });
    }

    bool ILogReader.TryTake(out LogReadResult result) => _reads.TryDequeue(out result);

    void IApplier.Apply(IReadOnlyList<LogEntry> entries)
    {
        _toApply.Enqueue((entries, null));
        StartApplying();
    }

    void IApplier.Restore(SnapshotMeta meta)
    {
        _toApply.Enqueue(([], meta));
        StartApplying();
    }

    private void StartApplying()
    {
        if (!_isApplying && !IsPaused && _toApply.Count > 0)
        {
            _isApplying = true;
            Later(world.Chance.Between(TimeSpan.FromMicroseconds(10), ApplyDelay), ApplyNext);
        }
    }

    private void ApplyNext()
    {
        _isApplying = false;
        if (IsPaused)
        {
            return;
        }

        var (entries, snapshot) = _toApply.Dequeue();
        if (snapshot is not null && !_toApply.Any(a => a.Snapshot is not null))
        {
            Install(snapshot);
        }
        else if (_toApply.Any(a => a.Snapshot is not null))
        {
            // Skipped, as the executable does: a newer snapshot waits, and the file of this one may be gone.
            entries = [];
        }

        for (var i = 0; i < entries.Count; i++)
        {
            var entry = entries[i];
            var reply = _store.Apply(world.Options.Bug.Port == PortFault.SessionLimitsDiffer ? WithoutLimit(entry) : entry);
            world.Judge.Applied(Id, entry, reply, _store.View.StateHash);
            if (_appended.Remove(entry.Id.Index, out var waiting))
            {
                Answer(waiting.RequestId, waiting.Id == entry.Id ? new SimAnswer(SimOutcome.Done, reply ?? default, null, NodeId.None) : SimAnswer.Unknown);
            }
        }

        StartApplying();
        Turn();
    }

    bool IApplier.TryTakeCompletion(out LogIndex index)
    {
        index = _store.Applied;
        var isNew = index > _appliedTaken;
        _appliedTaken = index;
        return isNew;
    }

    /// <summary>A command as it was before it said how many sessions are kept: each server then goes by its own limit.</summary>
    private static LogEntry WithoutLimit(in LogEntry entry) =>
        entry.Kind == EntryKind.Command && CommandCodec.Decode(entry.Payload) is { MaxSessions: > 0 } command
            ? entry with { Payload = CommandCodec.Encode(command with { MaxSessions = 0 }) }
            : entry;
}
