using RaftKv.Core.Consensus;
using RaftKv.Engine.Storage;

namespace RaftKv.Engine.Driver;

/// <summary>
/// Makes saves durable on a thread of its own, one flush for all that came during the previous one. A batch for which
/// the disk has no room waits and is tried again; every other failure ends the server.
/// </summary>
internal sealed class LogWriterThread : ILogWriter
{
    private static readonly TimeSpan FullDiskInterval = TimeSpan.FromMilliseconds(200);

    private readonly ILogStorage _storage;
    private readonly Action _completed;
    private readonly GroupCommit _commit;
    private Instant _retryDue;
    private long _durable;
    private volatile bool _isDiskFull;
    private long _taken;

    public LogWriterThread(ILogStorage storage, long maxBatchBytes, string name, Action completed, Action<Exception> failed)
    {
        _storage = storage;
        _commit = new GroupCommit(maxBatchBytes);
        _completed = completed;
        Thread = new NodeThread(name, Work, failed);
    }

    public NodeThread Thread { get; }

    public bool IsDiskFull => _isDiskFull;

    public void Write(in Save save)
    {
        _commit.Add(save);
        Thread.Wake();
    }

    public bool TryTakeCompletion(out long saveId)
    {
        saveId = Volatile.Read(ref _durable);
        var isNewer = saveId > _taken;
        _taken = saveId;
        return isNewer;
    }

    private Instant? Work()
    {
        if (_isDiskFull && MonotonicClock.Now < _retryDue)
        {
            return _retryDue;
        }

        IReadOnlyList<Save> batch;
        try
        {
            batch = _commit.Write(_storage);
        }
        catch (DiskFullException)
        {
            (_retryDue, _isDiskFull) = (MonotonicClock.Now + FullDiskInterval, true);
            _completed();
            return _retryDue;
        }

        if (batch.Count == 0)
        {
            return Instant.Never;
        }

        _storage.Flush();
        _isDiskFull = false;
        Volatile.Write(ref _durable, batch[^1].SaveId);
        _completed();
        return null;
    }
}
