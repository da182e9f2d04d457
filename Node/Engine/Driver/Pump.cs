using RaftKv.Core.Consensus;

namespace RaftKv.Engine.Driver;

/// <summary>
/// Drives the core over its ports: takes what came in, lets the core decide once, and carries out what it decided. It
/// never blocks or sleeps, and is given its clock, so the simulator runs this very class. Called only from one thread.
/// </summary>
public sealed class Pump
{
    private readonly Raft _raft;
    private readonly PumpPorts _ports;
    private readonly PumpOptions _options;
    private readonly EntryCache _cache;
    private readonly AppendDispatch _appends;
    private readonly ApplyDispatch _applies;
    private readonly SnapshotDispatch _snapshots;
    private readonly Queue<(long SaveId, Message Message)> _held = new();
    private readonly List<InputEvent> _taken = [];
    private long _durableSave;
    private bool _diskIsFull;

    /// <summary>Connects a core to its ports.</summary>
    /// <param name="raft">The core, called by no one else from now on.</param>
    /// <param name="ports">The ports.</param>
    /// <param name="options">The limits.</param>
    /// <param name="applied">How far the state machine is already.</param>
    public Pump(Raft raft, PumpPorts ports, PumpOptions options, LogIndex applied)
    {
        _raft = raft;
        _ports = ports;
        _options = options;
        _cache = new EntryCache(options.EntryCacheBytes);
        _appends = new AppendDispatch(raft, ports.Transport, ports.LogReader, _cache, options.LostAppendInterval);
        _applies = new ApplyDispatch(ports.Applier, ports.LogReader, _cache, options, applied);
        _snapshots = new SnapshotDispatch(raft, ports, options, _applies);
    }

    /// <summary>When to call <see cref="Turn"/> even if nothing comes in.</summary>
    public Instant NextDeadline => IsHalted ? Instant.Never : _raft.NextDeadline;

    /// <summary>Whether the core refused to go on: nothing leaves this server any more.</summary>
    public bool IsHalted { get; private set; }

    /// <summary>
    /// Does all that can be done now. The clock is read once, after the inbox was emptied: a pause between the two would
    /// have a read judged by a lease that ran out before it came, and a follower's loyalty end before its leader counts
    /// on it (L4).
    /// </summary>
    /// <param name="clock">The monotonic clock; no reading is before an earlier one.</param>
    /// <returns>Whether anything was done: then there may be more to do at once.</returns>
    public bool Turn(Func<Instant> clock)
    {
        ArgumentNullException.ThrowIfNull(clock);
        if (IsHalted)
        {
            return false;
        }

        var before = Has(PumpFault.ReadClockFirst) ? clock() : (Instant?)null;
        EmptyInbox();
        var now = before ?? clock();
        var stepped = TakeCompletions(now);
        stepped |= TakeReads();
        stepped |= _snapshots.Take(now);
        stepped |= _appends.StepLost(now);
        stepped |= StepTaken(now);
        if (!stepped && now < _raft.NextDeadline)
        {
            return false;
        }

        _raft.Step(new Input(now, null));
        CarryOut(_raft.Drain());
        return true;
    }

    private bool TakeCompletions(Instant now)
    {
        var stepped = _ports.LogWriter.IsDiskFull != _diskIsFull;
        if (stepped)
        {
            _diskIsFull = !_diskIsFull;
            _raft.Step(new Input(now, new DiskFull(_diskIsFull)));
        }

        while (_ports.LogWriter.TryTakeCompletion(out var saveId))
        {
            _durableSave = saveId;
            _cache.MarkDurable(saveId);
            _raft.Step(new Input(now, new Saved(saveId)));
            stepped = true;
        }

        while (_ports.Applier.TryTakeCompletion(out var index))
        {
            _applies.Complete(index);
            _raft.Step(new Input(now, new Applied(index)));
            stepped = true;
        }

        return stepped;
    }

