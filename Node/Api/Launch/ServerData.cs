using RaftKv.Api.Clusters;
using RaftKv.Engine.Storage;

namespace RaftKv.Api.Launch;

/// <summary>What a server and its agent keep in the server's directory, and its end. What else lies there is a user's and stays.</summary>
public static class ServerData
{
    private const string ConfigFile = "server.json";
    private const string IdentityFile = "identity.json";

    private static readonly string[] Files =
    [
        IdentityFile, ConfigFile, "server.log", "server.log.1", "started", "membership.json", "peers.json", "chaos.json", "seed.part",
        "lock.pid", FileLock.OfDataDirectory,
    ];

    private static readonly string[] Folders = ["log", "snapshots", "log.edited", "log.old"];

    /// <summary>Deletes the server's files, and the directory where nothing else is in it; behind a link too, and then the link.</summary>
    /// <returns>The directory if a user's files are left in it; else null.</returns>
    public static string? Delete(string directory)
    {
        var target = new DirectoryInfo(directory).ResolveLinkTarget(returnFinalTarget: true)?.FullName;
        var place = target ?? directory;
        if (!Directory.Exists(place))
        {
            return null;
        }

        foreach (var folder in Folders)
        {
            ClusterData.DeleteDirectory(Path.Combine(place, folder));
        }

        foreach (var file in Directory.EnumerateFiles(place).Where(file => IsOurs(Path.GetFileName(file))).ToList())
        {
            File.Delete(file);
        }

        ClusterData.DeleteIfEmpty(place);
        if (target is not null)
        {
            DeleteLink(directory);
        }

        return Directory.Exists(place) ? place : null;
    }

    /// <summary>Whether a directory is that of a server of the cluster, by the id in its files. A copy of one has another name than the server.</summary>
    internal static bool IsOf(string clusterId, string directory)
    {
        var config = Path.Combine(directory, ConfigFile);
        return new[] { Path.Combine(directory, IdentityFile), config }
                .Any(file => File.Exists(file) && File.ReadAllText(file).Contains(clusterId, StringComparison.Ordinal))
            && (NameIn(config) is not { } name || name == Path.GetFileName(directory));
    }

    /// <summary>A file of ours, or one that was being written beside it.</summary>
    private static bool IsOurs(string name) => Files.Contains(name)
        || Files.Any(file => name == file + ".new" || (name.StartsWith(file + ".", StringComparison.Ordinal) && name.EndsWith(".tmp", StringComparison.Ordinal)));

    private static string? NameIn(string config)
    {
        try
        {
            return File.Exists(config) ? ClusterJson.ReadServerConfig(File.ReadAllText(config)).Name : null;
        }
        catch (System.Text.Json.JsonException)
        {
            return null;
        }
    }

    private static void DeleteLink(string directory)
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.Delete(directory);
        }
        else
        {
            // Where what it leads to is gone, it is no directory.
            File.Delete(directory);
        }
    }
}
