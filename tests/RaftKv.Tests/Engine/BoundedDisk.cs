using System.Collections.Concurrent;
using RaftKv.Engine.Storage;
using RaftKv.Tests.Storage;

namespace RaftKv.Tests.Engine;

/// <summary>The real disk as if it were small: what files take of it comes back only when they are deleted.</summary>
internal sealed class BoundedDisk() : DiskDecorator(RealDisk.Instance)
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
                return _files.Values.Sum(f => f.Room);
            }
        }
    }

    public override IDiskFile Create(string path) => _files[path] = new Sized(this, base.Create(path));

    public override void Rename(string from, string to)
    {
        base.Rename(from, to);
        _files.Remove(from, out var file);
        _files[to] = file!;
    }

    public override void Delete(string path)
    {
        base.Delete(path);
        _files.Remove(path, out _);
    }

    private void Take(Sized file, long length)
    {
        lock (_lock)
        {
            if (length > file.Room && _files.Values.Sum(f => f.Room) + length - file.Room > Room)
            {
                Interlocked.Increment(ref _refusals);
                throw new DiskFullException();
            }

            file.Room = Math.Max(file.Room, length);
        }
    }

    private sealed class Sized(BoundedDisk disk, IDiskFile file) : DiskFileDecorator(file)
    {
        /// <summary>What it takes of the disk, also where it is not written yet.</summary>
        public long Room { get; set; }

        public override void Write(long offset, ReadOnlySpan<byte> bytes)
        {
            disk.Take(this, offset + bytes.Length);
            base.Write(offset, bytes);
        }

        public override void Allocate(long length)
        {
            disk.Take(this, length);
            base.Allocate(length);
        }
    }
}
