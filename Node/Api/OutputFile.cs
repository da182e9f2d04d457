namespace RaftKv.Api;

/// <summary>
/// A file that a user names to write to. A file that is there is replaced in one step, by one that is whole and on the disk: a
/// full disk or an interrupted write leaves the old one as it was. Of a link it is the file that the link leads to. A device or
/// a pipe is written to as it is, and never replaced. Not thread-safe.
/// </summary>
/// <remarks>A file that replaces another gets the rights of that one, on Unix.</remarks>
public sealed class OutputFile : IDisposable
{
    private const int BufferBytes = 256 * 1024;

    /// <summary>The length of a file's name that every usual file system allows.</summary>
    private const int MaxNameBytes = 255;

    private readonly string? _beside;
    private readonly bool _replace;
    private bool _isEnded;

    private OutputFile(string path, string? beside, bool replace, FileStream stream)
    {
        Path = path;
        _beside = beside;
        _replace = replace;
        Stream = stream;
    }

    /// <summary>The whole path of the file, behind the links that lead to it.</summary>
    public string Path { get; }

    /// <summary>What is written here is in the file after <see cref="Complete"/>.</summary>
    public FileStream Stream { get; }

    /// <summary>Begins a file; makes the directory that it is to lie in.</summary>
    /// <param name="path">The file, relative to the current directory or whole.</param>
    /// <param name="replace">Whether a file that is there may be replaced.</param>
    /// <param name="newFileMode">The rights of the file, on Unix; null: of the one that it replaces, else the usual ones.</param>
    /// <exception cref="IOException">It is there and may not be replaced, or it is a directory, or the disk refuses.</exception>
    /// <exception cref="UnauthorizedAccessException">The directory takes no new file.</exception>
    public static OutputFile Create(string path, bool replace = true, UnixFileMode? newFileMode = null)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        RequireFree(path, replace);
        var full = System.IO.Path.GetFullPath(path);
        if (NativeFile.IsDevice(full))
        {
            return new OutputFile(full, null, replace, new FileStream(full, FileMode.Open, FileAccess.Write, FileShare.ReadWrite, BufferBytes));
        }

        full = Behind(full);
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(full)!);
        RequireWritable(full);
        var beside = Beside(full);
        return new OutputFile(full, beside, replace, OpenBeside(full, beside, newFileMode));
    }

    /// <summary>Refuses a file that is there, or a directory, before any work is done for it.</summary>
    /// <exception cref="IOException">It is a directory, or it is there and may not be replaced.</exception>
    public static void RequireFree(string path, bool replace)
    {
        if (Directory.Exists(path))
        {
            throw new IOException($"'{path}' is a directory: give the name of a file in it.");
        }

        if (!replace && File.Exists(path))
        {
            throw new IOException($"'{path}' exists already and was left as it is: choose another file, or -Force to replace it.");
        }
    }

    /// <summary>Refuses a device or a pipe, for what must be a file that can be read again.</summary>
    /// <exception cref="IOException">It is one.</exception>
    public static void RequireFileOrNothing(string path)
    {
        if (NativeFile.IsDevice(path))
        {
            throw new IOException($"'{path}' is a device or a pipe and no file: it was left as it is. Choose a file.");
        }
    }

    /// <summary>Writes a whole file.</summary>
    /// <exception cref="IOException">It is a directory, or the disk refuses.</exception>
    public static void Write(string path, ReadOnlySpan<byte> bytes, UnixFileMode? newFileMode = null)
    {
        using var file = Create(path, newFileMode: newFileMode);
        file.Stream.Write(bytes);
        file.Complete();
    }

    /// <summary>Writes a whole file as UTF-8 without a mark.</summary>
    /// <exception cref="IOException">It is a directory, or the disk refuses.</exception>
    public static void Write(string path, string text, UnixFileMode? newFileMode = null) =>
        Write(path, System.Text.Encoding.UTF8.GetBytes(text), newFileMode);

    /// <summary>Gives what was written its name; from then on it is there, also after a crash of the machine.</summary>
    /// <exception cref="IOException">The disk refuses, or the name was taken meanwhile and may not be replaced; what is there stays as it was.</exception>
    public void Complete()
    {
        Stream.Flush(flushToDisk: true);
        Stream.Dispose();
        if (_beside is not null)
        {
            File.Move(_beside, Path, _replace);
        }

        _isEnded = true;
    }

    /// <summary>Without <see cref="Complete"/> before, the file stays as it was.</summary>
    public void Dispose()
    {
        if (_isEnded)
        {
            return;
        }

        _isEnded = true;
        try
        {
            Stream.Dispose();
        }
        catch (IOException)
        {
            // A full disk does not take what is still buffered; all of it is given up here.
        }

        if (_beside is not null)
        {
            File.Delete(_beside);
        }
    }

    /// <summary>A free name in the same directory, which tells what it is for unless that makes it longer than file systems allow.</summary>
    private static string Beside(string full)
    {
        var suffix = $"{Guid.NewGuid():N}.tmp";
        var name = System.IO.Path.GetFileName(full);
        return System.IO.Path.Combine(
            System.IO.Path.GetDirectoryName(full)!, System.Text.Encoding.UTF8.GetByteCount(name) + suffix.Length < MaxNameBytes ? $"{name}.{suffix}" : suffix);
    }

    /// <summary>The file that links lead to. One that another program holds open is no place for a file in its stead.</summary>
    private static string Behind(string full)
    {
        var file = new FileInfo(full);
        while (file.LinkTarget is not null)
        {
            if (IsOpenFile(file.FullName))
            {
                throw new IOException($"'{full}' is what a program has open, '{file.LinkTarget}': it was left as it is. Name another file.");
            }

            file = (FileInfo)file.ResolveLinkTarget(returnFinalTarget: false)!;
        }

        return file.FullName;
    }

    private static bool IsOpenFile(string path) => OperatingSystem.IsLinux() && (path.StartsWith("/proc/", StringComparison.Ordinal)
        || path.StartsWith("/dev/fd/", StringComparison.Ordinal) || path is "/dev/stdin" or "/dev/stdout" or "/dev/stderr");

    /// <summary>A file that its owner protects is not replaced although its directory would allow it.</summary>
    private static void RequireWritable(string full)
    {
        if (File.Exists(full))
        {
            File.OpenHandle(full, FileMode.Open, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete).Dispose();
        }
    }

    private static FileStream OpenBeside(string full, string beside, UnixFileMode? newFileMode)
    {
        var options = new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.Write,
            Share = FileShare.Read,
            BufferSize = BufferBytes,
        };
        if (OperatingSystem.IsWindows())
        {
            return new FileStream(beside, options);
        }

        var mode = newFileMode ?? (File.Exists(full) ? File.GetUnixFileMode(full) : null);
        options.UnixCreateMode = mode;
        try
        {
            var stream = new FileStream(beside, options);
            if (mode is { } wanted)
            {
                File.SetUnixFileMode(stream.SafeFileHandle, wanted); // What the process' mask took away.
            }

            return stream;
        }
        catch (UnauthorizedAccessException e)
        {
            throw new UnauthorizedAccessException(
                $"'{full}' cannot be written: its directory takes no new file, and only a whole new one may replace it. {e.Message}", e);
        }
    }
}
