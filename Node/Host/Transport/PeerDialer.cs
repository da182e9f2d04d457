using System.Net;
using System.Net.Sockets;

namespace RaftKv.Node.Transport;

/// <summary>
/// Connects sockets without exceptions: with half of a large cluster down, thousands of attempts fail every second,
/// and an exception for each would cost more than the rest of the server.
/// </summary>
internal static class PeerDialer
{
    /// <summary>Tries once.</summary>
    /// <returns>The connected socket, or null with the reason.</returns>
    public static async Task<(Socket? Socket, SocketError Error)> TryConnectAsync(
        Uri endpoint, TimeSpan timeout, CancellationToken cancellationToken)
    {
        EndPoint remote = IPAddress.TryParse(endpoint.IdnHost, out var address)
            ? new IPEndPoint(address, endpoint.Port)
            : new DnsEndPoint(endpoint.IdnHost, endpoint.Port);
        var socket = address is null
            ? new Socket(SocketType.Stream, ProtocolType.Tcp)
            : new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        socket.NoDelay = true;
        var completion = new TaskCompletionSource<SocketError>(TaskCreationOptions.RunContinuationsAsynchronously);
        using var connect = new SocketAsyncEventArgs { RemoteEndPoint = remote };
        connect.Completed += (_, e) => completion.TrySetResult(e.SocketError);
        if (!socket.ConnectAsync(connect))
        {
            completion.TrySetResult(connect.SocketError);
        }

        using var life = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        life.CancelAfter(timeout);
        await using var registration = life.Token.Register(static c => Socket.CancelConnectAsync((SocketAsyncEventArgs)c!), connect);
        var error = await completion.Task;
        if (error == SocketError.Success && !cancellationToken.IsCancellationRequested)
        {
            return (socket, error);
        }

        socket.Dispose();
        return (null, error == SocketError.OperationAborted ? SocketError.TimedOut : error);
    }
}
