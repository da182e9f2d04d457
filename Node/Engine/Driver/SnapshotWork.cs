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
public sealed partial class SnapshotWork(SnapshotStore store, Func<KvView> view, Action wake) : ISnapshots, IDisposable
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
    private volatile string? _refusal;

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

    /// <summary>Whether a snapshot waits for room on the disk (P11), or for a disk that takes it: <see cref="Work"/> tries again.</summary>
    public bool WaitsForRoom { get; private set; }

    /// <summary>
    /// What the disk refused when a snapshot was written, received or read last; null when it refused nothing since. The server
    /// goes on, because its log holds all that the snapshot would.
    /// </summary>
    public string? Trouble { get; private set; }

    /// <summary>Why the disk did not take the snapshot that waits, the last time that it was tried; null when none waits. Any thread.</summary>
    public string? Refusal => _refusal;

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

    /// <summary>Where the disk refuses, nothing is answered; the leader asks again, and finds that it has to begin again (P11).</summary>
    private void TakeIfThereIsRoom(SnapshotChunk chunk)
    {
        try
        {
            Take(chunk);
        }
        catch (Exception e) when (IsRefusal(e))
        {
            _receiver.Forget();
            Note(e, "received");
        }
    }

    private static bool IsRefusal(Exception error) => error is IOException or UnauthorizedAccessException;

    private void Note(Exception refusal, string what)
    {
        if (refusal is DiskFullException)
        {
            store.MakeRoom();
        }

        Trouble = $"A snapshot could not be {what}: {refusal.Message}";
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
            Trouble = null;
            _answers.Enqueue(received);
        }
    }

    /// <summary>
    /// What there is no room for, or what the disk refuses otherwise, is given up as a whole, so that its room is free for the
    /// log, and begun again: of a file whose flush failed nothing is used.
    /// </summary>
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
            _refusal = null;
            return true;
        }
        catch (Exception e) when (IsRefusal(e))
        {
            _writer?.Abandon();
            _writer = null;
            Note(e, "written");
            WaitsForRoom = true;
            _refusal = e.Message;
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
            Trouble = null;
        }
    }

    private bool Has(SnapshotFault fault) =>
#if RAFTKV_TEST_FAULTS
        Fault == fault;
#else
        _frozen is null && fault == SnapshotFault.None;
#endif
}
