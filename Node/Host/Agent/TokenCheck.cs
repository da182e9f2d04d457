using System.Security.Cryptography;
using System.Text;
using Grpc.Core;
using Grpc.Core.Interceptors;
using RaftKv.Api.Protocol;
using RaftKv.Node.Services;

namespace RaftKv.Node.Agent;

/// <summary>Refuses every call that does not carry the agent's token: who can start processes and delete data must show it.</summary>
internal sealed class TokenCheck(string token) : Interceptor
{
    private readonly byte[] _token = Encoding.UTF8.GetBytes(token);

    /// <inheritdoc/>
    public override Task<TResponse> UnaryServerHandler<TRequest, TResponse>(
        TRequest request,
        ServerCallContext context,
        UnaryServerMethod<TRequest, TResponse> continuation)
    {
        Check(context);
        return continuation(request, context);
    }

    /// <inheritdoc/>
    public override Task ServerStreamingServerHandler<TRequest, TResponse>(
        TRequest request,
        IServerStreamWriter<TResponse> responseStream,
        ServerCallContext context,
        ServerStreamingServerMethod<TRequest, TResponse> continuation)
    {
        Check(context);
        return continuation(request, responseStream, context);
    }

    private void Check(ServerCallContext context)
    {
        var shown = Encoding.UTF8.GetBytes(context.RequestHeaders.GetValue(Wire.AgentToken) ?? "");
        if (!CryptographicOperations.FixedTimeEquals(shown, _token))
        {
            throw ServiceErrors.Of(ErrorCode.Denied, "The agent's token is missing or wrong.");
        }
    }
}
