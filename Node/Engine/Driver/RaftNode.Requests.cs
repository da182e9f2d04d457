using RaftKv.Core.Consensus;

namespace RaftKv.Engine.Driver;

/// <summary>What clients and administrators ask of a server: each is answered once, or its outcome is unknown.</summary>
public sealed partial class RaftNode
{
    /// <summary>The most bytes of entries that one inspection of the log returns, unless a single entry is larger.</summary>
    public const int MaxLogReadBytes = 8 * 1024 * 1024;

    /// <summary>Replicates and applies an encoded command. Cancelling leaves the outcome unknown.</summary>
    public Task<ProposalResult> ProposeAsync(ReadOnlyMemory<byte> command, CancellationToken cancellationToken)
    {
        if (_requests.OpenProposal(cancellationToken) is not { } pending)
        {
            return Task.FromResult(new ProposalResult(ProposalOutcome.Refused, default, RefusalReason.NotLeader, NodeId.None));
        }

        if (!Add(new Proposal(pending.RequestId, command)))
        {
            _requests.Refused(new ProposalRefused(pending.RequestId, RefusalReason.Overloaded, _status.Leader));
        }

        return pending.Task;
    }

    /// <summary>Waits until a read of the given freshness may be served, and gives the state to read from.</summary>
    public Task<ReadResult> ReadAsync(ReadConsistency consistency, CancellationToken cancellationToken)
    {
        if (consistency == ReadConsistency.Stale)
        {
            return Task.FromResult(new ReadResult(_store.View, default, NodeId.None));
        }

        if (_requests.OpenRead(cancellationToken) is not { } pending)
        {
            return Task.FromResult(new ReadResult(null, RefusalReason.NotLeader, NodeId.None));
        }

        if (!Add(new ReadRequest(pending.RequestId, consistency)))
        {
            _requests.Refused(new ReadRefused(pending.RequestId, RefusalReason.Overloaded, _status.Leader));
        }

        return pending.Task;
    }

    /// <summary>Hands leadership over, and waits until the target leads or the attempt has ended otherwise.</summary>
    /// <param name="target">Who is to lead; none means the server that is best prepared.</param>
    /// <param name="cancellationToken">Ends the wait, not the attempt.</param>
    public Task<TransferEnded> TransferAsync(NodeId target, CancellationToken cancellationToken)
    {
        if (_requests.OpenTransfer(cancellationToken) is not { } pending)
        {
            return Task.FromResult(new TransferEnded(0, TransferOutcome.NotLeader, NodeId.None, Term.Zero));
        }

        if (!Add(new TransferLeadership(pending.RequestId, target)))
        {
            _requests.Ended(new TransferEnded(pending.RequestId, TransferOutcome.Busy, _status.Leader, _status.Term));
        }

        return pending.Task;
    }

    /// <summary>Changes who belongs to the cluster, and waits until that is committed or refused.</summary>
    /// <param name="change">What to change.</param>
    /// <param name="cancellationToken">Ends the wait, not the change: its outcome is unknown then.</param>
    public Task<MembershipEnded> ChangeMembershipAsync(MembershipChange change, CancellationToken cancellationToken)
    {
        if (_requests.OpenChange(cancellationToken) is not { } pending)
        {
            return Task.FromResult(new MembershipEnded(0, MembershipOutcome.NotLeader, LogIndex.Zero, NodeId.None, NodeId.None));
        }

        if (!Add(new ChangeMembership(pending.RequestId, change)))
        {
            _requests.Ended(new MembershipEnded(pending.RequestId, MembershipOutcome.NotReady, LogIndex.Zero, NodeId.None, _status.Leader));
        }

        return pending.Task;
    }

    /// <summary>Takes a snapshot of what is applied, and waits until it is durable.</summary>
    /// <param name="cancellationToken">Ends the wait, not the snapshot.</param>
    /// <returns>The newest snapshot; null when the server stopped before it was durable.</returns>
    public Task<CheckpointEnded?> CheckpointAsync(CancellationToken cancellationToken)
    {
        if (_requests.OpenCheckpoint(cancellationToken) is not { } pending || !Add(new TakeCheckpoint(pending.RequestId)))
        {
            return Task.FromResult<CheckpointEnded?>(null);
        }

        return pending.Task;
    }

    /// <summary>Why the disk did not take the snapshot that is to be written, the last time that it was tried; null when none waits for it. Any thread.</summary>
    public string? SnapshotRefusal => _snapshotWork?.Refusal;

    /// <summary>Reads log entries for inspection; at most <see cref="MaxLogReadBytes"/> of them.</summary>
    /// <param name="first">The first index wanted; clamped to what the log still holds.</param>
    /// <param name="maxCount">The most entries.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public Task<IReadOnlyList<LogEntry>> ReadLogAsync(LogIndex first, int maxCount, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxCount, 1);
        return Task.Run(
            () =>
            {
                var from = LogIndex.Max(first, _storage.First);
                return _storage.Read(new IndexRange(from, from + (maxCount - 1)), MaxLogReadBytes);
            },
            cancellationToken);
    }
}
