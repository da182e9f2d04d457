using System.Text;

namespace RaftKv.Engine.Storage;

/// <summary>What lies where in a server's data directory.</summary>
public static class DataDirectory
{
    /// <summary>Who the directory belongs to.</summary>
    public const string IdentityFile = "identity.json";

    /// <summary>The directory of the write-ahead log.</summary>
    public const string LogDirectory = "log";

    /// <summary>The directory of the snapshots.</summary>
    public const string SnapshotDirectory = "snapshots";

    /// <summary>There once the log was made: from then on a missing log is a loss and not a beginning (P7).</summary>
    public const string StartedFile = "started";

    /// <summary>Held open by the server that uses the directory.</summary>
    public const string LockFile = FileLock.OfDataDirectory;

    /// <summary>The process id of the server that uses the directory.</summary>
    public const string LockOwnerFile = "lock.pid";

    /// <summary>Writes a small file so that after a crash it is there whole or not at all.</summary>
    internal static void WriteDurably(IDisk disk, string directory, string name, string text)
    {
        var path = Path.Combine(directory, name);
        var unfinished = path + ".new";
        disk.Delete(unfinished);
        using (var file = disk.Create(unfinished))
        {
            file.Write(0, Encoding.UTF8.GetBytes(text));
            file.Flush();
        }

        disk.Rename(unfinished, path);
        disk.FlushDirectory(directory);
    }

    /// <summary>Reads a small file.</summary>
    internal static string ReadText(IDisk disk, string path)
    {
        using var file = disk.Open(path);
        var bytes = new byte[checked((int)file.Length)];
        return Encoding.UTF8.GetString(bytes, 0, file.Read(0, bytes));
    }

    /// <summary>
    /// Refuses when the log existed and is gone: a server that forgot what it acknowledged must not come back as itself.
    /// Only the log's own files stand for the log, not whatever else lies in its directory.
    /// </summary>
    internal static void CheckStarted(IDisk disk, string dataDirectory, NodeIdentity identity)
    {
        var log = Path.Combine(dataDirectory, LogDirectory);
        if (!LogFiles.Exist(disk, log) && disk.Exists(Path.Combine(dataDirectory, StartedFile)))
        {
            throw new InvalidDataException(
                $"The log of server {identity.ServerId} is gone from {log}, though the server ran before. "
                + "It may have acknowledged what it held: remove the server from the cluster and add it again under a new id "
                + "with an empty data directory.");
        }
    }

    /// <summary>Whether the server ran before, as a version that keeps the first membership.</summary>
    internal static bool HasStartedWithMembership(IDisk disk, string dataDirectory) =>
        disk.Exists(Path.Combine(dataDirectory, StartedFile))
        && ReadText(disk, Path.Combine(dataDirectory, StartedFile)).Contains(FirstMembership.FileName, StringComparison.Ordinal);

    /// <summary>Notes that the log exists.</summary>
    internal static void MarkStarted(IDisk disk, string dataDirectory)
    {
        if (!disk.Exists(Path.Combine(dataDirectory, StartedFile)))
        {
            WriteDurably(disk, dataDirectory, StartedFile, $"The log and {FirstMembership.FileName} were made; without them this server must not start.\n");
        }
    }
}
