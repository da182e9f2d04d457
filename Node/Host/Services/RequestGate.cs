using Grpc.Core;
using RaftKv.Api.Protocol;
using RaftKv.Engine.Faults;

namespace RaftKv.Node.Services;

/// <summary>
/// What every client request passes first: the right cluster, room for one more request, and a server that is not
/// muted. Every member may be called from any thread.
/// </summary>
/// <param name="clusterId">This server's cluster.</param>
/// <param name="maxConcurrentRequests">The most requests under way.</param>
/// <param name="matrix">Whether this server is muted.</param>
internal sealed class RequestGate(string clusterId, int maxConcurrentRequests, FaultMatrix matrix)
{
    private int _underWay;

    /// <summary>Runs a client's request, if it may.</summary>
    /// <param name="header">Which cluster it is meant for.</param>
    /// <param name="context">The call.</param>
    /// <param name="request">The work.</param>
    /// <param name="weight">How many requests it stands for. More than the limit at once pass where nothing else is under way.</param>
    /// <exception cref="RpcException">It may not.</exception>
    public async Task<TReply> RunAsync<TReply>(
        RequestHeader? header, ServerCallContext context, Func<Task<TReply>> request, int weight = 1)
    {
        if (matrix.IsMuted)
        {
            await HoldAsync(context.CancellationToken);
        }

        RequireCluster(header);
        if (Interlocked.Add(ref _underWay, weight) > Math.Max(maxConcurrentRequests, weight))
        {
            Interlocked.Add(ref _underWay, -weight);
            throw ServiceErrors.Of(ErrorCode.Overloaded, $"This server already works on {maxConcurrentRequests} requests; nothing was done.");
        }

        try
        {
            return await request();
        }
        finally
        {
            Interlocked.Add(ref _underWay, -weight);
            if (matrix.IsMuted)
            {
                // An answer that was on its way when the server fell silent does not arrive either.
                await HoldAsync(context.CancellationToken);
            }
        }
    }

    /// <summary>Refuses a request that was meant for another cluster. An absent id is a person with a generic tool.</summary>
    /// <exception cref="RpcException">It was; the message names both.</exception>
    public void RequireCluster(RequestHeader? header)
    {
        if (header is { ClusterId.Length: > 0 } && header.ClusterId != clusterId)
        {
            throw ServiceErrors.Of(new ErrorDetail
            {
                Code = ErrorCode.WrongCluster,
                Message = $"This server belongs to cluster {clusterId}, the request was meant for {header.ClusterId}.",
                ClusterId = clusterId,
            });
        }
    }

    /// <summary>A muted server answers no one: the caller waits until it gives up, as with a dead one.</summary>
    public static async Task HoldAsync(CancellationToken cancellationToken)
    {
        await Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken).ContinueWith(static _ => { }, TaskScheduler.Default);
        throw ServiceErrors.Of(StatusCode.DeadlineExceeded, new ErrorDetail
        {
            Code = ErrorCode.OutcomeUnknown,
            Message = "This server is muted.",
        });
    }
}
