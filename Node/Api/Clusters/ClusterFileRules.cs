namespace RaftKv.Api.Clusters;

/// <summary>What holds for every cluster, whether it is started or read from a file.</summary>
internal static class ClusterFileRules
{
    /// <summary>The most servers of a cluster.</summary>
    public const int MaxServers = 63;

    private const int LongestName = 64;

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
