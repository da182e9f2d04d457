using System.Collections.Concurrent;
using RaftKv.Core.Consensus;
using RaftKv.Core.Kv;

namespace RaftKv.Engine.Driver;

/// <summary>Applies committed entries to the state machine on a thread of its own, and tells whoever waits for a reply.</summary>
internal sealed class ApplierThread : IApplier
{
    private readonly KvStore _store;
    private readonly RequestTable _requests;
    private readonly Action _completed;
    private readonly ConcurrentQueue<IReadOnlyList<LogEntry>> _waiting = new();
    private long _applied;
    private long _taken;

    public ApplierThread(KvStore store, RequestTable requests, string name, Action completed, Action<Exception> failed)
    {
        _store = store;
        _requests = requests;
        _completed = completed;
        Thread = new NodeThread(name, Work, failed);
    }

    public NodeThread Thread { get; }

    public void Apply(IReadOnlyList<LogEntry> entries)
    {
        _waiting.Enqueue(entries);
        Thread.Wake();
    }

    public bool TryTakeCompletion(out LogIndex index)
    {
        var applied = Volatile.Read(ref _applied);
        index = new LogIndex(applied);
        var isNewer = applied > _taken;
        _taken = applied;
        return isNewer;
    }

    private Instant? Work()
    {
        if (!_waiting.TryDequeue(out var entries))
        {
            return Instant.Never;
        }

        for (var i = 0; i < entries.Count; i++)
        {
            var entry = entries[i];
            var reply = _store.Apply(entry);
            _requests.Applied(entry.Id, reply);
        }

        Volatile.Write(ref _applied, entries[^1].Id.Index.Value);
        _completed();
        return null;
    }
}
