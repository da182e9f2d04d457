using RaftKv.Engine.Storage;

namespace RaftKv.Tests.Simulation;

/// <summary>A file's bytes, and what to put back where if the power goes before the next flush.</summary>
internal sealed class SimFile(SimDisk disk) : IDiskFile
{
    private const int SectorBytes = 512;

    private readonly List<(int Offset, byte[] Before)> _unflushed = [];
    private byte[] _bytes = [];
    private int _flushedLength;

    public long Length => _bytes.Length;

    public int Read(long offset, Span<byte> buffer)
    {
        var count = (int)Math.Clamp(_bytes.Length - offset, 0, buffer.Length);
        _bytes.AsSpan((int)Math.Min(offset, _bytes.Length), count).CopyTo(buffer);
        return count;
    }

    public void Write(long offset, ReadOnlySpan<byte> bytes)
    {
        disk.Step(isName: false);
        Allocate(offset + bytes.Length);
        var target = _bytes.AsSpan((int)offset, bytes.Length);
        _unflushed.Add(((int)offset, target.ToArray()));
        bytes.CopyTo(target);
    }

    public void Allocate(long length)
    {
        if (length > _bytes.Length)
        {
            disk.TakeRoom(length - _bytes.Length);
            Array.Resize(ref _bytes, (int)length);
        }
    }

    public void SetLength(long length)
    {
        if (length < _bytes.Length)
        {
            // The bytes cut off are kept to be put back, as for any other write.
            _unflushed.Add(((int)length, _bytes[(int)length..]));
        }

        Array.Resize(ref _bytes, (int)length);
    }

    public void Flush()
    {
        disk.Step(isName: false);
        disk.FailIfAsked();
        _unflushed.Clear();
        _flushedLength = _bytes.Length;
    }

    /// <summary>Takes back the unflushed writes, except for sectors that happened to be written already.</summary>
    /// <returns>How many bytes were lost.</returns>
    public long LosePower(Chance chance)
    {
        if (_unflushed.Count == 0 && _bytes.Length == _flushedLength)
        {
            return 0;
        }

        var written = new List<(int Offset, byte[] Bytes)>();
        for (var i = _unflushed.Count - 1; i >= 0; i--)
        {
            var (offset, before) = _unflushed[i];
            if (offset + before.Length > _bytes.Length)
            {
                Array.Resize(ref _bytes, offset + before.Length);
            }

            written.Add((offset, _bytes.AsSpan(offset, before.Length).ToArray()));
            before.CopyTo(_bytes.AsSpan(offset));
        }

        _unflushed.Clear();
        Array.Resize(ref _bytes, chance.OneIn(2) ? _flushedLength : Math.Max(_flushedLength, _bytes.Length));
        _flushedLength = _bytes.Length;
        written.Reverse();
        return written.Sum(w => KeepSome(w.Offset, w.Bytes, chance));
    }

    public SimFile Copy() => new(disk) { _bytes = (byte[])_bytes.Clone(), _flushedLength = _bytes.Length };

    public void Rot(Chance chance)
    {
        var used = _bytes.AsSpan().LastIndexOfAnyExcept((byte)0) + 1;
        if (used > 0)
        {
            _bytes[chance.Below(used)] ^= (byte)(1 << chance.Below(8));
        }
    }

    public void Dispose()
    {
    }

    private long KeepSome(int offset, byte[] bytes, Chance chance)
    {
        var lost = 0L;
        for (var at = 0; at < bytes.Length;)
        {
            var length = Math.Min(SectorBytes - ((offset + at) % SectorBytes), bytes.Length - at);
            if (chance.OneIn(2) && offset + at + length <= _bytes.Length)
            {
                bytes.AsSpan(at, length).CopyTo(_bytes.AsSpan(offset + at));
            }
            else
            {
                lost += length;
            }

            at += length;
        }

        return lost;
    }
}
