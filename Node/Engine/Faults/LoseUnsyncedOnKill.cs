using RaftKv.Engine.Storage;

namespace RaftKv.Engine.Faults;

/// <summary>
/// Keeps what was not flushed in the memory of this process: writes and lengths until the file's flush; creations,
/// renames and deletions until the directory's flush. <c>kill -9</c> then really loses it, where otherwise the
/// operating system would write it out later and a missing flush would never be noticed. Reads see everything. Files
/// are renamed within their directory only, and directories themselves are made at once. Disposing it loses what was
/// not flushed, as a kill does. Thread-safe.
/// </summary>
public sealed class LoseUnsyncedOnKill(IDisk inner) : IDisk, IDisposable
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, UnsyncedDirectory> _directories = new(StringComparer.Ordinal);

    /// <inheritdoc/>
    public IDiskFile Create(string path)
    {
        lock (_lock)
        {
            return new UnsyncedHandle(_lock, DirectoryOf(path).Create(Path.GetFileName(path)));
        }
    }

    /// <inheritdoc/>
    public IDiskFile Open(string path)
    {
        lock (_lock)
        {
            return new UnsyncedHandle(_lock, DirectoryOf(path).Open(Path.GetFileName(path)));
        }
    }

    /// <inheritdoc/>
    public bool Exists(string path)
    {
        lock (_lock)
        {
            return DirectoryOf(path).Exists(Path.GetFileName(path));
        }
    }

    /// <inheritdoc/>
    public IReadOnlyList<string> List(string directory)
    {
        lock (_lock)
        {
            return Of(directory).List();
        }
    }

    /// <inheritdoc/>
    public void CreateDirectory(string directory) => inner.CreateDirectory(directory);

    /// <inheritdoc/>
    public void Rename(string from, string to)
    {
        lock (_lock)
        {
            var directory = DirectoryOf(from);
            if (DirectoryOf(to) != directory)
            {
                throw new NotSupportedException($"{from} cannot be renamed to {to}: a name is flushed with its directory.");
            }

            directory.Rename(Path.GetFileName(from), Path.GetFileName(to));
        }
    }

    /// <inheritdoc/>
    public void Delete(string path)
    {
        lock (_lock)
        {
            DirectoryOf(path).Delete(Path.GetFileName(path));
        }
    }

    /// <inheritdoc/>
    public void FlushDirectory(string directory)
    {
        lock (_lock)
        {
            Of(directory).Flush();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_lock)
        {
            foreach (var directory in _directories.Values)
            {
                directory.Close();
            }

            _directories.Clear();
        }
    }

    private UnsyncedDirectory DirectoryOf(string path) => Of(Path.GetDirectoryName(Path.GetFullPath(path))!);

    private UnsyncedDirectory Of(string directory)
    {
        var full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(directory));
        if (!_directories.TryGetValue(full, out var unsynced))
        {
            unsynced = new UnsyncedDirectory(inner, full);
            _directories.Add(full, unsynced);
        }

        return unsynced;
    }
}
