using System.Net.Sockets;
using Grpc.Net.Client;
using RaftKv.Api.Protocol;

namespace RaftKv.Api.Connections;

/// <summary>Makes the connection to one server or agent; every client of a process shares it.</summary>
internal static class Channels
{
    /// <summary>To a server: the others are there in its place.</summary>
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(1);

    /// <summary>
    /// Opens nothing yet. A client handed over keeps the library from watching and choosing connections itself: a server
    /// that is started again is reached by the next call, with no pause that has grown while it was down.
    /// </summary>
    /// <param name="endpoint">Where it listens.</param>
    /// <param name="connectTimeout">How long a connection may take to be made; null for 1 s.</param>
    public static GrpcChannel Open(Uri endpoint, TimeSpan? connectTimeout = null)
    {
        var handler = new SocketsHttpHandler
        {
            ConnectTimeout = connectTimeout ?? ConnectTimeout,
            EnableMultipleHttp2Connections = true,
            PooledConnectionIdleTimeout = Timeout.InfiniteTimeSpan,
            UseProxy = false,
            UseCookies = false,
            AllowAutoRedirect = false,
            ActivityHeadersPropagator = null,
            ConnectCallback = ConnectAsync,
        };
        return GrpcChannel.ForAddress(endpoint, new GrpcChannelOptions
        {
            HttpClient = new HttpClient(new SendWitness(handler)) { Timeout = Timeout.InfiniteTimeSpan },
            DisposeHttpClient = true,
            MaxReceiveMessageSize = ProtocolConstants.MaxMessageBytes,
            MaxSendMessageSize = ProtocolConstants.MaxMessageBytes,
        });
    }

    private static async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(context.DnsEndPoint, cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
