using RaftKv.Core.Consensus;

namespace RaftKv.Engine.Storage;

/// <summary>
/// A durable log with the hard state beside it. One thread appends and flushes; reads may run beside it.
/// </summary>
public interface ILogStorage : IDisposable
{
    /// <summary>What was there when the log was opened.</summary>
    RecoveredState Recovered { get; }

    /// <summary>The first index that the log can hold an entry for: the one after what was compacted.</summary>
    LogIndex First { get; }

    /// <summary>The last entry, flushed or not.</summary>
    EntryId Last { get; }

    /// <summary>Writes a batch of saves as one unit: after a crash either all of it is there or nothing.</summary>
    /// <exception cref="InvalidOperationException">The batch before was not flushed, or a save does not fit the log.</exception>
    /// <exception cref="DiskFullException">There is no room; nothing has happened, and the same batch may come again (P11).</exception>
    void Append(IReadOnlyList<Save> saves);

    /// <summary>Returns when the batch is durable. An error is final: nothing can be appended afterwards (P5).</summary>
    void Flush();

    /// <summary>
    /// Drops at once what a durable snapshot holds, as far as whole files go, without waiting for a batch that says so: on a
    /// full disk that batch waits behind one for which there is no room (P11). Called by the thread that appends, never
    /// between a batch and its flush. A log that forgets nothing does nothing.
    /// </summary>
    /// <param name="upTo">The last index that may go; nothing that is to be appended deletes from it or from before it.</param>
    void Forget(LogIndex upTo)
    {
    }

    /// <summary>Reads entries back.</summary>
    /// <param name="range">Which.</param>
    /// <param name="maxBytes">Stop before this many bytes, but never before the first entry.</param>
    /// <returns>Contiguous entries from the first one asked for; empty when the log does not hold it.</returns>
    IReadOnlyList<LogEntry> Read(IndexRange range, int maxBytes);
}
