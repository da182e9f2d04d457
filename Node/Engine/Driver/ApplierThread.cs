using System.Collections.Concurrent;
using RaftKv.Core.Consensus;
using RaftKv.Core.Kv;
using RaftKv.Engine.Storage;

namespace RaftKv.Engine.Driver;

/// <summary>Applies committed entries to the state machine on a thread of its own, and tells anyone who waits for a reply.</summary>
internal sealed class ApplierThread : IApplier
{
    private readonly KvStore _store;
    private readonly RequestTable _requests;
    private readonly Action _completed;
    private readonly SnapshotStore? _snapshots;
    private readonly ConcurrentQueue<Work> _waiting = new();
    private long _applied;
    private long _taken;

    /// <summary>What is to be done next: entries to apply, or a snapshot to go on from.</summary>
    private readonly record struct Work(IReadOnlyList<LogEntry> Entries, SnapshotMeta? Snapshot);

    public ApplierThread(KvStore store, RequestTable requests, SnapshotStore? snapshots, string name, Action completed, Action<Exception> failed)
    {
        _store = store;
        _requests = requests;
        _completed = completed;
        _snapshots = snapshots;
        Thread = new NodeThread(name, WorkOnce, failed);
    }

    public NodeThread Thread { get; }

    public void Apply(IReadOnlyList<LogEntry> entries)
    {
        _waiting.Enqueue(new Work(entries, null));
        Thread.Wake();
    }

    public void Restore(SnapshotMeta meta)
    {
        _waiting.Enqueue(new Work([], meta));
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

    private Instant? WorkOnce()
    {
        if (!_waiting.TryDequeue(out var work))
        {
            return Instant.Never;
        }

        if (work.Snapshot is { } snapshot)
        {
            Install(snapshot);
        }
        else
        {
            Apply(work);
        }

        _completed();
        return null;
    }

    private void Apply(in Work work)
    {
        var entries = work.Entries;
        for (var i = 0; i < entries.Count; i++)
        {
            var entry = entries[i];
            var reply = _store.Apply(entry);
            _requests.Applied(entry.Id, reply);
        }

        Volatile.Write(ref _applied, entries[^1].Id.Index.Value);
    }

    /// <summary>One that a newer one follows is skipped, with all between: its file may be gone already (S6).</summary>
    private void Install(SnapshotMeta snapshot)
    {
        if (_waiting.Any(w => w.Snapshot is not null))
        {
            while (_waiting.TryPeek(out var skipped) && skipped.Snapshot is null)
            {
                _waiting.TryDequeue(out _);
            }

            return;
        }

        _store.Restore(_snapshots!.Load(snapshot.Last).View);
        _requests.Skip(snapshot.Last.Index);
        Volatile.Write(ref _applied, snapshot.Last.Index.Value);
    }
}
