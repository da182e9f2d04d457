using System.Globalization;
using RaftKv.Core.Consensus;

namespace RaftKv.Engine.Storage;

/// <summary>
/// What the log forgets: whole segments once a durable snapshot holds their entries, and the note of a trimmed tail.
/// Both happen after the flush of the batch that allows them, oldest segment first, each deletion durable before the
/// next, so that after any crash the segments that are left follow each other without a gap (P12).
/// </summary>
public sealed partial class WriteAheadLog
{
    /// <summary>There from the moment a torn end is cut off until the server has caught up with what it may have acknowledged (P4).</summary>
    internal const string TrimNoteFile = "trimmed";

    private readonly List<LogSegment> _retired = [];
    private TrimNote? _trimNote;
    private (LogIndex To, long Segment) _dropSeen;
    private int _reads;

    private sealed record TrimNote(EntryId Kept, Term Until);

    private void NoteWhatMayGo(IReadOnlyList<Save> saves)
    {
        for (var s = 0; s < saves.Count; s++)
        {
            _noteMayGo |= saves[s].TailIsWhole;
            _dropTo = LogIndex.Max(_dropTo, LogIndex.Max(saves[s].CompactTo ?? LogIndex.Zero, saves[s].ResetTo?.Index ?? LogIndex.Zero));
        }
    }

    /// <inheritdoc/>
    public void Forget(LogIndex upTo)
    {
        if (_failed || _flushNeeded)
        {
            throw new InvalidOperationException("The log failed, or what it was given last is not flushed: nothing may go now.");
        }

        _failed = true; // Until all steps are done, as in Append.
        _dropTo = LogIndex.Max(_dropTo, upTo);
        DropWhatMayGo();
        if (_index.Last.Index <= _dropTo && _writeOffset > LogFormat.SegmentHeaderBytes)
        {
            MakeCurrentSegmentDroppable();
        }

        _failed = false;
    }

    /// <summary>
    /// A snapshot holds all that the log holds, and yet the segment that is being written to must stay, because term and
    /// vote are in it. A segment of nothing but a header holds them too, and takes next to no room.
    /// </summary>
    private void MakeCurrentSegmentDroppable()
    {
        try
        {
            StartSegment(LogFormat.SegmentHeaderBytes);
        }
        catch (DiskFullException)
        {
            return;
        }

        DropWhatMayGo();
    }

    private void ForgetWhatMayGo()
    {
        if (_noteMayGo)
        {
            // Gone for good before anything else is saved: a note that came back with the power would demand what only a
            // leader can verify, of a server without whose vote there may be none.
            _disk.Delete(Path.Combine(_directory, TrimNoteFile));
            _disk.FlushDirectory(_directory);
            _noteMayGo = false;
            _trimNote = null;
        }

        DropWhatMayGo();
    }

    private void DropWhatMayGo()
    {
        if (_segments.Count > 1 && _dropSeen != (_dropTo, _current.Number))
        {
            _dropSeen = (_dropTo, _current.Number);
            DropSegments();
        }
    }

    /// <summary>
    /// Drops the segments before the last one that a log can begin with: everything before it is compacted, and no
    /// record in it or after it deletes from below its beginning, which a log that begins there could not replay.
    /// </summary>
    private void DropSegments()
    {
        var lowest = new LogIndex(long.MaxValue);
        var newestFirst = _segments.Values.OrderByDescending(s => s.Number).ToList();
        var at = 0;
        for (; at < newestFirst.Count; at++)
        {
            lowest = LogIndex.Min(lowest, newestFirst[at].LowestTruncation);
            if (newestFirst[at].Previous.Index <= _dropTo && lowest > newestFirst[at].Previous.Index)
            {
                break;
            }
        }

        if (at < newestFirst.Count - 1)
        {
            ForgetPositions(newestFirst[at].Previous);
        }

        for (var i = newestFirst.Count - 1; i > at; i--)
        {
            Drop(newestFirst[i]);
        }
    }

