using RaftKv.Core.Consensus;
using RaftKv.Engine.Driver;

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

    /// <summary>Reads entries back.</summary>
    /// <param name="range">Which.</param>
    /// <param name="maxBytes">Stop before this many bytes, but never before the first entry.</param>
    /// <returns>Contiguous entries from the first one asked for; empty when the log does not hold it.</returns>
    IReadOnlyList<LogEntry> Read(IndexRange range, int maxBytes);
}
