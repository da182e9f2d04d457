namespace RaftKv.Engine.Storage;

/// <summary>
/// Held for as long as a server uses its data directory, so that a second one cannot write to the same log. The
/// operating system lets go of it when the process ends, however it ends.
/// </summary>
public sealed class DataDirectoryLock : IDisposable
{
    private readonly FileStream _held;
    private readonly string _ownerPath;
    private int _isLetGo;

    private DataDirectoryLock(FileStream held, string ownerPath)
    {
        _held = held;
        _ownerPath = ownerPath;
    }

    /// <summary>Takes the lock.</summary>
    /// <exception cref="DataDirectoryInUseException">A live server holds it.</exception>
    public static DataDirectoryLock Acquire(string dataDirectory)
    {
        Directory.CreateDirectory(dataDirectory);
        var path = Path.Combine(dataDirectory, DataDirectory.LockFile);
        var ownerPath = Path.Combine(dataDirectory, DataDirectory.LockOwnerFile);
        FileStream held;
        try
        {
            held = FileLock.Acquire(path);
        }
        catch (FileLockedException e)
        {
            throw new DataDirectoryInUseException(dataDirectory, ReadOwner(ownerPath), e);
        }

        NoteOwner(ownerPath);
        return new DataDirectoryLock(held, ownerPath);
    }

    /// <summary>
    /// Beside the lock and not in it: a file that is locked as a whole cannot be read by others everywhere. A note for
    /// messages only: a full disk does not keep a server from its directory for it.
    /// </summary>
    private static void NoteOwner(string ownerPath)
    {
        try
        {
            File.WriteAllText(ownerPath, $"{Environment.ProcessId}\n");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Then anyone who comes second is told that another process has the directory, without its number.
        }
    }

    /// <summary>Lets go.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _isLetGo, 1) != 0)
        {
            return;
        }

        try
        {
            File.Delete(_ownerPath);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Anyone who deleted the directory under a running server has deleted the note with it; where it cannot be
            // deleted it stays, and the lock alone tells whether somebody is there.
        }
        finally
        {
            _held.Dispose();
        }
    }

    private static int? ReadOwner(string ownerPath)
    {
        try
        {
            return int.TryParse(File.ReadAllText(ownerPath), out var id) ? id : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}

/// <summary>A live server uses the data directory.</summary>
public sealed class DataDirectoryInUseException : IOException
{
    internal DataDirectoryInUseException(string dataDirectory, int? processId, IOException inner)
        : base(processId is { } id
            ? $"{dataDirectory} is in use by process {id}. Stop that server first, or choose another directory."
            : $"{dataDirectory} is in use by another process. Stop that server first, or choose another directory.", inner) =>
        ProcessId = processId;

    /// <summary>The process that holds it, if that is known.</summary>
    public int? ProcessId { get; }
}
