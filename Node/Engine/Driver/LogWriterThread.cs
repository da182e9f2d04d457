using RaftKv.Core.Consensus;
using RaftKv.Engine.Storage;

namespace RaftKv.Engine.Driver;

/// <summary>Makes saves durable on a thread of its own, one flush for all that came during the previous one.</summary>
internal sealed class LogWriterThread : ILogWriter
{
    private readonly ILogStorage _storage;
    private readonly Action _completed;
    private readonly GroupCommit _commit = new();
    private readonly Lock _lock = new();
    private readonly Queue<(long SaveId, Instant Handed)> _handed = new();
    private long _durable;
    private long _taken;

    public LogWriterThread(ILogStorage storage, string name, Action completed, Action<Exception> failed)
    {
        _storage = storage;
        _completed = completed;
        Thread = new NodeThread(name, Work, failed);
    }

    public NodeThread Thread { get; }

    public Instant? OldestPending
    {
        get
        {
            lock (_lock)
            {
                return _handed.TryPeek(out var oldest) ? oldest.Handed : null;
            }
        }
    }

    public void Write(in Save save)
    {
        lock (_lock)
        {
            _handed.Enqueue((save.SaveId, MonotonicClock.Now));
        }

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
        var batch = _commit.Take();
        if (batch.Count == 0)
        {
            return Instant.Never;
        }

        var saveId = GroupCommit.Commit(_storage, batch);
        lock (_lock)
        {
            while (_handed.TryPeek(out var oldest) && oldest.SaveId <= saveId)
            {
                _handed.Dequeue();
            }
        }

        Volatile.Write(ref _durable, saveId);
        _completed();
        return null;
    }
}
