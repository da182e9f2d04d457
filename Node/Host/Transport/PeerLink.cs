using Grpc.Core;
using RaftKv.Core.Consensus;
using RaftKv.Engine.Storage;
using Wire = RaftKv.Api.Protocol.Peers;

namespace RaftKv.Node.Transport;

/// <summary>
/// The way to one peer: its two queues and the loop that connects, sends and connects again. Waits between attempts are
/// short and jittered, and end at once when the peer itself calls.
/// </summary>
internal sealed partial class PeerLink : IDisposable
{
    private readonly NodeId _peer;
    private readonly Uri _endpoint;
    private readonly PeerTransportOptions _options;
    private readonly ILogger _logger;
    private readonly PeerQueue _control = new(PeerTransportOptions.MaxQueuedControlMessages, long.MaxValue);
    private readonly PeerQueue _data = new(PeerTransportOptions.MaxQueuedAppends, PeerTransportOptions.MaxQueuedDataBytes);
    private readonly SemaphoreSlim _wake = new(0, 1);
    private string _lastFailure = "";

    public PeerLink(NodeId peer, Uri endpoint, PeerTransportOptions options, ILogger logger)
    {
        _peer = peer;
        _endpoint = endpoint;
        _options = options;
        _logger = logger;
    }

    /// <summary>Where the peer is looked for.</summary>
    public Uri Endpoint => _endpoint;

    /// <summary>Whether both streams stand.</summary>
    public bool IsConnected => _control.IsOpen && _data.IsOpen;

    /// <summary>Queues a message for the stream of its kind.</summary>
    public bool TrySend(Message message) => (message is AppendRequest or SnapshotChunk ? _data : _control).TryAdd(message);

    /// <summary>Ends a wait between attempts: the peer has just been heard.</summary>
    public void Wake()
    {
        if (_wake.CurrentCount == 0)
        {
            try
            {
                _wake.Release();
            }
            catch (Exception e) when (e is SemaphoreFullException or ObjectDisposedException)
            {
                // Someone else has just woken it, or it has ended.
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _wake.Dispose();

    /// <summary>Keeps the link up until cancelled.</summary>
    /// <param name="registry">Who may speak as whom.</param>
    /// <param name="hello">Makes the hello of each attempt.</param>
    /// <param name="reports">Told of what the core must know.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task RunAsync(PeerRegistry registry, Func<Wire.Hello> hello, PeerReports reports, CancellationToken cancellationToken)
    {
        var backoff = PeerTransportOptions.FirstBackoff;
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                if (await TryRunOnceAsync(registry, hello, reports, cancellationToken))
                {
                    backoff = PeerTransportOptions.FirstBackoff;
                }
            }
            catch (Exception) when (cancellationToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                ReportRemoval(e, reports);
                Note(e);
            }

            var last = _options.LastBackoff;
            var wait = (backoff < last ? backoff : last) * (0.5 + (0.5 * Random.Shared.NextDouble()));
            backoff = backoff < last ? backoff * 2 : last;
            try
            {
                await _wake.WaitAsync(wait, cancellationToken);
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }

    /// <returns>Whether the link stood for a while.</returns>
    private async Task<bool> TryRunOnceAsync(
        PeerRegistry registry, Func<Wire.Hello> hello, PeerReports reports, CancellationToken cancellationToken)
    {
        var (socket, error) = await PeerDialer.TryConnectAsync(_endpoint, _options.ConnectTimeout, _options.RpcTimeout, cancellationToken);
        if (socket is null)
        {
            Note(error.ToString());
            return false;
        }

        var stood = false;
        using var connection = new PeerConnection(_endpoint, socket, _options.RpcTimeout);
        var lastAppendTerm = await connection.RunAsync(
            hello(), _control, _data, i => new PeerGuard(registry, _peer, i), Welcomed, cancellationToken);
        if (lastAppendTerm > Term.Zero)
        {
            // What was on its way when the streams broke may be lost: the leader must ask instead of waiting.
            reports.Lost(_peer, lastAppendTerm);
        }

        LogDisconnected(_peer, _endpoint, connection.Failure?.Message ?? "ended by the peer");
        return stood;

        void Welcomed(ulong incarnation)
        {
            stood = true;
            _lastFailure = "";
            LogConnected(_peer, _endpoint, incarnation);
        }
    }

    /// <summary>A peer that refuses this server because it was removed says in which term it is: no peer's message can come here any more.</summary>
    private void ReportRemoval(Exception exception, PeerReports reports)
    {
        if (exception is RpcException { StatusCode: StatusCode.FailedPrecondition } refusal
            && ServiceErrors.DetailOf(refusal) is { Term: > 0 } detail && detail.ClusterId == _options.ClusterId)
        {
            reports.Removed(_peer, new Term(detail.Term), detail.Message);
        }
    }

    private void Note(Exception exception)
    {
        if (exception is InvalidDataException)
        {
            if (_lastFailure != exception.Message)
            {
                _lastFailure = exception.Message;
                LogRefused(_peer, _endpoint, exception.Message);
            }

            return;
        }

        if (exception is RpcException { StatusCode: StatusCode.FailedPrecondition or StatusCode.InvalidArgument } refusal)
        {
            if (_lastFailure != refusal.Status.Detail)
            {
                _lastFailure = refusal.Status.Detail;
                LogRefusedUs(_peer, _endpoint, refusal.Status.Detail);
            }

            return;
        }

        Note(exception.Message);
    }

    /// <summary>Logs a failure once, not with every attempt.</summary>
    private void Note(string failure)
    {
        if (_lastFailure != failure)
        {
            _lastFailure = failure;
            LogConnectFailed(_peer, _endpoint, failure);
        }
    }
}
