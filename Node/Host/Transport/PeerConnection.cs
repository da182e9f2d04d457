using System.Net.Sockets;
using Grpc.Core;
using Grpc.Net.Client;
using RaftKv.Core.Consensus;
using Wire = RaftKv.Api.Protocol.Peers;

namespace RaftKv.Node.Transport;

/// <summary>
/// One TCP connection to a peer with its two streams, from handshake to end. When either stream breaks, all of it ends:
/// half a connection would look alive to the election and dead to replication. The socket comes connected, so that the
/// client library never dials and its reconnect backoff, which grows to minutes, never runs.
/// </summary>
internal sealed class PeerConnection : IDisposable
{
    /// <summary>
    /// Between pings of the protocol. They only back up the operating system's own probes, which cost this process
    /// nothing: pings of every server to every other would be most of an idle cluster's work.
    /// </summary>
    private static readonly TimeSpan PingDelay = TimeSpan.FromSeconds(15);

    private static readonly TimeSpan MinPingTimeout = TimeSpan.FromSeconds(1);

    private readonly GrpcChannel _channel;
    private readonly SocketsHttpHandler _handler;
    private readonly Wire.Raft.RaftClient _client;
    private readonly TimeSpan _rpcTimeout;
    private Socket? _socket;

    /// <summary>Takes over a connected socket.</summary>
    public PeerConnection(Uri endpoint, Socket socket, TimeSpan rpcTimeout)
    {
        _socket = socket;
        _rpcTimeout = rpcTimeout;
        var pingTimeout = rpcTimeout > MinPingTimeout ? rpcTimeout : MinPingTimeout;
        _handler = new SocketsHttpHandler
        {
            EnableMultipleHttp2Connections = false,
            PooledConnectionIdleTimeout = Timeout.InfiniteTimeSpan,
            KeepAlivePingDelay = PingDelay,
            KeepAlivePingTimeout = pingTimeout,
            KeepAlivePingPolicy = HttpKeepAlivePingPolicy.WithActiveRequests,
            UseProxy = false,
            AllowAutoRedirect = false,
            UseCookies = false,
            ActivityHeadersPropagator = null,
            ConnectCallback = (_, _) => ValueTask.FromResult<Stream>(TakeSocket()),
        };
        _channel = GrpcChannel.ForAddress(endpoint, new GrpcChannelOptions
        {
            HttpClient = new HttpClient(_handler, disposeHandler: false) { Timeout = Timeout.InfiniteTimeSpan },
            DisposeHttpClient = true,
            MaxRetryAttempts = null,
            ServiceConfig = null,
        });
        _client = new Wire.Raft.RaftClient(_channel);
    }

    /// <summary>Shakes hands on both streams, then sends until something breaks or it is cancelled.</summary>
    /// <param name="hello">Who we are.</param>
    /// <param name="control">What waits for the control stream.</param>
    /// <param name="data">What waits for the data stream.</param>
    /// <param name="guardOf">Makes the watch over each stream from the peer's incarnation.</param>
    /// <param name="welcomed">Told the peer's incarnation once both streams stand and it may be who it is called.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>The term of the newest append that was given to the data stream, or zero: what the break may have lost.</returns>
    public async Task<Term> RunAsync(
        Wire.Hello hello, PeerQueue control, PeerQueue data, Func<ulong, PeerGuard> guardOf, Action<ulong> welcomed, CancellationToken cancellationToken)
    {
        using var life = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        life.CancelAfter(_rpcTimeout);
        using var controlCall = _client.Control(cancellationToken: life.Token);
        using var dataCall = _client.Data(cancellationToken: life.Token);
        var controlIncarnation = await GreetAsync(controlCall, hello, life.Token);
        var dataIncarnation = await GreetAsync(dataCall, hello, life.Token);
        if (controlIncarnation != dataIncarnation)
        {
            throw new InvalidDataException("The peer was replaced between two handshakes.");
        }

        var guard = guardOf(controlIncarnation);
        guard.Require();
        life.CancelAfter(Timeout.InfiniteTimeSpan);
        var dataSender = new PeerSender(data, dataCall.RequestStream, guardOf(dataIncarnation), _rpcTimeout);
        control.Open();
        data.Open();
        try
        {
            welcomed(controlIncarnation);
            Task[] parts =
            [
                new PeerSender(control, controlCall.RequestStream, guard, _rpcTimeout).RunAsync(life.Token),
                dataSender.RunAsync(life.Token),
                EndAsync(controlCall, life.Token),
                EndAsync(dataCall, life.Token),
            ];
            var first = await Task.WhenAny(parts);
            await life.CancelAsync();
            await Task.WhenAll(parts).ContinueWith(static t => _ = t.Exception, TaskScheduler.Default);
            Failure = first.Exception?.GetBaseException();
        }
        finally
        {
            control.Close();
            data.Close();
        }

        return dataSender.LastAppendTerm;
    }

    /// <summary>What ended a connection that stood, if an error did.</summary>
    public Exception? Failure { get; private set; }

    /// <inheritdoc/>
    public void Dispose()
    {
        _channel.Dispose();
        _handler.Dispose();
        _socket?.Dispose();
    }

    private static async Task<ulong> GreetAsync(
        AsyncDuplexStreamingCall<Wire.Frame, Wire.Welcome> call, Wire.Hello hello, CancellationToken cancellationToken)
    {
        try
        {
            await call.RequestStream.WriteAsync(new Wire.Frame { Hello = hello }, cancellationToken);
        }
        catch (Exception e) when (e is RpcException or InvalidOperationException)
        {
            // The peer ended the stream at once; its reason comes with the answer below.
        }

        return await call.ResponseStream.MoveNext(cancellationToken)
            ? call.ResponseStream.Current.Incarnation
            : throw new InvalidDataException("The peer ended the stream without a welcome.");
    }

    private static async Task EndAsync(AsyncDuplexStreamingCall<Wire.Frame, Wire.Welcome> call, CancellationToken cancellationToken)
    {
        while (await call.ResponseStream.MoveNext(cancellationToken))
        {
        }
    }

    private NetworkStream TakeSocket()
    {
        var socket = Interlocked.Exchange(ref _socket, null)
            ?? throw new IOException("The connection to the peer has ended.");
        return new NetworkStream(socket, ownsSocket: true);
    }
}
