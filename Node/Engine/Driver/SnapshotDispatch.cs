using RaftKv.Core.Consensus;

namespace RaftKv.Engine.Driver;

/// <summary>
/// Decides when a snapshot is taken, sends the leader's to peers in parts, and passes those that arrive on. Called only
/// from the pump; the work on files is done by the <see cref="ISnapshots"/> port.
/// </summary>
internal sealed class SnapshotDispatch(Raft raft, PumpPorts ports, PumpOptions options, ApplyDispatch applies)
{
    private readonly ISnapshots? _files = ports.Snapshots;
    private readonly Dictionary<NodeId, SnapshotTransfer> _transfers = [];
    private readonly Dictionary<long, SnapshotTransfer> _reads = [];
    private readonly List<(long RequestId, LogIndex Needed)> _requests = [];
    private long _nextReadId = 1;
    private long _bytesAtSnapshot;
    private bool _isTaking;

    /// <summary>Takes what the files' work came to.</summary>
    /// <returns>Whether there was anything.</returns>
    public bool Take(Instant now)
    {
        var taken = false;
        while (_files is not null && _files.TryTake(out var inputEvent))
        {
            _isTaking &= inputEvent is not SnapshotTaken;
            raft.Step(new Input(now, inputEvent));
            taken = true;
        }

        while (_files is not null && _files.TryTakeRead(out var result))
        {
            if (_reads.Remove(result.ReadId, out var transfer))
            {
                transfer.IsReading = false;
                Transmit(transfer, result, now);
            }

            taken = true;
        }

        return taken;
    }

    /// <summary>Someone wants a snapshot now.</summary>
    public void Request(TakeCheckpoint request)
    {
        if (_files is null)
        {
            ports.Observer.Ended(new CheckpointEnded(request.RequestId, EntryId.Zero, IsOff: true));
        }
        else
        {
            _requests.Add((request.RequestId, raft.AppliedIndex));
        }
    }

    /// <summary>Carries out a turn's effects, and takes a snapshot when it is time to.</summary>
    public void CarryOut(Effects effects)
    {
        if (_files is null)
        {
            return;
        }

        foreach (var chunk in effects.SnapshotChunks)
        {
            _files.Receive(chunk);
        }

        foreach (var answer in effects.SnapshotAnswers)
        {
            if (_transfers.TryGetValue(answer.From, out var transfer) && transfer.Send.Meta.Last == answer.Last)
            {
                transfer.Answer(answer.NextOffset);
            }
        }

        foreach (var send in effects.SnapshotSends)
        {
            Start(send);
        }

        DropTransfers();
        foreach (var transfer in _transfers.Values)
        {
            ReadNext(transfer);
        }

        EndRequests();
        TakeSnapshot();
    }

    private void Start(in SnapshotSend send)
    {
        if (_transfers.TryGetValue(send.To, out var transfer) && transfer.Send == send)
        {
            transfer.Resume();
            return;
        }

        _transfers[send.To] = new SnapshotTransfer(send);
        Keep();
    }

    /// <summary>One part at a time is read for each peer: the page cache is faster than any window is filled.</summary>
    private void ReadNext(SnapshotTransfer transfer)
    {
        if (!transfer.IsReading && transfer.HasRoom(options.SnapshotWindowBytes))
        {
            transfer.IsReading = true;
            _reads.Add(_nextReadId, transfer);
            transfer.ReadOffset = transfer.Next;
            _files!.Request(new SnapshotRead(
                _nextReadId++, transfer.Send.Meta.Last, transfer.Next, options.SnapshotChunkBytes, IsFirst: !transfer.IsChecked));
        }
    }

    private void Transmit(SnapshotTransfer transfer, in SnapshotReadResult result, Instant now)
    {
        var send = transfer.Send;
        if (_transfers.GetValueOrDefault(send.To) != transfer || !IsCurrent(transfer))
        {
            return;
        }

        if (result.TotalBytes == 0)
        {
            GiveUp(send, result.Fault ?? $"The snapshot up to {send.Meta.Last} is gone.", now);
            return;
        }

        transfer.IsChecked = true;
        if (transfer.ReadOffset != transfer.Next)
        {
            return;
        }

        var chunk = new SnapshotChunk(raft.Id, send.To, send.Term, send.Meta, transfer.Next, result.Data, result.TotalBytes);
        if (ports.Transport.TrySend(chunk))
        {
            transfer.Sent(result.Data.Length, result.TotalBytes);
        }
        else
        {
            transfer.Pause();
        }
    }

    /// <summary>What was to be sent is not what was written: the core is told, which asks for another one.</summary>
    private void GiveUp(in SnapshotSend send, string fault, Instant now)
    {
        if (raft.IsSendingSnapshot(send.To, send.Meta.Last))
        {
            ports.Observer.Damaged(send.Meta.Last, fault);
            raft.Step(new Input(now, new SnapshotDamaged(send.Meta.Last)));
        }
    }

    private bool IsCurrent(SnapshotTransfer transfer) => raft.Role == Role.Leader && raft.Term == transfer.Send.Term;

    private void DropTransfers()
    {
        if (_transfers.Count == 0)
        {
            return;
        }

        var ended = _transfers.Values.Where(t => !IsCurrent(t) || !raft.IsSendingSnapshot(t.Send.To, t.Send.Meta.Last)).ToList();
        foreach (var transfer in ended)
        {
            _transfers.Remove(transfer.Send.To);
        }

        if (ended.Count > 0)
        {
            Keep();
        }
    }

    private void Keep() => _files!.Keep([.. _transfers.Values.Select(t => t.Send.Meta.Last).Distinct()]);

    private void EndRequests()
    {
        if (raft.IsSnapshotDamaged)
        {
            return;
        }

        var newest = raft.Snapshot?.Last ?? EntryId.Zero;
        for (var i = _requests.Count - 1; i >= 0; i--)
        {
            if (_requests[i].Needed <= newest.Index)
            {
                ports.Observer.Ended(new CheckpointEnded(_requests[i].RequestId, newest, IsOff: false));
                _requests.RemoveAt(i);
            }
        }
    }

    private void TakeSnapshot()
    {
        var entries = raft.AppliedIndex - (raft.Snapshot?.Last.Index ?? LogIndex.Zero);
        var bytes = applies.Bytes - _bytesAtSnapshot;
        var isDue = (options.SnapshotThresholdEntries > 0 && entries >= options.SnapshotThresholdEntries)
            || (options.SnapshotThresholdBytes > 0 && bytes >= options.SnapshotThresholdBytes)
            || _requests.Count > 0 || raft.IsSnapshotDamaged;
        if (_isTaking || (entries <= 0 && !raft.IsSnapshotDamaged) || !isDue || raft.DescribeSnapshot(_files!.Freeze()) is not { } meta)
        {
            return;
        }

        _isTaking = true;
        _bytesAtSnapshot = applies.Bytes;
        _files.Write(meta);
    }
}
