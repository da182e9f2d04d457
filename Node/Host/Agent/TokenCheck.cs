using System.Security.Cryptography;
using System.Text;
using Grpc.Core;
using Grpc.Core.Interceptors;
using RaftKv.Api.Protocol;

namespace RaftKv.Node.Agent;

/// <summary>
/// Refuses every call that does not carry the agent's token: who can start processes and delete data must show it. What
/// the file system refuses reaches the caller in its own words.
/// </summary>
internal sealed class TokenCheck(string token) : Interceptor
{
    private readonly byte[] _token = Encoding.UTF8.GetBytes(token);

    /// <inheritdoc/>
    public override async Task<TResponse> UnaryServerHandler<TRequest, TResponse>(
        TRequest request,
        ServerCallContext context,
        UnaryServerMethod<TRequest, TResponse> continuation)
    {
        Check(context);
        try
        {
            return await continuation(request, context);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Refused(e);
        }
    }

    /// <inheritdoc/>
    public override async Task ServerStreamingServerHandler<TRequest, TResponse>(
        TRequest request,
        IServerStreamWriter<TResponse> responseStream,
        ServerCallContext context,
        ServerStreamingServerMethod<TRequest, TResponse> continuation)
    {
        Check(context);
        try
        {
            await continuation(request, responseStream, context);
        }
        catch (Exception e) when (e is (IOException or UnauthorizedAccessException) && !context.CancellationToken.IsCancellationRequested)
        {
            throw Refused(e);
        }
    }

    private static RpcException Refused(Exception e) => ServiceErrors.Of(ErrorCode.ServerStartFailed, DiskTrouble.Explain(e));

    private void Check(ServerCallContext context)
    {
        var shown = Encoding.UTF8.GetBytes(context.RequestHeaders.GetValue(ProtocolConstants.AgentToken) ?? "");
        if (!CryptographicOperations.FixedTimeEquals(shown, _token))
        {
            throw ServiceErrors.Of(ErrorCode.Denied, "The agent's token is missing or wrong.");
        }
    }
}
