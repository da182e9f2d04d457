using RaftKv.Core.Consensus;

namespace RaftKv.Engine.Storage;

/// <summary>Reads the whole log at start, and decides what a strange byte means: the torn end of a crash, or damage.</summary>
public sealed partial class WriteAheadLog
{
    private const string WayOut =
        "Do not delete the file: this server may have acknowledged what it held. Remove the server from the cluster and "
        + "add it again under a new id with an empty data directory; the other servers hold its data.";

    private readonly List<PlacedConfiguration> _recoveredConfigurations = [];

    /// <summary>While what is left of the log begins in the middle of what was being dropped.</summary>
    private bool _beginningIsUnknown;

    private void Recover()
    {
        _disk.CreateDirectory(_directory);
        var numbers = FindSegments();
        ReadTrimNote();
        if (numbers.Count == 0)
        {
            StartAnew();
            return;
        }

        byte[] bytes = [];
        for (var i = 0; i < numbers.Count; i++)
        {
            var isLast = i == numbers.Count - 1;
            var path = Path.Combine(_directory, LogFormat.NameOf(numbers[i]));
            if (i > 0 && numbers[i] != numbers[i - 1] + 1)
            {
                throw Damaged(path, 0, $"the segment before it, {LogFormat.NameOf(numbers[i] - 1)}, is missing");
            }

            var file = _disk.Open(path);
            Use(new LogSegment(numbers[i], path, file, file.Length), LogFormat.SegmentHeaderBytes);
            bytes = ReadWhole(file, bytes);
            ReadHeader(bytes, isFirst: i == 0);
            var lastFrame = ReadFrames(bytes);
            var hasRest = bytes.AsSpan((int)_writeOffset).ContainsAnyExcept((byte)0);
            if (hasRest)
            {
                CheckIsTornEnd(bytes, isLast);
            }

            if (isLast)
            {
                MakeDurable(bytes, lastFrame, hasRest);
            }
        }

        if (_beginningIsUnknown)
        {
            throw Damaged(_current.Path, 0, "it deletes entries from before the beginning of the log");
        }

        Recovered = new RecoveredState
        {
            HardState = _hardState,
            Compacted = _index.Compacted,
            Entries = _index.ToMeta(),
            Configurations = _recoveredConfigurations,
            TailWasTrimmed = _trimNote is not null,
            TrimmedAt = _trimNote?.Kept,
            TrimmedUntil = _trimNote?.Until ?? Term.Zero,
            IsRestart = true,
        };
    }

    private void StartAnew()
    {
        if (_trimNote is not null)
        {
            throw Damaged(Path.Combine(_directory, TrimNoteFile), 0, "it tells of a log whose end was cut off, and there is no segment of that log");
        }

        StartSegment(_options.SegmentBytes);
    }

    private List<long> FindSegments()
    {
        var numbers = new List<long>();
        foreach (var name in _disk.List(_directory))
        {
            if (name.EndsWith(LogFormat.UnfinishedExtension, StringComparison.Ordinal))
            {
                _disk.Delete(Path.Combine(_directory, name));
            }
            else if (LogFormat.NumberIn(name) is { } number)
            {
                numbers.Add(number);
            }
        }

        numbers.Sort();
        return numbers;
    }

    /// <summary>Into the buffer of the file before, which is as long in nearly every case: a long log would leave one behind for each segment.</summary>
    private static byte[] ReadWhole(IDiskFile file, byte[] buffer)
    {
        var length = checked((int)file.Length);
        var bytes = buffer.Length == length ? buffer : GC.AllocateUninitializedArray<byte>(length);
        var read = 0;
        while (read < bytes.Length)
        {
            var count = file.Read(read, bytes.AsSpan(read));
            if (count == 0)
            {
                throw new IOException($"The file ended at {read} of {bytes.Length} bytes.");
            }

            read += count;
        }

        return bytes;
    }

    private void ReadHeader(byte[] bytes, bool isFirst)
    {
        if (!SegmentHeader.TryRead(bytes, out var header, out var fault))
        {
            throw Damaged(_current.Path, 0, fault);
        }

        if (header.Segment != _current.Number)
        {
            throw Damaged(_current.Path, 0, $"it says that it is segment {header.Segment}");
        }

        if (header.Salt != _options.Salt)
        {
            throw Damaged(_current.Path, 0, "it belongs to another data directory");
        }

        if (isFirst)
        {
            _index = new PositionIndex(header.Previous);
            _current.Previous = header.Previous;
            _hardState = header.HardState;
            _nextFrame = header.FirstFrame;
            return;
        }

        if (_beginningIsUnknown && header.Previous.Index == _index.Last.Index && (_index.Count == 0 || header.Previous == _index.Last))
        {
            _index = new PositionIndex(header.Previous);
            _recoveredConfigurations.RemoveAll(c => c.Index <= header.Previous.Index);
            _beginningIsUnknown = false;
        }

        if (header.FirstFrame != _nextFrame || header.Previous != _index.Last || header.HardState != _hardState)
        {
            throw Damaged(_current.Path, 0,
                $"it continues at frame {header.FirstFrame} after entry {header.Previous}, but the segment before it ends "
                + $"before frame {_nextFrame} with entry {_index.Last}");
        }

        _current.Previous = header.Previous;
    }

