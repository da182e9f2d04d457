using System.Buffers.Binary;
using RaftKv.Core.Consensus;
using RaftKv.Core.Kv;

namespace RaftKv.Engine.Storage;

/// <summary>Writes one snapshot a piece at a time, so that anyone who shares the thread and the disk waits for a piece only.</summary>
internal sealed class SnapshotWriter : IDisposable
{
    /// <summary>Flushed so often, so that the last flush is short: a long one would hold up the log's.</summary>
    private const int FlushBytes = 4 * 1024 * 1024;

    private readonly SnapshotStore _store;
    private readonly SnapshotMeta _meta;
    private readonly IEnumerator<ReadOnlyMemory<byte>> _state;
    private readonly string _path;
    private IDiskFile? _file;
    private long _offset;
    private long _flushed;
    private uint _crc = Crc32C.Beginning;

    /// <summary>Begins beside the place where the snapshot will be.</summary>
    public SnapshotWriter(SnapshotStore store, SnapshotMeta meta, KvView view)
    {
        if (view.Applied != meta.Last.Index)
        {
            throw new ArgumentException($"The state is of {view.Applied} and not of {meta.Last}.", nameof(view));
        }

        _store = store;
        _meta = meta;
        _state = KvSnapshot.Write(view, store.PieceBytes).GetEnumerator();
        _path = Path.ChangeExtension(store.PathOf(meta.Last), null) + SnapshotFormat.UnfinishedExtension;
        store.Disk.Delete(_path);
        _file = store.Disk.Create(_path);
        try
        {
            Write(SnapshotFormat.Head(meta));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Abandon();
            throw;
        }
    }

    /// <summary>What it will stand for.</summary>
    public SnapshotMeta Meta => _meta;

    /// <summary>Writes one more piece.</summary>
    /// <returns>False when that was the last one: then everything is written, but nothing is durable yet.</returns>
    public bool WriteMore()
    {
        if (_state.MoveNext())
        {
            Write(_state.Current.Span);
            return true;
        }

        Span<byte> trailer = stackalloc byte[SnapshotFormat.TrailerBytes];
        BinaryPrimitives.WriteUInt32LittleEndian(trailer, Crc32C.End(_crc));
        Write(trailer);
        return false;
    }

    /// <summary>Makes the snapshot durable and gives it its name.</summary>
    public void Finish()
    {
        _file!.Flush();
        Dispose();
        _store.Publish(_path, _meta.Last);
    }

    /// <summary>Leaves nothing behind, or where the disk refuses even that, a file that the next writer or start removes.</summary>
    public void Abandon()
    {
        Dispose();
        _store.TryDelete(_path);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _file?.Dispose();
        _file = null;
        _state.Dispose();
    }

    private void Write(ReadOnlySpan<byte> bytes)
    {
        _file!.Write(_offset, bytes);
        _crc = Crc32C.Continue(_crc, bytes);
        _offset += bytes.Length;
        if (_offset - _flushed >= FlushBytes)
        {
            _file.Flush();
            _flushed = _offset;
        }
    }
}
