using System.Net;
using System.Net.Sockets;

namespace RaftKv.Node.Transport;

/// <summary>
/// Connects sockets without exceptions: with half of a large cluster down, thousands of attempts fail every second,
/// and an exception for each would cost more than the rest of the server.
/// </summary>
internal static class PeerDialer
{
    private const int LinuxTcpLevel = 6;
    private const int LinuxTcpUserTimeout = 18;

    /// <summary>Tries once.</summary>
    /// <param name="endpoint">Whom to connect to.</param>
    /// <param name="timeout">How long to try.</param>
    /// <param name="progressTimeout">How long the other side may confirm nothing before the connection breaks.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <returns>The connected socket, or null with the reason.</returns>
    public static async Task<(Socket? Socket, SocketError Error)> TryConnectAsync(
        Uri endpoint, TimeSpan timeout, TimeSpan progressTimeout, CancellationToken cancellationToken)
    {
        EndPoint remote = IPAddress.TryParse(endpoint.IdnHost, out var address)
            ? new IPEndPoint(address, endpoint.Port)
            : new DnsEndPoint(endpoint.IdnHost, endpoint.Port);
        var socket = address is null
            ? new Socket(SocketType.Stream, ProtocolType.Tcp)
            : new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        socket.NoDelay = true;
        WatchProgress(socket, progressTimeout);
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

    /// <summary>
    /// Lets the operating system notice a machine that is gone: probes when nothing is under way, and on Linux a limit
    /// on how long sent bytes may stay unconfirmed, which is many minutes by default.
    /// </summary>
    private static void WatchProgress(Socket socket, TimeSpan progressTimeout)
    {
        var seconds = Math.Max(1, (int)Math.Ceiling(progressTimeout.TotalSeconds / 2));
        socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime, seconds);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveInterval, seconds);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveRetryCount, 2);
        if (OperatingSystem.IsLinux())
        {
            var milliseconds = Math.Max(1000, (int)progressTimeout.TotalMilliseconds);
            socket.SetRawSocketOption(LinuxTcpLevel, LinuxTcpUserTimeout, BitConverter.GetBytes(milliseconds));
        }
    }
}