    /// <summary>
    /// Before any segment goes, and up to where the log will begin: between two segments a truncation may have replaced what
    /// the one ends with, and then a reader would be sent into the other one, which is gone.
    /// </summary>
    private void ForgetPositions(EntryId compacted)
    {
        lock (_indexLock)
        {
            if (compacted.Index > _index.Compacted.Index && _index.Holds(compacted))
            {
                _index.CompactTo(compacted);
            }
        }
    }

    private void Drop(LogSegment segment)
    {
        lock (_indexLock)
        {
            _segments.Remove(segment.Number);
            _retired.Add(segment);
            if (_reads == 0)
            {
                DisposeRetired();
            }
        }

        _disk.Delete(segment.Path);
        _disk.FlushDirectory(_directory);
    }

    private void EndRead()
    {
        lock (_indexLock)
        {
            if (--_reads == 0)
            {
                DisposeRetired();
            }
        }
    }

    private void DisposeRetired()
    {
        foreach (var segment in _retired)
        {
            segment.File.Dispose();
        }

        _retired.Clear();
    }

    /// <summary>
    /// Lets the log go on where the snapshot ends. Where the snapshot is not in the log, the power went between its
    /// rename and the reset of the log: that reset is made now (S4). A log that begins after it has a hole (P9).
    /// </summary>
    private void Continue(SnapshotMeta? snapshot)
    {
        var last = snapshot?.Last ?? EntryId.Zero;
        if (_index.Compacted.Index > last.Index || (_index.Compacted.Index == last.Index && _index.Compacted != last))
        {
            throw new InvalidDataException(
                $"The log in {_directory} begins after entry {_index.Compacted}, but the newest snapshot "
                + (snapshot is null ? "is missing" : $"ends with entry {last}") + ": the state between them is gone. " + WayOut);
        }

        if (snapshot is null)
        {
            return;
        }

        if (!_index.Holds(last))
        {
            Append([new Save(0, null, null, []) { ResetTo = last }]);
            Flush();
            _recoveredConfigurations.Clear();
        }

        // A snapshot that took the log's place may have left segments before it, which only the start after that can let go.
        _dropTo = LogIndex.Max(_dropTo, _index.Compacted.Index);
        Recovered = Recovered with
        {
            Compacted = _index.Compacted,
            Entries = _index.ToMeta(),
            Snapshot = snapshot,
            Applied = last.Index,
        };
    }

    private void ReadTrimNote()
    {
        var path = Path.Combine(_directory, TrimNoteFile);
        if (!_disk.Exists(path))
        {
            return;
        }

        var words = DataDirectory.ReadText(_disk, path).Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        var numbers = words.Select(w => long.TryParse(w, NumberStyles.None, CultureInfo.InvariantCulture, out var n) ? n : -1).ToArray();
        if (numbers.Length != 3 || numbers.Contains(-1))
        {
            throw Damaged(path, 0, "it should hold three numbers");
        }

        _trimNote = new TrimNote(new EntryId(new Term(numbers[0]), new LogIndex(numbers[2])), new Term(numbers[1]));
    }

    /// <summary>
    /// Notes durably, before the torn end is overwritten, in which term it was cut off and after which entry: even a
    /// server that is started again before it has caught up must know. A second cut extends the note of the first.
    /// </summary>
    private void NoteTrimmedTail()
    {
        var kept = new EntryId(_hardState.Term, _index.Last.Index);
        _trimNote = _trimNote is { } earlier
            ? new TrimNote(earlier.Kept with { Index = LogIndex.Min(earlier.Kept.Index, kept.Index) }, kept.Term)
            : new TrimNote(kept, kept.Term);
        DataDirectory.WriteDurably(
            _disk, _directory, TrimNoteFile, $"{_trimNote.Kept.Term} {_trimNote.Until} {_trimNote.Kept.Index}\n");
    }
}
