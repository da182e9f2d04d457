using RaftKv.Engine.Storage;

namespace RaftKv.Api.Clusters;

/// <summary>
/// Where this user's files of ours lie, and how they are written: they hold tokens, so no one else may read them at
/// any moment, not even between creation and a change of mode.
/// </summary>
internal static class UserFiles
{
    /// <summary>The rights of every file of ours.</summary>
    public const UnixFileMode OwnerFile = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private const UnixFileMode OwnerDirectory = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    /// <summary>The directory of everything kept for this user; <c>RAFTKV_HOME</c> names another.</summary>
    public static string Home
    {
        get
        {
            if (Environment.GetEnvironmentVariable("RAFTKV_HOME") is { Length: > 0 } home)
            {
                return Path.GetFullPath(home);
            }

            var data = Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify);
            return data.Length > 0
                ? Path.Combine(data, "RaftKv")
                : Path.Combine(Path.GetTempPath(), $"RaftKv-{Environment.UserName}");
        }
    }

    /// <summary>Works on the files below <see cref="Home"/>.</summary>
    /// <exception cref="IOException">They cannot be used; the message names the directory and the variable that names another.</exception>
    public static T AtHome<T>(Func<T> work)
    {
        try
        {
            return work();
        }
        catch (Exception e) when (e is (IOException or UnauthorizedAccessException) and not FileLockedException)
        {
            throw new IOException(
                $"RaftKv keeps its files in '{Home}', which cannot be used: {e.Message} Let the environment variable RAFTKV_HOME name a directory of your own.", e);
        }
    }

    /// <summary>Makes a directory of its own in the system's temporary one.</summary>
    /// <exception cref="IOException">It cannot be made; the message names the directory and the variable that names another.</exception>
    public static string CreateTemporaryDirectory(string prefix)
    {
        try
        {
            return Directory.CreateTempSubdirectory(prefix).FullName;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new IOException(
                $"The temporary directory '{Path.GetTempPath()}' cannot be used: {e.Message} Let the environment variable "
                + $"{(OperatingSystem.IsWindows() ? "TMP" : "TMPDIR")} name a directory of your own, or say with -DataPath where the data goes.", e);
        }
    }

    /// <summary>Makes a directory and those above it, for the owner only.</summary>
    public static void CreateDirectory(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(path);
        }
        else
        {
            Directory.CreateDirectory(path, OwnerDirectory);
        }
    }

    /// <summary>Replaces a file in one step: a reader sees the old text or the new one, never half of it.</summary>
    public static void Write(string path, string text)
    {
        if (path.StartsWith(Home + Path.DirectorySeparatorChar, StringComparison.Ordinal))
        {
            AtHome(() => Replace(path, text));
        }
        else
        {
            Replace(path, text);
        }
    }

    private static bool Replace(string path, string text)
    {
        CreateDirectory(Path.GetDirectoryName(path)!);
        OutputFile.Write(path, text, OwnerFile);
        return true;
    }
}
