using System.Collections.Concurrent;
using RaftKv.Core.Consensus;
using RaftKv.Engine.Storage;

namespace RaftKv.Engine.Driver;

/// <summary>Reads entries back on a thread of its own, so that the loop never waits for a disk.</summary>
internal sealed class LogReaderThread : ILogReader
{
    private readonly ILogStorage _storage;
    private readonly Action _completed;
    private readonly ConcurrentQueue<LogRead> _requests = new();
    private readonly ConcurrentQueue<LogReadResult> _results = new();

    public LogReaderThread(ILogStorage storage, string name, Action completed, Action<Exception> failed)
    {
        _storage = storage;
        _completed = completed;
        Thread = new NodeThread(name, Work, failed);
    }

    public NodeThread Thread { get; }

    public void Request(in LogRead read)
    {
        _requests.Enqueue(read);
        Thread.Wake();
    }

    public bool TryTake(out LogReadResult result) => _results.TryDequeue(out result);

    private Instant? Work()
    {
        if (!_requests.TryDequeue(out var read))
        {
            return Instant.Never;
        }

        _results.Enqueue(new LogReadResult(read.ReadId, _storage.Read(read.Range, read.MaxBytes)));
        _completed();
        return null;
    }
}
