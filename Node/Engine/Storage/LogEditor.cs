using RaftKv.Core.Consensus;

namespace RaftKv.Engine.Storage;

/// <summary>What to change in a stopped server's log.</summary>
public sealed record LogEdit
{
    /// <summary>The first entry to change.</summary>
    public required LogIndex First { get; init; }

    /// <summary>The last entry to change; null: the last one of the log.</summary>
    public LogIndex? Last { get; init; }

    /// <summary>The term that those entries get; null: they stay as they are.</summary>
    public Term? Term { get; init; }

    /// <summary>The term that the server remembers, without a vote in it; null: it stays as it is.</summary>
    public Term? StoredTerm { get; init; }

    /// <summary>An edit from plain numbers, 0 for what is not asked for.</summary>
    /// <exception cref="ArgumentException">A number is negative, or nothing is asked for.</exception>
    public static LogEdit FromNumbers(long first, long last, long term, long storedTerm)
    {
        if (first < 1 || last < 0 || term < 0 || storedTerm < 0 || (term == 0 && storedTerm == 0))
        {
            throw new ArgumentException("Name a term or a stored term, from 1, and a first index from 1.");
        }

        return new LogEdit
        {
            First = new LogIndex(first),
            Last = last == 0 ? null : new LogIndex(last),
            Term = term == 0 ? null : new Term(term),
            StoredTerm = storedTerm == 0 ? null : new Term(storedTerm),
        };
    }
}

/// <summary>What an edit changed.</summary>
/// <param name="First">The first entry in its range.</param>
/// <param name="Last">The last entry in its range.</param>
/// <param name="ChangedCount">Entries that have another term than before.</param>
/// <param name="Before">Term and vote before.</param>
/// <param name="After">Term and vote now.</param>
public sealed record LogEditResult(LogIndex First, LogIndex Last, int ChangedCount, HardState Before, HardState After);

/// <summary>
/// Falsifies a stopped server's log, so that tests can see what a cluster does with one: entries get other terms, all
/// checksums are right. The log is rewritten beside the old one, which it then replaces. What a snapshot holds stays as
/// it is.
/// </summary>
public static class LogEditor
{
    private const string EditedDirectory = "log.edited";
    private const string OldDirectory = "log.old";
    private const int PageBytes = 1024 * 1024;

    /// <summary>Carries out an edit.</summary>
    /// <param name="dataDirectory">The data directory of a server that does not run.</param>
    /// <param name="edit">What to change.</param>
    /// <exception cref="DataDirectoryInUseException">A live server holds the directory.</exception>
    /// <exception cref="ArgumentException">The log would hold falling terms, or the range is empty; nothing was changed.</exception>
    /// <exception cref="InvalidDataException">The log cannot be read; nothing was changed.</exception>
    public static LogEditResult Edit(string dataDirectory, LogEdit edit)
    {
        // Before the lock, which would make the directory where there is none.
        var identity = NodeIdentity.ReadExisting(RealDisk.Instance, dataDirectory);
        using var held = DataDirectoryLock.Acquire(dataDirectory);
        var log = Path.Combine(dataDirectory, DataDirectory.LogDirectory);
        var edited = Path.Combine(dataDirectory, EditedDirectory);
        LogEditResult result;
        Delete(edited);
        using (var source = LogFiles.Open(RealDisk.Instance, log, identity))
        {
            var range = Check(source, edit);
            var after = edit.StoredTerm is { } term && term != source.Recovered.HardState.Term
                ? new HardState(term, NodeId.None)
                : source.Recovered.HardState;
            using ILogStorage target = source is JsonLog
                ? JsonLog.Open(RealDisk.Instance, edited)
                : LogFiles.OpenWriteAhead(RealDisk.Instance, edited, identity);
            var changed = Copy(source, target, range, edit.Term, after);
            result = new LogEditResult(range.First, range.Last, changed, source.Recovered.HardState, after);
        }

        var old = Path.Combine(dataDirectory, OldDirectory);
        Delete(old);
        Directory.Move(log, old);
        Directory.Move(edited, log);
        RealDisk.Instance.FlushDirectory(dataDirectory);
        Delete(old);
        return result;
    }

    private static IndexRange Check(ILogStorage source, LogEdit edit)
    {
        var recovered = source.Recovered;
        if (recovered.TailWasTrimmed)
        {
            throw new InvalidDataException("The log's last record is damaged. Start the server once, so that it deals with that, before you edit its log.");
        }

        var range = new IndexRange(edit.First, edit.Last ?? source.Last.Index);
        if (edit.Term is null)
        {
            return range;
        }

        if (range.First < source.First || range.Last > source.Last.Index || range.First > range.Last)
        {
            throw new ArgumentException($"The log holds the entries {source.First} to {source.Last.Index}, not {range.First} to {range.Last}.");
        }

        if (recovered.Snapshot is { } snapshot && range.First <= snapshot.Last.Index)
        {
            throw new ArgumentException(
                $"The server has a snapshot of everything up to {snapshot.Last.Index}, and entries that it holds cannot be edited: begin with {snapshot.Last.Index.Next} or later.");
        }

        CheckOrder(recovered, range, edit.Term.Value);
        return range;
    }

    /// <summary>A server would take falling terms for damage, and no test wants to see that.</summary>
    private static void CheckOrder(RecoveredState recovered, IndexRange range, Term term)
    {
        var entries = recovered.Entries;
        var behind = (int)(range.Last - recovered.Compacted.Index);
        var before = (int)(range.First - recovered.Compacted.Index) - 2;
        var termBefore = before < 0 ? recovered.Compacted.Term : entries[before].Term;
        if (termBefore > term)
        {
            throw new ArgumentException($"Entry {range.First} cannot get term {term}: the entry before it has term {termBefore}, and terms never fall.");
        }

        if (behind < entries.Count && entries[behind].Term < term)
        {
            throw new ArgumentException($"Entry {range.Last} cannot get term {term}: the entry behind it has term {entries[behind].Term}, and terms never fall.");
        }
    }

    private static int Copy(ILogStorage source, ILogStorage target, IndexRange range, Term? term, HardState state)
    {
        var changed = 0;
        var save = 0L;
        var compacted = source.Recovered.Compacted;
        Write([], state, compacted == EntryId.Zero ? null : compacted);
        for (var next = source.First; next <= source.Last.Index;)
        {
            var page = source.Read(new IndexRange(next, source.Last.Index), PageBytes);
            Write([.. page.Select(Changed)], null, null);
            next += page.Count;
        }

        return changed;

        LogEntry Changed(LogEntry entry)
        {
            if (term is not { } other || entry.Id.Index < range.First || entry.Id.Index > range.Last || entry.Id.Term == other)
            {
                return entry;
            }

            changed++;
            return entry with { Id = new EntryId(other, entry.Id.Index) };
        }

        void Write(IReadOnlyList<LogEntry> entries, HardState? hardState, EntryId? beginAfter)
        {
            target.Append([new Save(++save, hardState, null, entries) { ResetTo = beginAfter }]);
            target.Flush();
        }
    }

    private static void Delete(string directory)
    {
        if (Directory.Exists(directory))
        {
            Directory.Delete(directory, recursive: true);
        }
    }
}
