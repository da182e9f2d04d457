using RaftKv.Core.Consensus;

namespace RaftKv.Engine.Storage;

/// <summary>Reads entries back: neighbours on disk come with one read, and their payloads share its buffer.</summary>
public sealed partial class WriteAheadLog
{
    /// <summary>Entries further apart than this (other records lie between) are read apart.</summary>
    private const int LargestReadGapBytes = 16 * 1024;

    /// <summary>The most that one read of the disk brings, unless a single entry is larger.</summary>
    private const int LargestReadBytes = 1024 * 1024;

    /// <inheritdoc/>
    public IReadOnlyList<LogEntry> Read(IndexRange range, int maxBytes)
    {
        var positions = Locate(range, maxBytes);
        try
        {
            var entries = new LogEntry[positions.Count];
            for (var first = 0; first < positions.Count;)
            {
                var count = NeighboursFrom(positions, first);
                ReadTogether(positions, first, count, range.First, entries);
                first += count;
            }

            return entries;
        }
        finally
        {
            EndRead();
        }
    }

    private List<EntryPosition> Locate(IndexRange range, int maxBytes)
    {
        var positions = new List<EntryPosition>((int)Math.Clamp(range.Last - range.First + 1, 0, 1024));
        var bytes = 0L;
        lock (_indexLock)
        {
            _reads++;
            if (!_index.Contains(range.First))
            {
                return positions;
            }

            var last = LogIndex.Min(range.Last, _index.Last.Index);
            for (var index = range.First; index <= last; index = index.Next)
            {
                var position = _index[index];
                bytes += position.SizeBytes;
                if (bytes > maxBytes && positions.Count > 0)
                {
                    break;
                }

                positions.Add(position);
            }
        }

        return positions;
    }

    private static int NeighboursFrom(List<EntryPosition> positions, int first)
    {
        var next = first + 1;
        while (next < positions.Count
            && positions[next].Segment == positions[first].Segment
            && positions[next].Offset >= positions[next - 1].End
            && positions[next].Offset - positions[next - 1].End <= LargestReadGapBytes
            && positions[next].End - positions[first].Offset <= LargestReadBytes)
        {
            next++;
        }

        return next - first;
    }

    private void ReadTogether(
        List<EntryPosition> positions, int first, int count, LogIndex firstIndex, LogEntry[] entries)
    {
        var start = positions[first].Offset;
        var segment = SegmentOf(positions[first].Segment);
        var buffer = GC.AllocateUninitializedArray<byte>((int)(positions[first + count - 1].End - start));
        if (segment.File.Read(start, buffer) != buffer.Length)
        {
            throw Damaged(segment.Path, start, "the file ends before entries that it held");
        }

        for (var i = first; i < first + count; i++)
        {
            var position = positions[i];
            var record = LogFormat.ReadRecord(buffer.AsSpan((int)(position.Offset - start)));
            if (record.Kind != RecordKind.Entry || record.Term != position.Term.Value
                || record.Value != (firstIndex + i).Value || record.PayloadBytes != position.PayloadBytes)
            {
                throw Damaged(segment.Path, position.Offset, $"entry {firstIndex + i} is no longer what was written there");
            }

            entries[i] = new LogEntry(
                new EntryId(position.Term, firstIndex + i),
                record.EntryKind,
                buffer.AsMemory((int)(position.Offset - start) + LogFormat.RecordHeaderBytes, position.PayloadBytes));
        }
    }

    private LogSegment SegmentOf(int number)
    {
        lock (_indexLock)
        {
            // It may have been dropped since its entries were located; then it is kept open until this read has ended.
            return _segments.TryGetValue(number, out var segment) ? segment : _retired.Find(s => s.Number == number)!;
        }
    }
}
