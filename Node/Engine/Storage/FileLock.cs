using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace RaftKv.Engine.Storage;

/// <summary>
/// An exclusive lock on a file, held by one open file of one process until it is closed or the process ends. It is taken
/// with <c>flock</c>, because the runtime's own locks can be switched off by a variable of the environment
/// (<c>DOTNET_SYSTEM_IO_DISABLEFILELOCKING</c>), and because <c>fcntl</c> locks vanish when any descriptor of the file is
/// closed. Windows locks by how a file is shared, which nothing switches off.
/// </summary>
/// <remarks>
/// This source is compiled into every assembly that locks files; the walls between them allow no reference for it.
/// </remarks>
internal static partial class FileLock
{
    /// <summary>The lock file of a server's data directory.</summary>
    public const string OfDataDirectory = "lock";

    private const int Exclusive = 2; // LOCK_EX
    private const int NonBlocking = 4; // LOCK_NB
    private const int Interrupted = 4; // EINTR, the same on Linux and macOS.

    /// <summary>Opens a file, makes it if it is missing, and locks it.</summary>
    /// <param name="path">The file. It stays behind: deleting it could let two processes lock two files of one name.</param>
    /// <param name="createMode">The rights of a new file, on Unix; null for the usual ones.</param>
    /// <returns>The open file, whose disposal gives the lock back.</returns>
    /// <exception cref="FileLockedException">Another open file holds the lock, of this process or another.</exception>
    /// <exception cref="IOException">The file cannot be opened, or its file system does not lock; the message says which.</exception>
    public static FileStream Acquire(string path, UnixFileMode? createMode = null)
    {
        var held = Open(path, createMode);
        try
        {
            if (!OperatingSystem.IsWindows())
            {
                Lock(held.SafeFileHandle, path);
                Prove(path);
            }

            return held;
        }
        catch
        {
            held.Dispose();
            throw;
        }
    }

    private static FileStream Open(string path, UnixFileMode? createMode)
    {
        var options = new FileStreamOptions
        {
            Mode = FileMode.OpenOrCreate,
            Access = FileAccess.ReadWrite,
            Share = FileShare.None,
        };
        if (createMode is { } mode && !OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = mode;
        }

        try
        {
            return new FileStream(path, options);
        }
        catch (IOException e) when (OperatingSystem.IsWindows() ? e is not DirectoryNotFoundException and not FileNotFoundException : e.HResult == WouldBlock)
        {
            // Unless it is switched off, the runtime's own lock comes first; on Unix it is of the same kind.
            throw new FileLockedException(path, e);
        }
    }

    private static void Lock(SafeFileHandle handle, string path)
    {
        if (!TryLock(handle, path))
        {
            throw new FileLockedException(path, null);
        }
    }

    /// <summary>A second descriptor must find the file locked: some file systems answer yes to every lock.</summary>
    private static void Prove(string path)
    {
        try
        {
            using var second = Open(path, null);
            if (!TryLock(second.SafeFileHandle, path))
            {
                return;
            }
        }
        catch (FileLockedException)
        {
            return;
        }

        throw new IOException($"The file system of '{path}' grants the same lock twice, so it cannot keep two processes apart. Choose a directory on another file system.");
    }

    private static bool TryLock(SafeFileHandle handle, string path)
    {
        while (LockFile(handle, Exclusive | NonBlocking) != 0)
        {
            var error = Marshal.GetLastPInvokeError();
            if (error == WouldBlock)
            {
                return false;
            }

            if (error != Interrupted)
            {
                throw new IOException($"'{path}' cannot be locked: {Marshal.GetPInvokeErrorMessage(error)}. Choose a directory on another file system.");
            }
        }

        return true;
    }

    /// <summary>EWOULDBLOCK.</summary>
    private static int WouldBlock => OperatingSystem.IsMacOS() ? 35 : 11;

    [LibraryImport("libc", EntryPoint = "flock", SetLastError = true)]
    private static partial int LockFile(SafeFileHandle descriptor, int operation);
}

/// <summary>Another open file holds the lock.</summary>
internal sealed class FileLockedException(string path, IOException? inner) : IOException($"'{path}' is locked by another process.", inner);
