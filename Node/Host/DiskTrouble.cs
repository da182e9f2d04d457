using System.ComponentModel;

namespace RaftKv.Node;

/// <summary>Says what a file system refused in a line, with what a user can do about it.</summary>
internal static class DiskTrouble
{
    private const int NoSpace = 28; // ENOSPC: no room, or no inode.
    private const int ReadOnly = 30; // EROFS
    private const int OverQuota = 122; // EDQUOT on Linux.
    private const int WindowsDiskFull = unchecked((int)0x80070070);

    /// <summary>The reason in one line and the way out, where it has one.</summary>
    public static string Explain(Exception exception)
    {
        var cause = exception;
        while (cause is IOException { InnerException: IOException or UnauthorizedAccessException or Win32Exception } outer)
        {
            cause = outer.InnerException!;
        }

        var text = string.Join(' ', exception.Message.Split(['\r', '\n'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
        return WayOut(exception) is { Length: > 0 } way || (way = WayOut(cause)).Length > 0 ? $"{text} {way}" : text;
    }

    private static string WayOut(Exception exception) => exception switch
    {
        _ when exception.HResult is NoSpace or OverQuota or WindowsDiskFull =>
            "The disk has no room for data or no inode for another file (df, df -i): make room.",
        _ when exception.HResult == ReadOnly || exception.Message.Contains("Read-only file system", StringComparison.OrdinalIgnoreCase) =>
            "The file system is read-only: mount it for writing.",
        UnauthorizedAccessException => "The user who runs this must own it or be allowed to write there, and a directory must not lie where a file belongs.",
        DirectoryNotFoundException or FileNotFoundException => "Put it back, or name another place.",
        _ => "",
    };
}
