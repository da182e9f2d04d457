using RaftKv.Engine.Storage;

namespace RaftKv.Tests.Storage;

/// <summary>
/// A disk in memory that loses power. It knows what is durable and what is not; a crash keeps any sectors of the
/// unflushed writes and any beginning of the unflushed changes of names, as a seed says.
/// </summary>
internal sealed class CrashDisk : IDisk
{
    private const int SectorBytes = 512;

    private readonly Dictionary<string, Node> _visible = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Node> _durable = new(StringComparer.Ordinal);
    private readonly List<(string Directory, Action Change)> _pendingNames = [];

    /// <summary>Changes of the disk so far.</summary>
    public int Operations { get; private set; }

    /// <summary>How often a file was flushed.</summary>
    public int FileFlushes { get; private set; }

    /// <summary>How often bytes were written.</summary>
    public int Writes { get; private set; }

    /// <summary>The operation in which the power goes.</summary>
    public int CrashAt { get; set; } = int.MaxValue;

    /// <summary>Thrown by the next file flushes, when set.</summary>
    public Exception? FlushError { get; set; }

    /// <summary>Whether there is no room: files that are there can be written within their length, nothing more.</summary>
    public bool IsFull { get; set; }

    public IDiskFile Create(string path)
    {
        Count();
        if (_visible.ContainsKey(path))
        {
            throw new IOException($"{path} exists.");
        }

        var node = new Node();
        _visible[path] = node;
        Later(path, () => _durable[path] = node);
        return new Handle(this, node);
    }

    public IDiskFile Open(string path) =>
        _visible.TryGetValue(path, out var node) ? new Handle(this, node) : throw new FileNotFoundException(path);

    public bool Exists(string path) => _visible.ContainsKey(path);

    public IReadOnlyList<string> List(string directory) =>
        [.. _visible.Keys.Where(p => Path.GetDirectoryName(p) == directory).Select(p => Path.GetFileName(p)!).Order(StringComparer.Ordinal)];

    public void CreateDirectory(string directory)
    {
    }

    public void Rename(string from, string to)
    {
        Count();
        _visible[to] = _visible[from];
        _visible.Remove(from);
        Later(to, () =>
        {
            _durable[to] = _durable[from];
            _durable.Remove(from);
        });
    }

    public void Delete(string path)
    {
        if (_visible.ContainsKey(path))
        {
            Count();
            _visible.Remove(path);
            Later(path, () => _durable.Remove(path));
        }
    }

    public void FlushDirectory(string directory)
    {
        Count();
        foreach (var (_, change) in _pendingNames.Where(p => p.Directory == directory))
        {
            change();
        }

        _pendingNames.RemoveAll(p => p.Directory == directory);
    }

    /// <summary>The disk after the power came back.</summary>
    public CrashDisk AfterCrash(int seed)
    {
        var random = new Random(seed);
        var kept = random.Next(_pendingNames.Count + 1);
        foreach (var (_, change) in _pendingNames.Take(kept))
        {
            change();
        }

        var disk = new CrashDisk();
        foreach (var (path, node) in _durable.OrderBy(p => p.Key, StringComparer.Ordinal))
        {
            disk._durable[path] = disk._visible[path] = node.AfterCrash(random);
        }

        return disk;
    }

    /// <summary>The bytes of a file, to damage them.</summary>
    public byte[] Bytes(string path) => _visible[path].Visible;

    /// <summary>Replaces a file behind everyone's back.</summary>
    public void Put(string path, byte[] bytes) => _visible[path] = _durable[path] = new Node { Visible = bytes, Durable = bytes };

    /// <summary>Takes a file away behind everyone's back.</summary>
    public void Take(string path)
    {
        _visible.Remove(path);
        _durable.Remove(path);
    }

    private void Later(string path, Action change) => _pendingNames.Add((Path.GetDirectoryName(path)!, change));

    private void Count()
    {
        if (Operations >= CrashAt)
        {
            throw new PowerLossException();
        }

        Operations++;
    }

    private sealed class Node
    {
        public byte[] Visible { get; set; } = [];

        public byte[] Durable { get; set; } = [];

        public List<(long Offset, byte[] Bytes)> Pending { get; } = [];

        public Node AfterCrash(Random random)
        {
            // The length may have reached the disk or not; sectors that were written may have or not, in any order.
            var bytes = new byte[Pending.Count > 0 && random.Next(2) == 0 ? Visible.Length : Math.Max(Durable.Length, 0)];
            Durable.AsSpan(0, Math.Min(bytes.Length, Durable.Length)).CopyTo(bytes);
            foreach (var (offset, written) in Pending)
            {
                for (var at = 0; at < written.Length;)
                {
                    var length = (int)Math.Min(SectorBytes - ((offset + at) % SectorBytes), written.Length - at);
                    if (random.Next(2) == 0 && offset + at + length <= bytes.Length)
                    {
                        written.AsSpan(at, length).CopyTo(bytes.AsSpan((int)offset + at));
                    }

                    at += length;
                }
            }

            return new Node { Visible = bytes, Durable = (byte[])bytes.Clone() };
        }
    }

    private sealed class Handle(CrashDisk disk, Node node) : IDiskFile
    {
        public long Length => node.Visible.Length;

        public int Read(long offset, Span<byte> buffer)
        {
            var count = (int)Math.Clamp(node.Visible.Length - offset, 0, buffer.Length);
            node.Visible.AsSpan((int)Math.Min(offset, node.Visible.Length), count).CopyTo(buffer);
            return count;
        }

        public void Write(long offset, ReadOnlySpan<byte> bytes)
        {
            disk.Count();
            disk.Writes++;
            if (disk.IsFull && offset + bytes.Length > node.Visible.Length)
            {
                throw new DiskFullException();
            }

            Grow(offset + bytes.Length);
            bytes.CopyTo(node.Visible.AsSpan((int)offset));
            node.Pending.Add((offset, bytes.ToArray()));
        }

        public void Allocate(long length)
        {
            disk.Count();
            if (disk.IsFull)
            {
                throw new DiskFullException();
            }

            Grow(length);
            node.Pending.Add((0, []));
        }

        public void SetLength(long length)
        {
            disk.Count();
            var bytes = node.Visible;
            Array.Resize(ref bytes, (int)length);
            node.Visible = bytes;
            node.Pending.Add((0, []));
        }

        public void Flush()
        {
            disk.Count();
            if (disk.FlushError is { } error)
            {
                throw error;
            }

            disk.FileFlushes++;
            node.Durable = (byte[])node.Visible.Clone();
            node.Pending.Clear();
        }

        public void Dispose()
        {
        }

        private void Grow(long length)
        {
            if (length > node.Visible.Length)
            {
                var bytes = node.Visible;
                Array.Resize(ref bytes, (int)length);
                node.Visible = bytes;
            }
        }
    }
}

/// <summary>The power is gone: nothing more happens on this disk.</summary>
internal sealed class PowerLossException : Exception;
