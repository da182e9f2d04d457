using RaftKv.Engine.Storage;

namespace RaftKv.Engine.Faults;

/// <summary>
/// A file's bytes: what the disk below holds, and over it what was written since. A file whose name is not durable yet
/// has nothing below; what was flushed to it waits for its name. Guarded by its owner's lock.
/// </summary>
internal sealed class UnsyncedFile(IDiskFile? durable)
{
    private readonly List<Change> _flushed = [];
    private readonly List<Change> _pending = [];
    private IDiskFile? _durable = durable;

    public long Length { get; private set; } = durable?.Length ?? 0;

    public int Read(long offset, Span<byte> buffer)
    {
        var count = (int)Math.Clamp(Length - offset, 0, buffer.Length);
        buffer = buffer[..count];
        buffer.Clear();
        _durable?.Read(offset, buffer);
        Overlay(_flushed, offset, buffer);
        Overlay(_pending, offset, buffer);
        return count;
    }

    public void Write(long offset, ReadOnlySpan<byte> bytes)
    {
        _pending.Add(new Change(offset, bytes.ToArray(), 0));
        Length = Math.Max(Length, offset + bytes.Length);
    }

    public void SetLength(long length)
    {
        _pending.Add(new Change(0, null, length));
        Length = length;
    }

    public void Flush()
    {
        if (_durable is null)
        {
            _flushed.AddRange(_pending);
        }
        else
        {
            Apply(_pending, _durable);
            _durable.Flush();
        }

        _pending.Clear();
    }

    /// <summary>The name became durable: what had been flushed before is durable with it, or, when that fails, still waits.</summary>
    public void Link(IDiskFile file)
    {
        Apply(_flushed, file);
        file.Flush();
        _durable = file;
        _flushed.Clear();
    }

    private static void Apply(List<Change> changes, IDiskFile target)
    {
        foreach (var change in changes)
        {
            if (change.Bytes is { } bytes)
            {
                target.Write(change.Offset, bytes);
            }
            else if (change.NewLength > target.Length)
            {
                target.Allocate(change.NewLength);
            }
            else
            {
                target.SetLength(change.NewLength);
            }
        }
    }

    private static void Overlay(List<Change> changes, long offset, Span<byte> buffer)
    {
        foreach (var change in changes)
        {
            if (change.Bytes is { } bytes)
            {
                var from = Math.Max(offset, change.Offset);
                var to = Math.Min(offset + buffer.Length, change.Offset + bytes.Length);
                if (from < to)
                {
                    bytes.AsSpan((int)(from - change.Offset), (int)(to - from)).CopyTo(buffer[(int)(from - offset)..]);
                }
            }
            else if (change.NewLength < offset + buffer.Length)
            {
                buffer[(int)Math.Max(0, change.NewLength - offset)..].Clear();
            }
        }
    }

    /// <summary>A write, or a new length when there are no bytes.</summary>
    private readonly record struct Change(long Offset, byte[]? Bytes, long NewLength);
}

/// <summary>One user's handle. The file below stays open for the others and for the flush of its name.</summary>
internal sealed class UnsyncedHandle(Lock owner, UnsyncedFile file) : IDiskFile
{
    public long Length
    {
        get
        {
            lock (owner)
            {
                return file.Length;
            }
        }
    }

    public int Read(long offset, Span<byte> buffer)
    {
        lock (owner)
        {
            return file.Read(offset, buffer);
        }
    }

    public void Write(long offset, ReadOnlySpan<byte> bytes)
    {
        lock (owner)
        {
            file.Write(offset, bytes);
        }
    }

    public void Allocate(long length)
    {
        lock (owner)
        {
            if (length > file.Length)
            {
                file.SetLength(length);
            }
        }
    }

    public void SetLength(long length)
    {
        lock (owner)
        {
            file.SetLength(length);
        }
    }

    public void Flush()
    {
        lock (owner)
        {
            file.Flush();
        }
    }

    public void Dispose()
    {
    }
}
