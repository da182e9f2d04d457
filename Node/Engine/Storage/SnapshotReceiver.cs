using System.Buffers.Binary;
using RaftKv.Core.Consensus;

namespace RaftKv.Engine.Storage;

/// <summary>
/// Puts a snapshot together from the parts that a leader sends. Only the part that comes next is taken; for any other
/// the answer says which one that is, so that lost, repeated and reordered parts do no harm (S4). What was received
/// stays when the leader changes, and is forgotten at a restart.
/// </summary>
internal sealed class SnapshotReceiver(SnapshotStore store) : IDisposable
{
    private const int FlushBytes = 4 * 1024 * 1024;

    private readonly byte[] _end = new byte[SnapshotFormat.TrailerBytes];
    private SnapshotMeta? _meta;
    private IDiskFile? _file;
    private string _path = "";
    private long _total;
    private long _length;
    private long _flushed;
    private uint _crc;

    /// <summary>Takes in a part.</summary>
    /// <returns>The first byte that is still missing, and whether all is there now: then <see cref="Finish"/> makes it durable.</returns>
    public (long NextOffset, bool IsWhole) Take(SnapshotChunk chunk)
    {
        if (store.Has(chunk.Meta.Last))
        {
            return (chunk.TotalBytes, true);
        }

        if (_meta is null || _meta.Last != chunk.Meta.Last || _total != chunk.TotalBytes)
        {
            if (chunk.Offset != 0 || chunk.TotalBytes < SnapshotFormat.HeadBytes + SnapshotFormat.TrailerBytes)
            {
                return (0, false);
            }

            Begin(chunk);
        }

        if (chunk.Offset == _length && chunk.Data.Length <= _total - _length)
        {
            Append(chunk.Data.Span);
        }

        if (_length < _total)
        {
            return (_length, false);
        }

        if (BinaryPrimitives.ReadUInt32LittleEndian(_end) == Crc32C.End(_crc) && IsMetaOf(chunk))
        {
            return (_length, true);
        }

        // Parts of different files, or bytes that changed on the way: all over again.
        Forget();
        return (0, false);
    }

    /// <summary>Makes what is whole durable and gives it its name.</summary>
    public void Finish(SnapshotMeta meta)
    {
        if (_meta?.Last == meta.Last)
        {
            _file!.Flush();
            Dispose();
            store.Publish(_path, meta.Last);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _file?.Dispose();
        _file = null;
        _meta = null;
    }

    private void Begin(SnapshotChunk chunk)
    {
        Forget();
        _path = Path.ChangeExtension(store.PathOf(chunk.Meta.Last), null) + SnapshotFormat.PartialExtension;
        store.Disk.Delete(_path);
        _file = store.Disk.Create(_path);
        (_meta, _total, _length, _flushed, _crc) = (chunk.Meta, chunk.TotalBytes, 0, 0, Crc32C.Beginning);
    }

    /// <summary>Gives back the room that an unfinished snapshot takes.</summary>
    public void Forget()
    {
        if (_file is not null)
        {
            Dispose();
            store.TryDelete(_path);
        }
    }

    private void Append(ReadOnlySpan<byte> bytes)
    {
        _file!.Write(_length, bytes);
        var covered = (int)Math.Clamp(_total - SnapshotFormat.TrailerBytes - _length, 0, bytes.Length);
        _crc = Crc32C.Continue(_crc, bytes[..covered]);
        for (var i = covered; i < bytes.Length; i++)
        {
            _end[(int)(_length + i - (_total - SnapshotFormat.TrailerBytes))] = bytes[i];
        }

        _length += bytes.Length;
        if (_length - _flushed >= FlushBytes)
        {
            _file.Flush();
            _flushed = _length;
        }
    }

    private bool IsMetaOf(SnapshotChunk chunk)
    {
        try
        {
            return SnapshotFormat.ReadHead(_file!, out _) == chunk.Meta;
        }
        catch (FormatException)
        {
            return false;
        }
    }
}
