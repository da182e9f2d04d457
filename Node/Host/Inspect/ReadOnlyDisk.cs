using Microsoft.Win32.SafeHandles;
using RaftKv.Engine.Storage;

namespace RaftKv.Node.Inspect;

/// <summary>
/// The machine's disk, on which nothing can be changed: writes go to copies in memory that no one else sees. The log's
/// own recovery code can then run on any directory, even on one that a live server writes to, without trimming or
/// marking anything there. Not thread-safe.
/// </summary>
internal sealed class ReadOnlyDisk : IDisk
{
    /// <summary>A snapshot that has its name is never changed: it need not be copied, however large it is.</summary>
    private const string SnapshotExtension = ".snap";

    private readonly Dictionary<string, MemoryFile?> _changed = new(StringComparer.Ordinal);

    /// <inheritdoc/>
    public IDiskFile Create(string path)
    {
        if (Exists(path))
        {
            throw new IOException($"{path} exists already.");
        }

        var file = new MemoryFile([]);
        _changed[path] = file;
        return file;
    }

    /// <inheritdoc/>
    public IDiskFile Open(string path)
    {
        if (_changed.TryGetValue(path, out var changed))
        {
            return changed ?? throw new FileNotFoundException("There is no such file.", path);
        }

        if (path.EndsWith(SnapshotExtension, StringComparison.Ordinal))
        {
            return new StreamFile(File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete));
        }

        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
        var bytes = new byte[stream.Length];
        var file = new MemoryFile(bytes[..stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false)]);
        _changed[path] = file;
        return file;
    }

    /// <inheritdoc/>
    public bool Exists(string path) => _changed.TryGetValue(path, out var changed) ? changed is not null : RealDisk.Instance.Exists(path);

    /// <inheritdoc/>
    public IReadOnlyList<string> List(string directory)
    {
        var names = Directory.Exists(directory) ? Directory.EnumerateFiles(directory).Select(p => Path.GetFileName(p)!) : [];
        var here = _changed.Where(c => Path.GetDirectoryName(c.Key) == directory).ToList();
        return
        [
            .. names.Except(here.Where(c => c.Value is null).Select(c => Path.GetFileName(c.Key)!))
                .Union(here.Where(c => c.Value is not null).Select(c => Path.GetFileName(c.Key)!))
                .Order(StringComparer.Ordinal),
        ];
    }

    /// <inheritdoc/>
    public void CreateDirectory(string directory)
    {
    }

    /// <inheritdoc/>
    public void Rename(string from, string to)
    {
        Open(from).Dispose();
        _changed[to] = _changed[from];
        _changed[from] = null;
    }

    /// <inheritdoc/>
    public void Delete(string path) => _changed[path] = null;

    /// <inheritdoc/>
    public void FlushDirectory(string directory)
    {
    }

    private sealed class MemoryFile(byte[] bytes) : IDiskFile
    {
        private byte[] _bytes = bytes;

        public long Length => _bytes.Length;

        public int Read(long offset, Span<byte> buffer)
        {
            var count = (int)Math.Clamp(_bytes.Length - offset, 0, buffer.Length);
            _bytes.AsSpan((int)Math.Min(offset, _bytes.Length), count).CopyTo(buffer);
            return count;
        }

        public void Write(long offset, ReadOnlySpan<byte> bytes)
        {
            if (offset + bytes.Length > _bytes.Length)
            {
                SetLength(offset + bytes.Length);
            }

            bytes.CopyTo(_bytes.AsSpan((int)offset));
        }

        public void Allocate(long length)
        {
            if (length > _bytes.Length)
            {
                SetLength(length);
            }
        }

        public void SetLength(long length) => Array.Resize(ref _bytes, checked((int)length));

        public void Flush()
        {
        }

        public void Dispose()
        {
        }
    }

    /// <summary>A file that is only read, from where it lies.</summary>
    private sealed class StreamFile(SafeFileHandle handle) : IDiskFile
    {
        public long Length => RandomAccess.GetLength(handle);

        public int Read(long offset, Span<byte> buffer)
        {
            var read = 0;
            while (read < buffer.Length && RandomAccess.Read(handle, buffer[read..], offset + read) is var count and > 0)
            {
                read += count;
            }

            return read;
        }

        public void Write(long offset, ReadOnlySpan<byte> bytes) => throw Unchangeable();

        public void Allocate(long length) => throw Unchangeable();

        public void SetLength(long length) => throw Unchangeable();

        public void Flush()
        {
        }

        public void Dispose() => handle.Dispose();

        private static NotSupportedException Unchangeable() => new("A snapshot is not changed once it has its name.");
    }
}
