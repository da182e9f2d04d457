using System.Collections.Concurrent;
using RaftKv.Engine.Storage;

namespace RaftKv.Tests.Engine;

/// <summary>The real disk as if it were small: what files take of it comes back only when they are deleted.</summary>
internal sealed class BoundedDisk : IDisk
{
    private readonly Lock _lock = new();
    private readonly ConcurrentDictionary<string, Sized> _files = new(StringComparer.Ordinal);
    private int _refusals;

    /// <summary>How many bytes fit.</summary>
    public required long Room { get; init; }

    /// <summary>How often there was no room.</summary>
    public int Refusals => Volatile.Read(ref _refusals);

    /// <summary>The bytes that files take now.</summary>
    public long Used
    {
        get
        {
            lock (_lock)
            {
                return _files.Values.Sum(f => f.Length);
            }
        }
    }

    public IDiskFile Create(string path) => _files[path] = new Sized(this, RealDisk.Instance.Create(path));

    public IDiskFile Open(string path) => RealDisk.Instance.Open(path);

    public bool Exists(string path) => RealDisk.Instance.Exists(path);

    public IReadOnlyList<string> List(string directory) => RealDisk.Instance.List(directory);

    public void CreateDirectory(string directory) => RealDisk.Instance.CreateDirectory(directory);

    public void Rename(string from, string to)
    {
        RealDisk.Instance.Rename(from, to);
        _files.Remove(from, out var file);
        _files[to] = file!;
    }

    public void Delete(string path)
    {
        RealDisk.Instance.Delete(path);
        _files.Remove(path, out _);
    }

    public void FlushDirectory(string directory) => RealDisk.Instance.FlushDirectory(directory);

    private void Take(Sized file, long length)
    {
        lock (_lock)
        {
            if (length > file.Length && _files.Values.Sum(f => f.Length) + length - file.Length > Room)
            {
                Interlocked.Increment(ref _refusals);
                throw new DiskFullException();
            }

            file.Length = Math.Max(file.Length, length);
        }
    }

    private sealed class Sized(BoundedDisk disk, IDiskFile file) : IDiskFile
    {
        public long Length { get; set; }

        long IDiskFile.Length => file.Length;

        public int Read(long offset, Span<byte> buffer) => file.Read(offset, buffer);

        public void Write(long offset, ReadOnlySpan<byte> bytes)
        {
            disk.Take(this, offset + bytes.Length);
            file.Write(offset, bytes);
        }

        public void Allocate(long length)
        {
            disk.Take(this, length);
            file.Allocate(length);
        }

        public void SetLength(long length) => file.SetLength(length);

        public void Flush() => file.Flush();

        public void Dispose() => file.Dispose();
    }
}
