using RaftKv.Core.Consensus;

namespace RaftKv.Engine.Storage;

/// <summary>
/// The durable log: term, vote and entries in one sequence of frames (see <see cref="LogFormat"/>). One frame is written
/// for each batch, and none before the flush of the one before returned, so that at most the last frame can be torn:
/// a bad frame with a whole one behind it is damage, never a crash (P4). One thread appends; reads run beside it.
/// </summary>
public sealed partial class WriteAheadLog : ILogStorage
{
    private readonly IDisk _disk;
    private readonly string _directory;
    private readonly WriteAheadLogOptions _options;
    private readonly FrameBuilder _frame = new();
    private readonly Lock _indexLock = new();
    private readonly Dictionary<long, LogSegment> _segments = [];
    private PositionIndex _index = new(EntryId.Zero);
    private LogSegment _current = null!;
    private long _writeOffset;
    private long _nextFrame = 1;
    private HardState _hardState;
    private LogIndex _dropTo;
    private bool _noteMayGo;
    private bool _flushNeeded;
    private bool _failed;

    private WriteAheadLog(IDisk disk, string directory, WriteAheadLogOptions options)
    {
        _disk = disk;
        _directory = directory;
        _options = options;
    }

    /// <inheritdoc/>
    public RecoveredState Recovered { get; private set; } = RecoveredState.Empty;

    /// <inheritdoc/>
    public LogIndex First => _index.Compacted.Index.Next;

    /// <inheritdoc/>
    public EntryId Last
    {
        get
        {
            lock (_indexLock)
            {
                return _index.Last;
            }
        }
    }

    /// <summary>Opens a log, or makes an empty one.</summary>
    /// <param name="disk">Where it lies.</param>
    /// <param name="directory">The log's own directory.</param>
    /// <param name="options">How it lies there.</param>
    /// <param name="snapshot">The newest durable snapshot of the same server, or null.</param>
    /// <exception cref="InvalidDataException">It is damaged, or another server's, or begins after the snapshot; the message names file, offset and the way out.</exception>
    public static WriteAheadLog Open(IDisk disk, string directory, WriteAheadLogOptions options, SnapshotMeta? snapshot = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(options.SegmentBytes, 4096);
        var log = new WriteAheadLog(disk, directory, options);
        try
        {
            log.Recover();
            log.Continue(snapshot);
            return log;
        }
        catch
        {
            log.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Append(IReadOnlyList<Save> saves)
    {
        if (_failed || _flushNeeded)
        {
            throw new InvalidOperationException(_failed
                ? "The log failed before; what it holds on disk is not known, so nothing may follow."
                : "The frame before this one was not flushed.");
        }

        SaveOrder.Check(saves, First, _index.Last.Index);
        _failed = true; // Until all steps are done: an error in the middle is final.
        _frame.Build(saves, _nextFrame, _options.Salt);
        if (_frame.IsEmpty)
        {
            NoteWhatMayGo(saves);
            _failed = false;
            return;
        }

        if (_writeOffset + _frame.Padded.Length > _current.Capacity)
        {
            StartSegmentOrRefuse();
        }

        WriteFrame();
        Index(saves);
        NoteWhatMayGo(saves);
        _writeOffset += _frame.Padded.Length;
        _nextFrame++;
        _flushNeeded = true;
        _failed = false;
    }

    private void WriteFrame()
    {
        try
        {
            _current.File.Write(_writeOffset, _frame.Padded);
        }
        catch (DiskFullException e)
        {
            // Half a frame may be there: unlike a segment that could not be made, this does not pass.
            throw new IOException($"There was no room in {_current.Path}, although it had been reserved.", e);
        }
    }

    /// <summary>Without room for a new segment nothing has happened yet: the same batch may come again (P11).</summary>
    private void StartSegmentOrRefuse()
    {
        try
        {
            StartSegment(_options.SegmentBytes, _frame.Padded.Length);
        }
        catch (DiskFullException)
        {
            _failed = false;
            throw;
        }
    }

    /// <inheritdoc/>
    public void Flush()
    {
        if (_failed)
        {
            throw new InvalidOperationException("The log failed before; a flush that is tried again proves nothing.");
        }

        if (_flushNeeded)
        {
            _failed = true; // A flush that throws may have lost the pages that it was to write: never tried again (P5).
            _current.File.Flush();
            RequireName();
            _failed = false;
            _flushNeeded = false;
        }

        ForgetWhatMayGo();
    }

    /// <summary>Bytes are durable only where a start finds them: a file that lost its name is gone with the process (P7).</summary>
    private void RequireName()
    {
        if (!_disk.Exists(_current.Path))
        {
            throw new IOException(
                $"The log file {_current.Path} is gone: it was deleted, or its directory was moved or unmounted, while this server wrote to it. "
                + "Put it back and start the server again. What is lost stays lost: then remove the server from the cluster and add it again under a new id.");
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var segment in _segments.Values)
        {
            segment.File.Dispose();
        }

        _segments.Clear();
        lock (_indexLock)
        {
            DisposeRetired();
        }
    }

    private void Index(IReadOnlyList<Save> saves)
    {
        var number = 0;
        lock (_indexLock)
        {
            for (var s = 0; s < saves.Count; s++)
            {
                var save = saves[s];
                _hardState = save.HardState ?? _hardState;
                if (save.TruncateFrom is { } from)
                {
                    _index.TruncateFrom(from);
                    _current.LowestTruncation = LogIndex.Min(_current.LowestTruncation, from);
                }

                if (save.ResetTo is { } reset)
                {
                    _index = new PositionIndex(reset);
                }

                for (var i = 0; i < save.Entries.Count; i++)
                {
                    var entry = save.Entries[i];
                    var offset = _writeOffset + _frame.EntryOffsets[number++];
                    _index.Add(new EntryPosition(entry.Id.Term, (int)_current.Number, entry.Payload.Length, offset));
                }
            }
        }
    }
}
