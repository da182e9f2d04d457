using RaftKv.Core.Consensus;
using RaftKv.Core.Kv;

namespace RaftKv.Engine.Driver;

/// <summary>
/// Who waits for what: proposals from their request to the reply of the state machine, reads until they may be served.
/// A proposal that has its place in the log and lost its leader is <em>unknown</em>, never failed (X4). Every member may
/// be called from any thread.
/// </summary>
internal sealed class RequestTable(KvStore store)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<long, PendingProposal> _proposals = [];
    private readonly Dictionary<LogIndex, PendingProposal> _appended = [];
    private readonly Dictionary<long, PendingRead> _reads = [];
    private readonly Dictionary<long, PendingTransfer> _transfers = [];
    private readonly Dictionary<long, PendingChange> _changes = [];
    private readonly Dictionary<long, PendingCheckpoint> _checkpoints = [];
    private long _nextId;
    private bool _closed;

    private static ProposalResult Unknown => new(ProposalOutcome.Unknown, default, default, NodeId.None);

    /// <summary>Opens a proposal; null when the server has stopped.</summary>
    public PendingProposal? OpenProposal(CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (_closed)
            {
                return null;
            }

            var proposal = new PendingProposal(++_nextId);
            _proposals.Add(proposal.RequestId, proposal);
            proposal.CancelWith(cancellationToken);
            return proposal;
        }
    }

    /// <summary>Opens a read; null when the server has stopped.</summary>
    public PendingRead? OpenRead(CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (_closed)
            {
                return null;
            }

            var read = new PendingRead(++_nextId);
            _reads.Add(read.RequestId, read);
            read.CancelWith(cancellationToken);
            return read;
        }
    }

    /// <summary>Opens a handover of leadership; null when the server has stopped.</summary>
    public PendingTransfer? OpenTransfer(CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (_closed)
            {
                return null;
            }

            var transfer = new PendingTransfer(++_nextId);
            _transfers.Add(transfer.RequestId, transfer);
            transfer.CancelWith(cancellationToken);
            return transfer;
        }
    }

    /// <summary>Opens a change of the membership; null when the server has stopped.</summary>
    public PendingChange? OpenChange(CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (_closed)
            {
                return null;
            }

            var change = new PendingChange(++_nextId);
            _changes.Add(change.RequestId, change);
            change.CancelWith(cancellationToken);
            return change;
        }
    }

    /// <summary>Opens a wait for a snapshot; null when the server has stopped.</summary>
    public PendingCheckpoint? OpenCheckpoint(CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (_closed)
            {
                return null;
            }

            var checkpoint = new PendingCheckpoint(++_nextId);
            _checkpoints.Add(checkpoint.RequestId, checkpoint);
            checkpoint.CancelWith(cancellationToken);
            return checkpoint;
        }
    }

    /// <summary>A requested snapshot is durable, or null when the server stops before it is.</summary>
    public void Ended(long requestId, CheckpointEnded? ended)
    {
        PendingCheckpoint? checkpoint;
        lock (_lock)
        {
            _checkpoints.Remove(requestId, out checkpoint);
        }

        checkpoint?.Complete(ended);
    }

    /// <summary>A proposal has its place in the log.</summary>
    public void Appended(in ProposalAppended appended)
    {
        PendingProposal? replaced = null;
        lock (_lock)
        {
            if (_proposals.Remove(appended.RequestId, out var proposal))
            {
                proposal.Id = appended.Id;
                _appended.Remove(appended.Id.Index, out replaced);
                _appended.Add(appended.Id.Index, proposal);
            }
        }

        replaced?.Complete(Unknown);
    }

    /// <summary>A proposal was refused.</summary>
    public void Refused(in ProposalRefused refused)
    {
        PendingProposal? proposal;
        lock (_lock)
        {
            _proposals.Remove(refused.RequestId, out proposal);
        }

        proposal?.Complete(new ProposalResult(ProposalOutcome.Refused, default, refused.Reason, refused.Leader));
    }

    /// <summary>An entry was applied; another entry than the proposal's at its index means that the proposal is not known to have committed.</summary>
    public void Applied(EntryId id, Reply? reply)
    {
        PendingProposal? proposal;
        lock (_lock)
        {
            if (_appended.Count == 0 || !_appended.Remove(id.Index, out proposal))
            {
                return;
            }
        }

        proposal.Complete(proposal.Id == id && reply is { } value
            ? new ProposalResult(ProposalOutcome.Applied, value, default, NodeId.None)
            : Unknown);
    }

    /// <summary>A snapshot took the place of entries: what became of proposals among them is not known here.</summary>
    public void Skip(LogIndex last)
    {
        List<PendingProposal> skipped;
        lock (_lock)
        {
            skipped = [.. _appended.Values.Where(p => p.Id.Index <= last)];
            foreach (var proposal in skipped)
            {
                _appended.Remove(proposal.Id.Index);
            }
        }

        skipped.ForEach(p => p.Complete(Unknown));
    }

    /// <summary>Leadership is lost: what is not committed may or may not ever be. What is committed will be applied here.</summary>
    public void LoseLeadership(LogIndex committed)
    {
        List<PendingProposal> lost;
        lock (_lock)
        {
            lost = [.. _appended.Values.Where(p => p.Id.Index > committed)];
            foreach (var proposal in lost)
            {
                _appended.Remove(proposal.Id.Index);
            }
        }

        lost.ForEach(p => p.Complete(Unknown));
    }

    /// <summary>A read may be served: the state is taken now, and contains the index that the read needs.</summary>
    public void Ready(in ReadReady ready)
    {
        PendingRead? read;
        lock (_lock)
        {
            _reads.Remove(ready.RequestId, out read);
        }

        read?.Complete(new ReadResult(store.View, default, NodeId.None));
    }

    /// <summary>A read was refused.</summary>
    public void Refused(in ReadRefused refused)
    {
        PendingRead? read;
        lock (_lock)
        {
            _reads.Remove(refused.RequestId, out read);
        }

        read?.Complete(new ReadResult(null, refused.Reason, refused.Leader));
    }

    /// <summary>A handover of leadership ended.</summary>
    public void Ended(in TransferEnded ended)
    {
        PendingTransfer? transfer;
        lock (_lock)
        {
            _transfers.Remove(ended.RequestId, out transfer);
        }

        transfer?.Complete(ended);
    }

    /// <summary>A change of the membership ended.</summary>
    public void Ended(in MembershipEnded ended)
    {
        PendingChange? change;
        lock (_lock)
        {
            _changes.Remove(ended.RequestId, out change);
        }

        change?.Complete(ended);
    }

    /// <summary>The server stops: proposals and changes end as unknown, reads and handovers as refused, and nothing new is taken.</summary>
    public void Close()
    {
        List<PendingProposal> proposals;
        List<PendingRead> reads;
        List<PendingTransfer> transfers;
        List<PendingChange> changes;
        List<PendingCheckpoint> checkpoints;
        lock (_lock)
        {
            _closed = true;
            proposals = [.. _proposals.Values, .. _appended.Values];
            reads = [.. _reads.Values];
            transfers = [.. _transfers.Values];
            changes = [.. _changes.Values];
            checkpoints = [.. _checkpoints.Values];
            _proposals.Clear();
            _appended.Clear();
            _reads.Clear();
            _transfers.Clear();
            _changes.Clear();
            _checkpoints.Clear();
        }

        checkpoints.ForEach(c => c.Complete(null));

        proposals.ForEach(p => p.Complete(Unknown));
        reads.ForEach(r => r.Complete(new ReadResult(null, RefusalReason.NotLeader, NodeId.None)));
        transfers.ForEach(t => t.Complete(new TransferEnded(t.RequestId, TransferOutcome.NotLeader, NodeId.None, Term.Zero)));
        changes.ForEach(c => c.Complete(
            new MembershipEnded(c.RequestId, MembershipOutcome.Unknown, LogIndex.Zero, NodeId.None, NodeId.None)));
    }
}
