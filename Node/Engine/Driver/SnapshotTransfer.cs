using RaftKv.Core.Consensus;

namespace RaftKv.Engine.Driver;

/// <summary>
/// One snapshot on its way to one peer: parts in order within a window, and from the first missing one again when the
/// peer says so or the core says that it has waited long enough.
/// Invariant: Acked &lt;= Next.
/// </summary>
internal sealed class SnapshotTransfer(SnapshotSend send)
{
    private long _acked;
    private long _total = long.MaxValue;
    private bool _isPaused;
    private bool _asks = true;
    private bool _wentBack;

    /// <summary>What the core asked for.</summary>
    public SnapshotSend Send { get; } = send;

    /// <summary>The next byte to send.</summary>
    public long Next { get; private set; }

    /// <summary>Where the part begins that is being read.</summary>
    public long ReadOffset { get; set; }

    /// <summary>Whether the file was found to be intact. Looked at again when all of it was sent and the peer still lacks some.</summary>
    public bool IsChecked { get; set; }

    /// <summary>Whether a part is being read.</summary>
    public bool IsReading { get; set; }

    /// <summary>Whether a part may be sent. A single one, empty at the end, asks a peer that has not been heard lately where it is.</summary>
    public bool HasRoom(int windowBytes) =>
        !_isPaused && (_asks ? Next == _acked : Next < _total && Next - _acked < windowBytes);

    /// <summary>A part has left.</summary>
    public void Sent(int bytes, long totalBytes)
    {
        Next += bytes;
        _total = totalBytes;
        _isPaused = bytes == 0;
    }

    /// <summary>There is no way to the peer: wait for the core to say go on.</summary>
    public void Pause() => _isPaused = true;

    /// <summary>The core says go on: ask the peer where it is, with the first part that it may lack.</summary>
    public void Resume()
    {
        IsChecked &= Next < _total;
        Next = _acked;
        _isPaused = false;
        _asks = true;
        _wentBack = false;
    }

    /// <summary>
    /// The peer says which byte it lacks. Less than it said before means that it started again, which only counts after
    /// it was asked: otherwise it is an old answer. The same again, with more under way, means that a part was lost.
    /// </summary>
    public void Answer(long nextOffset)
    {
        if (nextOffset > _acked || _asks)
        {
            _acked = nextOffset;
            Next = _asks ? nextOffset : Math.Max(Next, nextOffset);
            _asks = false;
            _wentBack = false;
            _isPaused = false;
        }
        else if (nextOffset == _acked && Next > _acked && !_wentBack)
        {
            Next = _acked;
            _wentBack = true;
        }
    }
}
