using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace RaftKv.Engine.Storage;

/// <summary>The things that the runtime does not offer: flushing a directory, flushing data alone, and reserving room.</summary>
internal static partial class NativeDisk
{
    private const int Interrupted = 4; // EINTR, the same on Linux and macOS.
    private const int Invalid = 22; // EINVAL on Linux.
    private const int NoSpace = 28; // ENOSPC, the same on Linux and macOS.
    private const int QuotaExceeded = 122; // EDQUOT on Linux.
    private const int DiskFullOnWindows = unchecked((int)0x80070070);

    /// <summary>Makes the names in a directory durable. Windows keeps them with the file system's own log.</summary>
    public static void FlushDirectory(string directory)
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        var descriptor = Retry(() => Open(directory, CloseOnExec));
        if (descriptor < 0)
        {
            throw new IOException($"Cannot open the directory {directory} to flush it: {Marshal.GetLastPInvokeErrorMessage()}.");
        }

        try
        {
            if (Retry(() => Synchronize(descriptor)) < 0)
            {
                throw new IOException($"Cannot flush the directory {directory}: {Marshal.GetLastPInvokeErrorMessage()}.");
            }
        }
        finally
        {
            _ = Close(descriptor);
        }
    }

    /// <summary>
    /// Makes a file's bytes and its length durable. On Linux it leaves the time of the last change behind, which no one
    /// reads after a crash: within reserved blocks that spares the file system's journal a commit with most flushes.
    /// </summary>
    /// <exception cref="IOException">Nothing is known to be durable. Trying again may succeed although bytes are lost.</exception>
    public static void FlushData(SafeFileHandle handle)
    {
        if (OperatingSystem.IsLinux())
        {
            if (Retry(() => SynchronizeData(handle)) == 0)
            {
                return;
            }

            var error = Marshal.GetLastPInvokeError();
            if (error != Invalid)
            {
                throw new IOException($"A file cannot be flushed: {Marshal.GetPInvokeErrorMessage(error)}.", error);
            }
        }

        // Not Linux, or a file system without this call.
        RandomAccess.FlushToDisk(handle);
    }

    /// <summary>Reserves blocks, which grows the file; false where the system or the file system cannot.</summary>
    public static bool TryAllocate(SafeFileHandle handle, long length)
    {
        if (!OperatingSystem.IsLinux() || !Environment.Is64BitProcess)
        {
            return false;
        }

        int error;
        do
        {
            error = Allocate(handle, 0, length);
        }
        while (error == Interrupted);
        return error is not (NoSpace or QuotaExceeded) ? error == 0 : throw new DiskFullException("There is no room left on the disk for the log.");
    }

    /// <summary>Whether the system says that there is no room.</summary>
    public static bool IsDiskFull(IOException error) =>
        OperatingSystem.IsWindows() ? error.HResult == DiskFullOnWindows : error.HResult is NoSpace or QuotaExceeded;

    /// <summary>O_RDONLY with O_CLOEXEC: a server that is started at this moment must not inherit the descriptor.</summary>
    private static int CloseOnExec => OperatingSystem.IsMacOS() ? 0x0100_0000 : 0x0008_0000;

    private static int Retry(Func<int> call)
    {
        int result;
        do
        {
            result = call();
        }
        while (result < 0 && Marshal.GetLastPInvokeError() == Interrupted);
        return result;
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int Synchronize(int descriptor);

    [LibraryImport("libc", EntryPoint = "fdatasync", SetLastError = true)]
    private static partial int SynchronizeData(SafeFileHandle handle);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int descriptor);

    [LibraryImport("libc", EntryPoint = "posix_fallocate")]
    private static partial int Allocate(SafeFileHandle handle, long offset, long length);
}
