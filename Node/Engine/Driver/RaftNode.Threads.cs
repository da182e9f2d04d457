using RaftKv.Core.Consensus;

namespace RaftKv.Engine.Driver;

/// <summary>The loop, and how the threads end together.</summary>
public sealed partial class RaftNode
{
    private static readonly Func<Instant> ReadClock = static () => MonotonicClock.Now;

    private readonly List<Message> _due = [];
    private bool _toldOfFullDisk;

    private void StartThreads()
    {
        _writer.Thread.Start();
        _reader.Thread.Start();
        _applier.Thread.Start();
        _snapshotThread?.Start();
        _pumpThread.Start();
    }

    private Instant? RunPump()
    {
        if (_faults is not null)
        {
            _faults.TakeDue(MonotonicClock.Now, _due);
            foreach (var message in _due)
            {
                _inbox.TryAdd(new MessageReceived(message));
            }

            _due.Clear();
        }

        var hasWorked = _pump.Turn(ReadClock);
        TellOfRoom();
        if (hasWorked)
        {
            _status = TakeStatus();
            return null;
        }

        return _faults is null || _pump.IsHalted || _pump.NextDeadline < _faults.NextDue ? _pump.NextDeadline : _faults.NextDue;
    }

    /// <summary>Once for each time that the disk is full. Where no handler is there yet, it is told once one is.</summary>
    private void TellOfRoom()
    {
        if (_writer.IsDiskFull != _toldOfFullDisk && RoomChanged is { } tell)
        {
            _toldOfFullDisk = !_toldOfFullDisk;
            tell(_toldOfFullDisk);
        }
    }

    private Instant? WorkOnSnapshots()
    {
        var hasWorked = _snapshotWork!.Work();
        if (_snapshotWork.Trouble != _toldOfSnapshots && (_toldOfSnapshots = _snapshotWork.Trouble) is { } refused)
        {
            // Once for each kind of refusal, not for each time that it is tried again.
            SnapshotRefused?.Invoke(refused);
        }

        if (!hasWorked)
        {
            return _snapshotWork.WaitsForRoom ? MonotonicClock.Now + TimeSpan.FromSeconds(1) : Instant.Never;
        }

        _pumpThread.Wake();
        return null;
    }

    private NodeStatus TakeStatus() => new()
    {
        Role = _raft.Role,
        Term = _raft.Term,
        Leader = _raft.Leader,
        CommitIndex = _raft.CommitIndex,
        AppliedIndex = _raft.AppliedIndex,
        Last = _raft.LastEntry,
        DurableIndex = _raft.DurableIndex,
        Configuration = _raft.Configuration,
        ConfigurationIndex = _raft.ConfigurationIndex,
        FirstIndex = _raft.FirstIndex,
        Snapshot = _raft.Snapshot?.Last ?? EntryId.Zero,
    };

    private void Stop(string code, string what, Exception cause) =>
        Halt(new HaltReason(code, $"{what}: {cause.GetType().Name}: {cause.Message}{(cause is OutOfMemoryException ? " Allow this server more memory." : "")}"));

    /// <summary>Ends everything that this server does, once; called on whichever of its threads found the reason.</summary>
    private void Halt(HaltReason reason)
    {
        if (Interlocked.CompareExchange(ref _halt, reason, null) is not null)
        {
            return;
        }

        RequestStop();
        _requests.Close();
        _completion.TrySetResult(reason);
    }

    private void RequestStop()
    {
        _pumpThread.RequestStop();
        _writer.Thread.RequestStop();
        _reader.Thread.RequestStop();
        _applier.Thread.RequestStop();
        _snapshotThread?.RequestStop();
    }

    private void StopThreads()
    {
        RequestStop();
        _pumpThread.Join();
        _writer.Thread.Join();
        _reader.Thread.Join();
        _applier.Thread.Join();
        _snapshotThread?.Join();
        _requests.Close();
        _storage.Dispose();
        _snapshotWork?.Dispose();
        _directoryLock.Dispose();
        _completion.TrySetResult(null);
    }

    /// <summary>Passes what the pump says to anyone who waits.</summary>
    private sealed class Observer(RaftNode node) : IRequestObserver
    {
        public void Appended(in ProposalAppended appended) => node._requests.Appended(appended);

        public void Refused(in ProposalRefused refused) => node._requests.Refused(refused);

        public void Ready(in ReadReady ready) => node._requests.Ready(ready);

        public void Refused(in ReadRefused refused) => node._requests.Refused(refused);

        public void Ended(in TransferEnded ended) => node._requests.Ended(ended);

        public void Ended(in CheckpointEnded ended)
        {
            node._status = node.TakeStatus();
            node._requests.Ended(ended.RequestId, ended);
        }

        public void Ended(in MembershipEnded ended)
        {
            // Anyone who waits for the change finds it in the status at once.
            node._status = node.TakeStatus();
            node._requests.Ended(ended);
        }

        public void Changed(in ConfigurationChange change)
        {
            node._status = node.TakeStatus();
            node.UseMembership();
            node.ConfigurationChanged?.Invoke(change);
        }

        public void Changed(in RoleChange change)
        {
            if (change.Role != Role.Leader)
            {
                node._requests.LoseLeadership(node._raft.CommitIndex);
            }

            node._status = node.TakeStatus();
            node.RoleChanged?.Invoke(change);
        }

        public void Halted(HaltReason reason) => node.Halt(reason);

        public void WentOn(WentOn how) => node.WentOn?.Invoke(how);

        public void Damaged(EntryId last, string fault) => node.SnapshotDamaged?.Invoke(fault);
    }
}
