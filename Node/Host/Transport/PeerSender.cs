using Grpc.Core;
using RaftKv.Core.Consensus;
using Wire = RaftKv.Api.Protocol.Peers;

namespace RaftKv.Node.Transport;

/// <summary>
/// Empties one queue into one stream. Everything that waits goes into one frame up to its limit, so that frames grow
/// with load and a lone message does not wait for company.
/// </summary>
internal sealed class PeerSender(PeerQueue queue, IClientStreamWriter<Wire.Frame> stream, PeerGuard guard, TimeSpan writeTimeout)
{
    private Wire.Frame _frame = new();
    private int _frameBytes;
    private long _lastAppendTerm;

    /// <summary>The term of the newest append that was given to the stream; zero when none was.</summary>
    public Term LastAppendTerm => new(Interlocked.Read(ref _lastAppendTerm));

    /// <summary>Sends until cancelled or broken.</summary>
    /// <exception cref="TimeoutException">The peer took nothing for the write timeout.</exception>
    /// <exception cref="InvalidDataException">The membership says by now that this is not the peer.</exception>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (await queue.WaitAsync(cancellationToken))
        {
            while (queue.TryTake(out var message))
            {
                if (message is AppendRequest append)
                {
                    Interlocked.Exchange(ref _lastAppendTerm, append.Term.Value);
                    foreach (var part in AppendParts.Split(append, PeerTransportOptions.MaxFrameBytes))
                    {
                        await AddAsync(part, cancellationToken);
                    }
                }
                else
                {
                    await AddAsync(MessageCodec.Encode(message), cancellationToken);
                }
            }

            await FlushAsync(cancellationToken);
        }
    }

    private async ValueTask AddAsync(Wire.Envelope envelope, CancellationToken cancellationToken)
    {
        var bytes = envelope.CalculateSize();
        if (_frameBytes > 0 && _frameBytes + bytes > PeerTransportOptions.MaxFrameBytes)
        {
            await FlushAsync(cancellationToken);
        }

        _frame.Messages.Add(envelope);
        _frameBytes += bytes;
    }

    private async ValueTask FlushAsync(CancellationToken cancellationToken)
    {
        if (_frame.Messages.Count == 0)
        {
            return;
        }

        guard.Require();
        var frame = _frame;
        _frame = new Wire.Frame();
        _frameBytes = 0;
        var write = stream.WriteAsync(frame, CancellationToken.None);
        if (!write.IsCompletedSuccessfully)
        {
            await write.WaitAsync(writeTimeout, cancellationToken);
        }
    }
}
