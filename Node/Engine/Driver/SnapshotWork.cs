using System.Collections.Concurrent;
using RaftKv.Core.Consensus;
using RaftKv.Core.Kv;
using RaftKv.Engine.Storage;

namespace RaftKv.Engine.Driver;

/// <summary>
/// Does the work on snapshot files in small pieces, so that sending and receiving go on while one is being written. Has
/// no thread of its own: the port's members are called by the pump, <see cref="Work"/> by one other thread, or by a
/// simulator whenever it likes.
/// </summary>
/// <param name="store">The files.</param>
/// <param name="view">The applied state as it is now.</param>
/// <param name="wake">Called when there is work.</param>
public sealed class SnapshotWork(SnapshotStore store, Func<KvView> view, Action wake) : ISnapshots, IDisposable
{
    /// <summary>How often a check that takes long says that it goes on: every 16 MiB with the usual pieces.</summary>
    private const int PiecesPerSign = 64;

    private readonly ConcurrentQueue<SnapshotRead> _reads = new();
    private readonly ConcurrentQueue<SnapshotRead> _toCheck = new();
    private readonly ConcurrentQueue<SnapshotChunk> _chunks = new();
    private readonly ConcurrentQueue<(SnapshotMeta Meta, KvView View)> _toWrite = new();
    private readonly ConcurrentQueue<InputEvent> _answers = new();
    private readonly ConcurrentQueue<SnapshotReadResult> _parts = new();
    private readonly SnapshotReceiver _receiver = new(store);
    private SnapshotCheck? _check;
    private SnapshotRead _checkedFor;
    private long _checkedPieces;
    private IReadOnlyCollection<EntryId>? _keep;
    private (SnapshotMeta Meta, KvView View)? _writing;
    private SnapshotWriter? _writer;
    private bool _isWritten;
    private KvView? _frozen;

#if RAFTKV_TEST_FAULTS
    /// <summary>A bug planted by a test.</summary>
    internal SnapshotFault Fault { get; init; }

#endif
    /// <inheritdoc/>
    public LogIndex Freeze()
    {
        _frozen = view();
        return _frozen.Applied;
    }

    /// <inheritdoc/>
    public void Write(SnapshotMeta meta)
    {
        _toWrite.Enqueue((meta, _frozen!));
        _frozen = null;
        wake();
    }

    /// <inheritdoc/>
    public void Request(in SnapshotRead read)
    {
        (read.IsFirst ? _toCheck : _reads).Enqueue(read);
        wake();
    }

    /// <inheritdoc/>
    public void Keep(IReadOnlyCollection<EntryId> inUse)
    {
        Volatile.Write(ref _keep, inUse);
        wake();
    }

    /// <inheritdoc/>
    public void Receive(SnapshotChunk chunk)
    {
        _chunks.Enqueue(chunk);
        wake();
    }

    /// <inheritdoc/>
    public bool TryTake(out InputEvent inputEvent) => _answers.TryDequeue(out inputEvent!);

    /// <inheritdoc/>
    public bool TryTakeRead(out SnapshotReadResult result) => _parts.TryDequeue(out result);

    /// <summary>Whether a snapshot waits for room on the disk: <see cref="Work"/> tries again (P11).</summary>
    public bool WaitsForRoom { get; private set; }

    /// <summary>Does one piece of each kind of work.</summary>
    /// <returns>Whether there was any: then there may be more, and answers.</returns>
    public bool Work()
    {
        if (Interlocked.Exchange(ref _keep, null) is { } keep)
        {
            store.Keep(keep);
        }

        var worked = false;
        if (_chunks.TryDequeue(out var chunk))
        {
            TakeIfThereIsRoom(chunk);
            worked = true;
        }

        if (_reads.TryDequeue(out var read))
        {
            ReadPart(read);
            worked = true;
        }

        worked = CheckMore() || worked;
        return WriteMore() || worked;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _writer?.Dispose();
        _receiver.Dispose();
        store.Dispose();
    }

    private void ReadPart(in SnapshotRead read)
    {
        var part = store.ReadPart(read.Last, read.Offset, read.MaxBytes, out var total);
        _parts.Enqueue(new SnapshotReadResult(read.ReadId, part, total));
    }

    /// <summary>Reads a piece of what is to be sent for the first time; only once all was found to be right a part is given out.</summary>
    private bool CheckMore()
    {
        if (_check is null)
        {
            if (!_toCheck.TryDequeue(out _checkedFor))
            {
                return false;
            }

            _check = new SnapshotCheck(store, _checkedFor.Last);
        }

        if (_check.ReadMore())
        {
            if (++_checkedPieces % PiecesPerSign == 0)
            {
                _answers.Enqueue(new SnapshotChecked(_checkedFor.Last));
            }

            return true;
        }

        if (_check.Fault is { } fault)
        {
            store.MarkDamaged(_checkedFor.Last);
            _parts.Enqueue(new SnapshotReadResult(_checkedFor.ReadId, default, 0, fault));
        }
        else
        {
            ReadPart(_checkedFor);
        }

        _check = null;
        return true;
    }

    /// <summary>Without room nothing is answered; the leader asks again, and finds that it has to begin again (P11).</summary>
    private void TakeIfThereIsRoom(SnapshotChunk chunk)
    {
        try
        {
            Take(chunk);
        }
        catch (DiskFullException)
        {
            _receiver.Forget();
            store.MakeRoom();
        }
    }

    private void Take(SnapshotChunk chunk)
    {
        var (next, isWhole) = _receiver.Take(chunk);
        _answers.Enqueue(new SnapshotChunkStored(chunk.From, chunk.Term, chunk.Meta.Last, next));
        if (isWhole)
        {
            var received = new SnapshotReceived(chunk.From, chunk.Term, chunk.Meta);
            if (Has(SnapshotFault.AnnounceReceivedBeforeDurable))
            {
                _answers.Enqueue(received);
                return;
            }

            _receiver.Finish(chunk.Meta);
            _answers.Enqueue(received);
        }
    }

    /// <summary>What there is no room for is given up as a whole, so that its room is free for the log, and begun again.</summary>
    private bool WriteMore()
    {
        if (_writing is null)
        {
            if (!_toWrite.TryDequeue(out var next))
            {
                return false;
            }

            _writing = next;
        }

        try
        {
            WritePiece(_writing.Value.Meta, _writing.Value.View);
            WaitsForRoom = false;
            return true;
        }
        catch (DiskFullException)
        {
            _writer?.Abandon();
            _writer = null;
            store.MakeRoom();
            WaitsForRoom = true;
            return false;
        }
    }

    private void WritePiece(SnapshotMeta meta, KvView state)
    {
        if (_writer is null)
        {
            _writer = new SnapshotWriter(store, meta, state);
            _isWritten = false;
        }
        else if (!_isWritten)
        {
            _isWritten = !_writer.WriteMore();
            if (_isWritten && Has(SnapshotFault.AnnounceTakenBeforeDurable))
            {
                _answers.Enqueue(new SnapshotTaken(_writer.Meta));
            }
        }
        else
        {
            _writer.Finish();
            _answers.Enqueue(new SnapshotTaken(_writer.Meta));
            _writer = null;
            _writing = null;
        }
    }

    private bool Has(SnapshotFault fault) =>
#if RAFTKV_TEST_FAULTS
        Fault == fault;
#else
        _frozen is null && fault == SnapshotFault.None;
#endif
}
