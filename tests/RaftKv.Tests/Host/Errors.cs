using Grpc.Core;
using RaftKv.Api.Protocol;

namespace RaftKv.Tests.Host;

/// <summary>What a refused call says.</summary>
internal static class Errors
{
    /// <summary>The detail in the trailer of a call that must fail.</summary>
    public static async Task<ErrorDetail> OfAsync<T>(AsyncUnaryCall<T> call)
    {
        using (call)
        {
            return Of(await Assert.ThrowsAsync<RpcException>(async () => await call));
        }
    }

    /// <summary>The detail in an exception's trailer.</summary>
    public static ErrorDetail Of(RpcException exception) =>
        ErrorDetail.Parser.ParseFrom(exception.Trailers.GetValueBytes(ProtocolConstants.ErrorTrailer)
            ?? throw new InvalidOperationException("The refusal has no detail.", exception));
}
