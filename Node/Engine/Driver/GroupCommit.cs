using RaftKv.Core.Consensus;
using RaftKv.Engine.Storage;

namespace RaftKv.Engine.Driver;

/// <summary>
/// Collects saves while the disk is busy and writes all of them as one frame with one flush: batches grow with load
/// and vanish when idle, and nothing ever waits for more to come. Has no thread of its own; <see cref="Add"/> and
/// <see cref="Take"/> may be called beside each other.
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
        var entries = save.Entries.ToArray();
        var bytes = 0L;
        foreach (var entry in entries)
        {
            bytes += entry.SizeBytes;
        }

        lock (_lock)
        {
            _waiting.Enqueue((save with { Entries = entries }, bytes));
        }
    }

    /// <summary>Takes the next batch: everything that waits, within the bound; empty when nothing does.</summary>
    public List<Save> Take()
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

    /// <summary>
    /// Writes a batch. When there is no room for it, the log first lets go what this batch or one that waits behind it
    /// says is in a durable snapshot: else a full disk would keep what is to make room on it waiting for room (P11).
    /// </summary>
    /// <exception cref="DiskFullException">There is no room even so; the same batch may come again.</exception>
    public void Write(ILogStorage storage, IReadOnlyList<Save> batch)
    {
        try
        {
            storage.Append(batch);
        }
        catch (DiskFullException)
        {
            storage.Forget(WhatMayGo(batch));
            storage.Append(batch);
        }
    }

    /// <summary>
    /// What snapshots hold, but nothing that a save which is still to be written deletes or begins after: it would find a
    /// log that no longer reaches back to there.
    /// </summary>
    private LogIndex WhatMayGo(IReadOnlyList<Save> batch)
    {
        var (held, most) = (LogIndex.Zero, new LogIndex(long.MaxValue));
        lock (_lock)
        {
            foreach (var save in batch.Concat(_waiting.Select(w => w.Save)))
            {
                held = LogIndex.Max(held, LogIndex.Max(save.CompactTo ?? LogIndex.Zero, save.ResetTo?.Index ?? LogIndex.Zero));
                most = LogIndex.Min(most, LogIndex.Min(save.TruncateFrom?.Previous ?? most, save.ResetTo?.Index.Previous ?? most));
            }
        }

        return LogIndex.Min(held, most);
    }
}
