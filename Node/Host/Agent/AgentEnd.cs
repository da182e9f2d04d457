using RaftKv.Api.Protocol;

namespace RaftKv.Node.Agent;

/// <summary>How an agent ends: first its servers, then itself, no matter who asks first and who asks again.</summary>
internal sealed class AgentEnd(ServerFleet fleet) : IDisposable
{
    private readonly CancellationTokenSource _ending = new();
    private readonly TaskCompletionSource _requested = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Cancelled when the end begins.</summary>
    public CancellationToken Ending => _ending.Token;

    /// <summary>Completes when the process may end.</summary>
    public Task Requested => _requested.Task;

    /// <summary>Ends all servers; no new ones start from here on.</summary>
    public async Task StopServersAsync(StopMode mode)
    {
        await _ending.CancelAsync();
        await fleet.StopAllAsync(mode);

        // A start that had passed the check above may have launched one meanwhile.
        await fleet.StopAllAsync(StopMode.Kill);
    }

    /// <summary>Lets the process end.</summary>
    public void Request() => _requested.TrySetResult();

    /// <exception cref="Grpc.Core.RpcException">NotReady: the end has begun.</exception>
    public void ThrowIfEnding()
    {
        if (_ending.IsCancellationRequested)
        {
            throw ServiceErrors.Of(ErrorCode.NotReady, "The agent is ending.");
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _ending.Dispose();
}
