using RaftKv.Core.Consensus;
using RaftKv.Engine.Storage;

namespace RaftKv.Engine.Driver;

/// <summary>
/// Collects saves while the disk is busy and writes all of them as one frame with one flush: batches grow with load
/// and vanish when idle, and nothing ever waits for more to come. Has no thread of its own; <see cref="Add"/> and
/// <see cref="Write"/> may be called beside each other.
/// </summary>
/// <param name="maxBatchBytes">The most bytes of one batch; a larger save still goes alone.</param>
public sealed class GroupCommit(long maxBatchBytes = GroupCommit.DefaultBatchBytes)
{
    /// <summary>The most bytes of one batch unless said otherwise.</summary>
    public const long DefaultBatchBytes = 8 * 1024 * 1024;

    private readonly Lock _lock = new();
    private readonly Queue<(Save Save, long Bytes)> _waiting = new();

    /// <summary>Hands over a save; its list may be reused by the caller afterwards.</summary>
    public void Add(in Save save)
    {
        var copy = save with { Entries = save.Entries.ToArray() };
        lock (_lock)
        {
            Enqueue(copy);
        }
    }

    /// <summary>
    /// Writes the next batch: everything that waits, within the bound. When there is no room for it, what waits is first
    /// written more shortly (see <see cref="WaitingSaves"/>), and the log lets go what a save that waits says is in a durable
    /// snapshot: else a full disk would keep what is to make room on it waiting for room (P11).
    /// </summary>
    /// <returns>What was written; empty when nothing waits.</returns>
    /// <exception cref="DiskFullException">There is no room even so; the batch is the first to be written the next time.</exception>
    public IReadOnlyList<Save> Write(ILogStorage storage)
    {
        var batch = Take();
        if (batch.Count == 0 || TryAppend(storage, batch))
        {
            return batch;
        }

        storage.Forget(ShortenWhatWaits());
        batch = Take();
        return TryAppend(storage, batch) ? batch : throw new DiskFullException();
    }

    private bool TryAppend(ILogStorage storage, List<Save> batch)
    {
        try
        {
            storage.Append(batch);
            return true;
        }
        catch (DiskFullException)
        {
            lock (_lock)
            {
                Requeue([.. batch, .. _waiting.Select(w => w.Save)]);
            }

            return false;
        }
    }

    private List<Save> Take()
    {
        var batch = new List<Save>();
        var bytes = 0L;
        lock (_lock)
        {
            while (_waiting.TryPeek(out var next) && (batch.Count == 0 || bytes + next.Bytes <= maxBatchBytes))
            {
                batch.Add(_waiting.Dequeue().Save);
                bytes += next.Bytes;
            }
        }

        return batch;
    }

    /// <summary>Gives back what the log may let go before any of it is written.</summary>
    private LogIndex ShortenWhatWaits()
    {
        lock (_lock)
        {
            var saves = WaitingSaves.Shorten([.. _waiting.Select(w => w.Save)]);
            Requeue(saves);
            return WaitingSaves.WhatMayGo(saves);
        }
    }

    private void Requeue(List<Save> saves)
    {
        _waiting.Clear();
        saves.ForEach(Enqueue);
    }

    private void Enqueue(Save save)
    {
        var bytes = 0L;
        foreach (var entry in save.Entries)
        {
            bytes += entry.SizeBytes;
        }

        _waiting.Enqueue((save, bytes));
    }
}
