using RaftKv.Core.Consensus;

namespace RaftKv.Engine.Driver;

/// <summary>A request that someone waits for. Its waiter goes on on another thread, never on the pump's.</summary>
internal abstract class PendingRequest<TResult>(long requestId)
{
    private readonly TaskCompletionSource<TResult> _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private CancellationTokenRegistration _cancellation;

    /// <summary>Its name in the core.</summary>
    public long RequestId { get; } = requestId;

    /// <summary>Ends with the result.</summary>
    public Task<TResult> Task => _completion.Task;

    /// <summary>Lets the waiter go without an answer.</summary>
    public void CancelWith(CancellationToken cancellationToken)
    {
        if (cancellationToken.CanBeCanceled)
        {
            _cancellation = cancellationToken.UnsafeRegister(
                static (state, token) => ((PendingRequest<TResult>)state!)._completion.TrySetCanceled(token), this);
        }
    }

    /// <summary>Gives the answer.</summary>
    public void Complete(TResult result)
    {
        _cancellation.Unregister();
        _completion.TrySetResult(result);
    }
}

/// <summary>A proposal that someone waits for.</summary>
internal sealed class PendingProposal(long requestId) : PendingRequest<ProposalResult>(requestId)
{
    /// <summary>Its entry, once it has one.</summary>
    public EntryId Id { get; set; }
}

/// <summary>A handover of leadership that someone waits for.</summary>
internal sealed class PendingTransfer(long requestId) : PendingRequest<TransferEnded>(requestId);

/// <summary>A change of the membership that someone waits for.</summary>
internal sealed class PendingChange(long requestId) : PendingRequest<MembershipEnded>(requestId);

/// <summary>A snapshot that someone waits for; null when the server stopped before it was durable.</summary>
internal sealed class PendingCheckpoint(long requestId) : PendingRequest<CheckpointEnded?>(requestId);

/// <summary>A read that someone waits for.</summary>
internal sealed class PendingRead(long requestId) : PendingRequest<ReadResult>(requestId);
