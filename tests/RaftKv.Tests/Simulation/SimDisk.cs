using RaftKv.Engine.Storage;

namespace RaftKv.Tests.Simulation;

/// <summary>
/// A disk in memory that forgets at a crash what was not flushed: bytes, creations, renames, deletions. Of the
/// unflushed bytes any sectors may have reached the platter, and of the names any beginning of the changes.
/// </summary>
internal sealed class SimDisk : IDisk
{
    private const int SectorBytes = 512;

    private readonly List<(string Directory, Action Change)> _unflushedNames = [];
    private Dictionary<string, SimFile> _visible = new(StringComparer.Ordinal);
    private Dictionary<string, SimFile> _durable = new(StringComparer.Ordinal);

    /// <summary>A planted bug: flushes return without doing anything.</summary>
    public bool SkipsFlush { get; init; }

    /// <summary>How many unflushed bytes crashes have cost.</summary>
    public long LostBytes { get; private set; }

    public IDiskFile Create(string path)
    {
        if (_visible.ContainsKey(path))
        {
            throw new IOException($"{path} exists.");
        }

        var file = new SimFile(this);
        _visible[path] = file;
        Later(path, () => _durable[path] = file);
        return file;
    }

    public IDiskFile Open(string path) => _visible.TryGetValue(path, out var file) ? file : throw new FileNotFoundException(path);

    public bool Exists(string path) => _visible.ContainsKey(path);

    public IReadOnlyList<string> List(string directory) =>
        [.. _visible.Keys.Where(p => Path.GetDirectoryName(p) == directory).Select(p => Path.GetFileName(p)).Order(StringComparer.Ordinal)];

    public void CreateDirectory(string directory)
    {
    }

    public void Rename(string from, string to)
    {
        _visible.Remove(from, out var file);
        _visible[to] = file!;
        Later(to, () =>
        {
            _durable.Remove(from);
            _durable[to] = file!;
        });
    }

    public void Delete(string path)
    {
        if (_visible.Remove(path))
        {
            Later(path, () => _durable.Remove(path));
        }
    }

    public void FlushDirectory(string directory)
    {
        if (SkipsFlush)
        {
            return;
        }

        foreach (var (_, change) in _unflushedNames.Where(n => n.Directory == directory))
        {
            change();
        }

        _unflushedNames.RemoveAll(n => n.Directory == directory);
    }

    /// <summary>The power goes; what is left is what was flushed, and what chance had written already.</summary>
    public void Crash(Random random)
    {
        var lucky = random.Next(_unflushedNames.Count + 1);
        foreach (var (_, change) in _unflushedNames.Take(lucky))
        {
            change();
        }

        _unflushedNames.Clear();
        var left = new Dictionary<string, SimFile>(StringComparer.Ordinal);
        foreach (var (path, file) in _durable.OrderBy(f => f.Key, StringComparer.Ordinal))
        {
            left[path] = file.AfterCrash(random, lost => LostBytes += lost);
        }

        _visible = left;
        _durable = new Dictionary<string, SimFile>(left, StringComparer.Ordinal);
    }

    private void Later(string path, Action change) => _unflushedNames.Add((Path.GetDirectoryName(path)!, change));

    private sealed class SimFile(SimDisk disk) : IDiskFile
    {
        private readonly List<(long Offset, byte[] Bytes)> _unflushed = [];
        private byte[] _bytes = [];
        private byte[] _durable = [];

        public long Length => _bytes.Length;

        public int Read(long offset, Span<byte> buffer)
        {
            var count = (int)Math.Clamp(_bytes.Length - offset, 0, buffer.Length);
            _bytes.AsSpan((int)offset, count).CopyTo(buffer);
            return count;
        }

        public void Write(long offset, ReadOnlySpan<byte> bytes)
        {
            Allocate(offset + bytes.Length);
            bytes.CopyTo(_bytes.AsSpan((int)offset));
            _unflushed.Add((offset, bytes.ToArray()));
        }

        public void Allocate(long length)
        {
            if (length > _bytes.Length)
            {
                Array.Resize(ref _bytes, (int)length);
            }
        }

        public void SetLength(long length) => Array.Resize(ref _bytes, (int)length);

        public void Flush()
        {
            if (disk.SkipsFlush)
            {
                return;
            }

            Array.Resize(ref _durable, _bytes.Length);
            foreach (var (offset, bytes) in _unflushed)
            {
                bytes.CopyTo(_durable.AsSpan((int)offset));
            }

            _unflushed.Clear();
        }

        public SimFile AfterCrash(Random random, Action<long> lose)
        {
            var kept = (byte[])_durable.Clone();
            foreach (var (offset, bytes) in _unflushed)
            {
                for (var at = 0; at < bytes.Length;)
                {
                    var length = (int)Math.Min(SectorBytes - ((offset + at) % SectorBytes), bytes.Length - at);
                    if (random.Next(2) == 0 && offset + at + length <= kept.Length)
                    {
                        bytes.AsSpan(at, length).CopyTo(kept.AsSpan((int)offset + at));
                    }
                    else
                    {
                        lose(length);
                    }

                    at += length;
                }
            }

            return new SimFile(disk) { _bytes = kept, _durable = (byte[])kept.Clone() };
        }

        public void Dispose()
        {
        }
    }
}
