using Microsoft.Win32.SafeHandles;

namespace RaftKv.Engine.Storage;

/// <summary>The disk of this machine.</summary>
public sealed class RealDisk : IDisk
{
    /// <summary>The one there is.</summary>
    public static RealDisk Instance { get; } = new();

    private RealDisk()
    {
    }

    /// <inheritdoc/>
    public IDiskFile Create(string path)
    {
        try
        {
            return new RealFile(path, FileMode.CreateNew);
        }
        catch (IOException e) when (NativeDisk.IsDiskFull(e))
        {
            throw new DiskFullException($"There is no room left on the disk for {path}.", e);
        }
    }

    /// <inheritdoc/>
    public IDiskFile Open(string path) => new RealFile(path, FileMode.Open);

    /// <inheritdoc/>
    public bool Exists(string path)
    {
        try
        {
            // Not File.Exists: that says no as well where it may not look or cannot.
            return !File.GetAttributes(path).HasFlag(FileAttributes.Directory);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return false;
        }
    }

    /// <inheritdoc/>
    public IReadOnlyList<string> List(string directory)
    {
        try
        {
            var names = Directory.EnumerateFiles(directory).Select(p => Path.GetFileName(p)!).ToArray();
            Array.Sort(names, string.CompareOrdinal);
            return names;
        }
        catch (DirectoryNotFoundException)
        {
            return [];
        }
    }

    /// <inheritdoc/>
    public void CreateDirectory(string directory)
    {
        var full = Path.GetFullPath(directory);
        if (Directory.Exists(full))
        {
            return;
        }

        var parent = Path.GetDirectoryName(full);
        if (parent is not null)
        {
            CreateDirectory(parent);
        }

        Directory.CreateDirectory(full);
        if (parent is not null)
        {
            FlushDirectory(parent);
        }
    }

    /// <inheritdoc/>
    public void Rename(string from, string to) => File.Move(from, to, overwrite: true);

    /// <inheritdoc/>
    public void Delete(string path) => File.Delete(path);

    /// <inheritdoc/>
    public void FlushDirectory(string directory) => NativeDisk.FlushDirectory(directory);

    private sealed class RealFile : IDiskFile
    {
        private readonly SafeFileHandle _handle;

        public RealFile(string path, FileMode mode) =>
            _handle = File.OpenHandle(path, mode, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);

        public long Length => RandomAccess.GetLength(_handle);

        public int Read(long offset, Span<byte> buffer)
        {
            var total = 0;
            while (total < buffer.Length)
            {
                var count = RandomAccess.Read(_handle, buffer[total..], offset + total);
                if (count == 0)
                {
                    break;
                }

                total += count;
            }

            return total;
        }

        public void Write(long offset, ReadOnlySpan<byte> bytes)
        {
            try
            {
                RandomAccess.Write(_handle, bytes, offset);
            }
            catch (IOException e) when (NativeDisk.IsDiskFull(e))
            {
                throw new DiskFullException("There is no room left on the disk for what was to be written.", e);
            }
        }

        public void Allocate(long length)
        {
            if (length > Length && !NativeDisk.TryAllocate(_handle, length))
            {
                RandomAccess.SetLength(_handle, length);
            }
        }

        public void SetLength(long length) => RandomAccess.SetLength(_handle, length);

        public void Flush() => NativeDisk.FlushData(_handle);

        public void Dispose() => _handle.Dispose();
    }
}