    /// <returns>Where the last whole frame begins, or the header's end when there is none.</returns>
    private int ReadFrames(byte[] bytes)
    {
        var lastFrame = (int)_writeOffset;
        while (_writeOffset < bytes.Length
            && LogFormat.TryReadFrame(bytes.AsSpan((int)_writeOffset), _options.Salt, out var number, out var length)
            && number == _nextFrame)
        {
            ReadRecords(bytes.AsSpan((int)_writeOffset, length));
            lastFrame = (int)_writeOffset;
            _nextFrame++;
            _writeOffset = Math.Min(bytes.Length, LogFormat.Padded(_writeOffset + length));
        }

        return lastFrame;
    }

    private void ReadRecords(ReadOnlySpan<byte> frame)
    {
        for (var at = LogFormat.FrameHeaderBytes; at < frame.Length;)
        {
            var offset = _writeOffset + at;
            if (frame.Length - at < LogFormat.RecordHeaderBytes)
            {
                throw Damaged(_current.Path, offset, "a frame with a good checksum ends inside a record");
            }

            var record = LogFormat.ReadRecord(frame[at..]);
            at += LogFormat.RecordHeaderBytes + record.PayloadBytes;
            if (record.PayloadBytes < 0 || at > frame.Length)
            {
                throw Damaged(_current.Path, offset, "a record says that it is longer than its frame");
            }

            Replay(record, offset, frame[(at - record.PayloadBytes)..at]);
        }
    }

    private void Replay(in RecordHeader record, long offset, ReadOnlySpan<byte> payload)
    {
        switch (record.Kind)
        {
            case RecordKind.HardState:
                _hardState = new HardState(new Term(record.Term), new NodeId((int)record.Value));
                break;
            case RecordKind.Truncate when record.Value > _index.Compacted.Index.Value:
                var from = new LogIndex(record.Value);
                _index.TruncateFrom(from);
                _current.LowestTruncation = LogIndex.Min(_current.LowestTruncation, from);
                _recoveredConfigurations.RemoveAll(c => c.Index >= from);
                break;
            case RecordKind.Truncate when record.Value > 0:
                // Older segments were being dropped when the power went, and this one would have been next: the snapshot
                // holds what it begins with, and what follows continues a log whose head is known from the next segment.
                var before = new LogIndex(record.Value - 1);
                _index = new PositionIndex(new EntryId(Term.Zero, before));
                _beginningIsUnknown = true;
                _current.LowestTruncation = LogIndex.Min(_current.LowestTruncation, before.Next);
                _recoveredConfigurations.RemoveAll(c => c.Index > before);
                break;
            case RecordKind.Reset:
                _beginningIsUnknown = false;
                _index = new PositionIndex(new EntryId(new Term(record.Term), new LogIndex(record.Value)));
                _recoveredConfigurations.Clear();
                break;
            case RecordKind.Entry when record.Value == _index.Last.Index.Next.Value:
                _index.Add(new EntryPosition(new Term(record.Term), (int)_current.Number, record.PayloadBytes, offset));
                if (record.EntryKind == EntryKind.Configuration)
                {
                    _recoveredConfigurations.Add(new PlacedConfiguration(_index.Last.Index, ReadConfiguration(payload, offset)));
                }

                break;
            default:
                throw Damaged(_current.Path, offset,
                    $"a record of kind {(int)record.Kind} for index {record.Value} does not continue a log that ends with {_index.Last}");
        }
    }

    private Configuration ReadConfiguration(ReadOnlySpan<byte> payload, long offset)
    {
        try
        {
            return ConfigurationCodec.Decode(payload);
        }
        catch (FormatException fault)
        {
            throw Damaged(_current.Path, offset, $"the membership in entry {_index.Last} cannot be read: {fault.Message}");
        }
    }

    /// <summary>
    /// The last frame may be torn by a crash. Whatever lies before a whole frame was durable once, because that frame
    /// was only written afterwards: if it is bad now, the disk has lost it.
    /// </summary>
    private void CheckIsTornEnd(byte[] bytes, bool isLastSegment)
    {
        if (!isLastSegment)
        {
            throw Damaged(_current.Path, _writeOffset, "a bad frame lies there, and later segments follow");
        }

        if (FrameSearch.Find(bytes.AsSpan((int)_writeOffset), _options.Salt, _nextFrame) is { } whole)
        {
            throw Damaged(_current.Path, _writeOffset, $"a bad frame lies there, and the whole frame {whole.Number} follows at offset {_writeOffset + whole.Offset}");
        }
    }

    /// <summary>
    /// What was read may never have been flushed: the process that wrote it may have been killed in between, or its
    /// flush may have failed and left pages that only look clean. So the last frame is written again and flushed
    /// before anyone relies on it. A torn rest is overwritten with zeros.
    /// </summary>
    private void MakeDurable(byte[] bytes, int lastFrame, bool hasRest)
    {
        if (lastFrame < _writeOffset)
        {
            _current.File.Write(lastFrame, bytes.AsSpan(lastFrame, (int)_writeOffset - lastFrame));
        }

        if (hasRest)
        {
            NoteTrimmedTail();
            var rest = bytes.AsSpan((int)_writeOffset);
            rest = rest[..(rest.LastIndexOfAnyExcept((byte)0) + 1)];
            rest.Clear();
            _current.File.Write(_writeOffset, rest);
        }

        _current.File.Flush();
        _disk.FlushDirectory(_directory);
    }

    private static InvalidDataException Damaged(string path, long offset, string what) =>
        new($"The log is damaged in {path} at offset {offset}: {what}. {WayOut}");
}
