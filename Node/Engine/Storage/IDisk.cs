namespace RaftKv.Engine.Storage;

/// <summary>
/// The one way to the disk. The simulator and the fault decorators put another one in its place, so it offers just
/// what the log needs and says nothing that a real disk would not keep: a write, a creation, a rename or a truncation
/// survives a crash only after the matching flush (P6).
/// </summary>
public interface IDisk
{
    /// <summary>Makes a new file.</summary>
    /// <exception cref="IOException">It exists, or the disk refuses.</exception>
    /// <exception cref="DiskFullException">There is no room.</exception>
    IDiskFile Create(string path);

    /// <summary>Opens an existing file for reading and writing.</summary>
    /// <exception cref="FileNotFoundException">There is none.</exception>
    IDiskFile Open(string path);

    /// <summary>Whether a file is there.</summary>
    bool Exists(string path);

    /// <summary>The names (without directory) of the files in a directory, sorted ordinally; empty when it does not exist.</summary>
    IReadOnlyList<string> List(string directory);

    /// <summary>Makes a directory and its parents.</summary>
    void CreateDirectory(string directory);

    /// <summary>Gives a file another name, replacing what has it.</summary>
    void Rename(string from, string to);

    /// <summary>Deletes a file; nothing happens when there is none.</summary>
    void Delete(string path);

    /// <summary>Makes creations, renames and deletions in a directory durable. Does nothing on Windows, where they are.</summary>
    void FlushDirectory(string directory);
}

/// <summary>An open file. Not thread-safe, except that reads may run beside anything.</summary>
public interface IDiskFile : IDisposable
{
    /// <summary>Its length in bytes.</summary>
    long Length { get; }

    /// <summary>Reads as many bytes as there are, up to the buffer's length.</summary>
    /// <returns>How many; fewer than asked for only at the end of the file.</returns>
    int Read(long offset, Span<byte> buffer);

    /// <summary>Writes all bytes at an offset.</summary>
    /// <exception cref="DiskFullException">There is no room for all of them; some may be written.</exception>
    void Write(long offset, ReadOnlySpan<byte> bytes);

    /// <summary>Reserves room, so that later writes neither change the length nor run out of space.</summary>
    /// <exception cref="DiskFullException">There is no room.</exception>
    void Allocate(long length);

    /// <summary>Cuts or extends the file.</summary>
    void SetLength(long length);

    /// <summary>Returns when everything written is durable. An error here is fatal: never retried (P5).</summary>
    void Flush();
}

/// <summary>The disk has no room. Unlike any other failure of a disk this one passes, and nothing is lost by it (P11).</summary>
public sealed class DiskFullException : IOException
{
    /// <summary>An unspecific one.</summary>
    public DiskFullException()
        : this("There is no room left on the disk.")
    {
    }

    /// <summary>One that says what there was no room for.</summary>
    public DiskFullException(string message)
        : base(message)
    {
    }

    /// <summary>One that the system reported.</summary>
    public DiskFullException(string message, Exception cause)
        : base(message, cause)
    {
    }
}
