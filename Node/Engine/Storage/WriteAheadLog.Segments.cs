namespace RaftKv.Engine.Storage;

/// <summary>Makes segments, each durable with its name before anything is written to it (P6).</summary>
public sealed partial class WriteAheadLog
{
    private void StartSegment(int segmentBytes, int frameBytes = 0)
    {
        var header = new SegmentHeader(_current is null ? 1 : _current.Number + 1, _options.Salt, _nextFrame, _hardState, _index.Last);
        var capacity = Math.Max(segmentBytes, LogFormat.SegmentHeaderBytes + (long)frameBytes);
        var path = Path.Combine(_directory, LogFormat.NameOf(header.Segment));
        var unfinished = Path.ChangeExtension(path, null) + LogFormat.UnfinishedExtension;
        _disk.Delete(unfinished);
        var file = _disk.Create(unfinished);
        try
        {
            file.Allocate(capacity);
            file.Write(0, header.ToBytes());
            file.Flush();
            _disk.Rename(unfinished, path);
            _disk.FlushDirectory(_directory);
        }
        catch (DiskFullException)
        {
            file.Dispose();
            _disk.Delete(unfinished);
            _disk.Delete(path); // A disk that makes names only when they are flushed finds that late that it is full.
            throw;
        }
        catch
        {
            file.Dispose();
            throw;
        }

        var segment = new LogSegment(header.Segment, path, file, file.Length) { Previous = header.Previous };
        Use(segment, LogFormat.SegmentHeaderBytes);
    }

    private void Use(LogSegment segment, long writeOffset)
    {
        lock (_indexLock)
        {
            _segments[segment.Number] = segment;
        }

        _current = segment;
        _writeOffset = writeOffset;
    }
}
