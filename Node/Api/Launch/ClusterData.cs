using System.Globalization;
using RaftKv.Api.Clusters;
using RaftKv.Engine.Storage;

namespace RaftKv.Api.Launch;

/// <summary>The data of a cluster on this machine, and its end. Nothing is deleted that a server may still use, or that is not the cluster's.</summary>
public static class ClusterData
{
    /// <summary>What a server's directory holds before it has an identity.</summary>
    private static readonly string[] Unfinished = [FileLock.OfDataDirectory, "lock.pid", "identity.json.new"];

    /// <summary>What an agent writes beside its servers' directories.</summary>
    private static readonly string[] AgentLogs = ["agent.log", "agent.log.1"];

    /// <summary>Deletes the directories of its servers, also of those that were removed from it; the one that holds them when nothing else is in it.</summary>
    /// <returns>The directories in which a user's files are left.</returns>
    /// <exception cref="RaftKvException">DataDirectoryInUse: a server lives in one of them. Nothing was deleted.</exception>
    internal static IReadOnlyList<string> Delete(ClusterSpec spec)
    {
        if (spec.DataPath is not { } data || !Directory.Exists(data) || spec.Agents.Any(a => a.ProcessId == 0))
        {
            return [];
        }

        var (_, left) = DeleteServers(spec.ClusterId, data);
        DeleteIfOurs(data, spec.DataIsTemporary);
        return [.. left.Where(Directory.Exists)];
    }

    /// <summary>Deletes the directories of a cluster's servers, also of those that were removed from it, and nothing else.</summary>
    /// <param name="clusterId">The cluster's id, which their files name.</param>
    /// <param name="data">Where they lie.</param>
    /// <returns>What was deleted, and in which directories a user's files are left.</returns>
    /// <exception cref="RaftKvException">DataDirectoryInUse: a server lives in one of them. Nothing was deleted.</exception>
    public static (IReadOnlyList<string> Deleted, IReadOnlyList<string> Left) DeleteServers(string clusterId, string data)
    {
        string[] servers = DirectoriesOf(clusterId, data);
        var held = new List<FileStream>();
        try
        {
            foreach (var server in servers)
            {
                Hold(server, held);
            }

            if (OperatingSystem.IsWindows())
            {
                // An open file cannot be deleted there.
                LetGo(held);
            }

            return (servers, [.. servers.Select(ServerData.Delete).OfType<string>()]);
        }
        finally
        {
            LetGo(held);
        }
    }

    /// <summary>Deletes the directories of a launch's servers that it was just making, in which nothing else lies than their maker's files.</summary>
    internal static void DeleteUnfinished(ClusterSpec spec)
    {
        foreach (var directory in spec.Servers.Select(server => ServerConfig.Of(spec, server).DataPath).Where(Directory.Exists))
        {
            string[] there = [.. Directory.EnumerateFileSystemEntries(directory).Select(entry => Path.GetFileName(entry)!)];
            if (there.Except(Unfinished).Any())
            {
                continue;
            }

            foreach (var name in there)
            {
                File.Delete(Path.Combine(directory, name));
            }

            DeleteIfEmpty(directory);
        }
    }

    /// <summary>Whether a directory of one of the cluster's servers lies there.</summary>
    internal static bool Holds(string clusterId, string data) => DirectoriesOf(clusterId, data).Length > 0;

    /// <summary>Deletes a directory; one that is gone is what was wanted.</summary>
    public static void DeleteDirectory(string directory)
    {
        try
        {
            Directory.Delete(directory, recursive: true);
        }
        catch (DirectoryNotFoundException)
        {
            // It is gone, which is what was wanted.
        }
    }

    /// <summary>Deletes a directory that holds nothing. A link to one is not ours.</summary>
    public static void DeleteIfEmpty(string directory)
    {
        if (Directory.Exists(directory) && new DirectoryInfo(directory).LinkTarget is null && !Directory.EnumerateFileSystemEntries(directory).Any())
        {
            Directory.Delete(directory);
        }
    }

    /// <summary>Whether directories of a cluster's servers are left on this machine.</summary>
    internal static bool HasServers(ClusterSpec spec) => spec.DataPath is { } data && Holds(spec.ClusterId, data);

    private static string[] DirectoriesOf(string clusterId, string data) =>
        Directory.Exists(data) ? [.. Directory.EnumerateDirectories(data).Where(directory => ServerData.IsOf(clusterId, directory))] : [];

    /// <summary>Takes the lock that a server holds for its life: who gets it knows that none lives there.</summary>
    private static void Hold(string server, List<FileStream> held)
    {
        try
        {
            held.Add(FileLock.Acquire(Path.Combine(server, FileLock.OfDataDirectory)));
        }
        catch (FileLockedException e)
        {
            throw new RaftKvException(
                ErrorKind.DataDirectoryInUse, $"A server lives in '{server}' although its agent has ended: nothing was deleted. Stop it first.", e);
        }
    }

    private static void LetGo(List<FileStream> held)
    {
        held.ForEach(file => file.Dispose());
        held.Clear();
    }

    /// <summary>The temporary directory goes with what agents wrote into it; a user's directory only when nothing is left in it.</summary>
    internal static void DeleteIfOurs(string data, bool temporary)
    {
        if (temporary && ClusterFileRules.IsTemporaryPath(data))
        {
            DeleteDirectory(data);
            return;
        }

        foreach (var log in AgentLogs.Select(name => Path.Combine(data, name)).Where(IsTextLog))
        {
            File.Delete(log);
        }

        DeleteIfEmpty(data);
    }

    /// <summary>Whether a file is empty or begins as our text logs do, with a time and a level; another one of that name is a user's.</summary>
    private static bool IsTextLog(string path) => File.Exists(path) && (File.ReadLines(path).FirstOrDefault() is not { } first
        || (first.Split(' ') is [var time, { Length: 3 }, _, ..]
            && DateTime.TryParseExact(time, "yyyy-MM-ddTHH:mm:ss.ffffffZ", CultureInfo.InvariantCulture, DateTimeStyles.None, out _)));
}
