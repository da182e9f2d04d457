using System.Threading.Channels;
using RaftKv.Core.Consensus;

namespace RaftKv.Node.Transport;

/// <summary>
/// What waits for one stream to one peer. Bounded in messages and bytes: what does not fit is refused at once, because
/// the pump that fills it must never wait. One writer (the pump), one reader (the stream).
/// </summary>
internal sealed class PeerQueue(int maxMessages, long maxBytes)
{
    private readonly Channel<Message> _messages = Channel.CreateBounded<Message>(
        new BoundedChannelOptions(maxMessages) { SingleReader = true, SingleWriter = false, FullMode = BoundedChannelFullMode.Wait });

    private long _bytes;
    private volatile bool _open;

    /// <summary>Whether a stream is there to take messages away.</summary>
    public bool IsOpen => _open;

    /// <summary>Queues a message.</summary>
    /// <returns>False when there is no stream or no room.</returns>
    public bool TryAdd(Message message)
    {
        if (!_open)
        {
            return false;
        }

        var bytes = BytesOf(message);
        var before = Interlocked.Add(ref _bytes, bytes) - bytes;
        if ((before > 0 && before + bytes > maxBytes) || !_messages.Writer.TryWrite(message))
        {
            Interlocked.Add(ref _bytes, -bytes);
            return false;
        }

        return true;
    }

    /// <summary>Takes the oldest message.</summary>
    public bool TryTake(out Message message)
    {
        if (!_messages.Reader.TryRead(out message!))
        {
            return false;
        }

        Interlocked.Add(ref _bytes, -BytesOf(message));
        return true;
    }

    /// <summary>Completes when a message waits.</summary>
    public ValueTask<bool> WaitAsync(CancellationToken cancellationToken) => _messages.Reader.WaitToReadAsync(cancellationToken);

    /// <summary>Lets messages in, none of them from before.</summary>
    public void Open()
    {
        Clear();
        _open = true;
    }

    /// <summary>Refuses messages from now on and forgets those that wait.</summary>
    public void Close()
    {
        _open = false;
        Clear();
    }

    private void Clear()
    {
        while (TryTake(out _))
        {
        }
    }

    private static long BytesOf(Message message)
    {
        if (message is SnapshotChunk chunk)
        {
            return LogEntry.OverheadBytes + chunk.Data.Length;
        }

        if (message is not AppendRequest append)
        {
            return 0;
        }

        long bytes = LogEntry.OverheadBytes;
        foreach (var entry in append.Entries)
        {
            bytes += entry.SizeBytes;
        }

        return bytes;
    }
}
