using Grpc.Core;
using Grpc.Core.Interceptors;
using RaftKv.Api.Protocol;
using RaftKv.Engine.Faults;

namespace RaftKv.Node.Services;

/// <summary>
/// Stands before all calls of clients and peers until the server has recovered from its disk: it says that the server is
/// there and not ready, rather than letting them wait or find nothing. Faults, health and reflection are not held up.
/// </summary>
/// <param name="name">The server's name.</param>
/// <param name="matrix">Whether this server is muted: then it does not even say that.</param>
internal sealed class ReadyGate(string name, FaultMatrix matrix) : Interceptor
{
    private static readonly string[] Held =
    [
        $"/{KeyValue.Descriptor.FullName}/", $"/{Admin.Descriptor.FullName}/", $"/{Api.Protocol.Peers.Raft.Descriptor.FullName}/",
    ];

    private volatile bool _isOpen;

    /// <summary>Lets all calls through from now on.</summary>
    public void Open() => _isOpen = true;

    /// <inheritdoc/>
    public override async Task<TResponse> UnaryServerHandler<TRequest, TResponse>(
        TRequest request, ServerCallContext context, UnaryServerMethod<TRequest, TResponse> continuation)
    {
        await PassAsync(context);
        return await continuation(request, context);
    }

    /// <inheritdoc/>
    public override async Task<TResponse> ClientStreamingServerHandler<TRequest, TResponse>(
        IAsyncStreamReader<TRequest> requestStream, ServerCallContext context, ClientStreamingServerMethod<TRequest, TResponse> continuation)
    {
        await PassAsync(context);
        return await continuation(requestStream, context);
    }

    /// <inheritdoc/>
    public override async Task ServerStreamingServerHandler<TRequest, TResponse>(
        TRequest request, IServerStreamWriter<TResponse> responseStream, ServerCallContext context, ServerStreamingServerMethod<TRequest, TResponse> continuation)
    {
        await PassAsync(context);
        await continuation(request, responseStream, context);
    }

    /// <inheritdoc/>
    public override async Task DuplexStreamingServerHandler<TRequest, TResponse>(
        IAsyncStreamReader<TRequest> requestStream,
        IServerStreamWriter<TResponse> responseStream,
        ServerCallContext context,
        DuplexStreamingServerMethod<TRequest, TResponse> continuation)
    {
        await PassAsync(context);
        await continuation(requestStream, responseStream, context);
    }

    private Task PassAsync(ServerCallContext context)
    {
        if (_isOpen || !Array.Exists(Held, service => context.Method.StartsWith(service, StringComparison.Ordinal)))
        {
            return Task.CompletedTask;
        }

        return matrix.IsMuted && !context.Method.StartsWith(Held[1], StringComparison.Ordinal)
            ? RequestGate.HoldAsync(context.CancellationToken)
            : throw ServiceErrors.Of(ErrorCode.NotReady, $"Server {name} recovers from its disk and is not ready yet; nothing was done. Ask again in a moment.");
    }
}