    private bool TakeReads()
    {
        var taken = false;
        while (_ports.LogReader.TryTake(out var result))
        {
            // Even ids are the applier's, odd ones the appends'.
            if (result.ReadId % 2 == 0)
            {
                _applies.Take(result);
            }
            else
            {
                _appends.Take(result);
            }

            taken = true;
        }

        return taken;
    }

    private void EmptyInbox()
    {
        while (_taken.Count < _options.MaxInputsPerTurn && _ports.Inbox.TryTake(out var inputEvent))
        {
            _taken.Add(inputEvent);
        }
    }

    private bool StepTaken(Instant now)
    {
        foreach (var inputEvent in _taken)
        {
            if (inputEvent is TakeCheckpoint checkpoint)
            {
                _snapshots.Request(checkpoint);
            }
            else
            {
                _raft.Step(new Input(now, inputEvent));
            }
        }

        var any = _taken.Count > 0;
        _taken.Clear();
        return any;
    }

    private void CarryOut(Effects effects)
    {
        if (effects.Halt is { } reason)
        {
            IsHalted = true;
            _held.Clear();
            _ports.Observer.Halted(reason);
            return;
        }

        if (effects.RoleChange is { Role: Role.Leader } won)
        {
            // A server that hears of the new leader from its first message finds that it says so itself.
            _ports.Observer.Changed(won);
        }

        if (effects.SaveId != 0)
        {
            // The disk begins first, the network works beside it (thesis 10.2.1).
            var save = effects.ToSave();
            _cache.Add(save);
            _ports.LogWriter.Write(save);
            _durableSave = Has(PumpFault.AnswerBeforeSave) ? effects.SaveId : _durableSave;
        }

        Send(effects);
        Tell(effects);
        if (effects.Install is { } install)
        {
            _applies.Install(install);
        }

        if (effects.Apply is { } range)
        {
            _applies.Extend(range);
        }

        _applies.Advance();
        _snapshots.CarryOut(effects);
    }

    private void Send(Effects effects)
    {
        SendWhatIsDurable();
        foreach (var message in effects.Messages)
        {
            _ports.Transport.TrySend(message);
        }

        _appends.SendReady();
        foreach (var send in effects.Sends)
        {
            _appends.Send(send);
        }

        foreach (var message in effects.MessagesAfterSave)
        {
            SendOrHold(effects.RequiredSaveId, message);
        }
    }

    private void SendWhatIsDurable()
    {
        while (_held.TryPeek(out var held) && held.SaveId <= _durableSave)
        {
            _ports.Transport.TrySend(_held.Dequeue().Message);
        }
    }

    private void SendOrHold(long requiredSaveId, Message message)
    {
        if (requiredSaveId <= _durableSave)
        {
            _ports.Transport.TrySend(message);
        }
        else
        {
            _held.Enqueue((requiredSaveId, message));
        }
    }

    private void Tell(Effects effects)
    {
        var observer = _ports.Observer;
        foreach (var appended in effects.Appended)
        {
            observer.Appended(appended);
        }

        foreach (var refused in effects.Refused)
        {
            observer.Refused(refused);
        }

        foreach (var ready in effects.ReadsReady)
        {
            observer.Ready(ready);
        }

        foreach (var refused in effects.ReadsRefused)
        {
            observer.Refused(refused);
        }

        foreach (var ended in effects.Transfers)
        {
            observer.Ended(ended);
        }

        foreach (var ended in effects.Memberships)
        {
            observer.Ended(ended);
        }

        if (effects.WentOn is { } how)
        {
            observer.WentOn(how);
        }

        if (effects.Configuration is { } configuration)
        {
            observer.Changed(configuration);
        }

        if (effects.RoleChange is { } change && change.Role != Role.Leader)
        {
            observer.Changed(change);
        }
    }

    private bool Has(PumpFault fault) =>
#if RAFTKV_TEST_FAULTS
        _options.Fault == fault;
#else
        _options is null && fault == PumpFault.None;
#endif
}
