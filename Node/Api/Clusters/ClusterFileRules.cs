namespace RaftKv.Api.Clusters;

/// <summary>What holds for every cluster, whether it is started or read from a file.</summary>
internal static class ClusterFileRules
{
    /// <summary>The most servers of a cluster.</summary>
    public const int MaxServers = 63;

    /// <summary>The most characters of a name.</summary>
    public const int LongestName = 64;

    /// <summary>How temporary data directories begin; nothing else is ever deleted whole.</summary>
    public const string TemporaryPrefix = "raftkv-";

    /// <summary>Whether a directory can be one that was made for a cluster without a place of its own.</summary>
    public static bool IsTemporaryPath(string path) => Path.GetFileName(path).StartsWith(TemporaryPrefix, StringComparison.Ordinal);

    /// <summary>What a server may be called: its directory has that name.</summary>
    public static bool IsServerName(string name) =>
        name.Length is > 0 and <= LongestName && name is not ("." or "..") && !name.Any(c => c is '/' or '\\' || char.IsControl(c));

    /// <summary>Whether Windows takes a name for a device, whatever the folder: no file system with such a folder could be carried there.</summary>
    public static bool IsDeviceName(string name) => name.ToUpperInvariant() is "CON" or "PRN" or "AUX" or "NUL"
        || (name.Length == 4 && char.IsAsciiDigit(name[3]) && name[..3].ToUpperInvariant() is "COM" or "LPT");

    /// <summary>What a cluster may be called; file systems and command lines must not mind it.</summary>
    public static bool IsName(string name)
    {
        foreach (var character in name)
        {
            if (!char.IsAsciiLetterOrDigit(character) && character is not ('-' or '_'))
            {
                return false;
            }
        }

        return name.Length is > 0 and <= LongestName;
    }
}
