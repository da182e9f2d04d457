using System.Globalization;
using RaftKv.Api.Clusters;
using RaftKv.Arguments;

namespace RaftKv;

/// <summary>
/// Servers as an argument: an id, a name with wildcards, a server or leader object, or a cluster object for all of its
/// servers. An object brings its cluster along, so that it means the same server whatever cluster is current.
/// </summary>
public sealed class RaftServerReference
{
    /// <summary>By id.</summary>
    public RaftServerReference(int id) => Pattern = id.ToString(CultureInfo.InvariantCulture);

    /// <summary>By id.</summary>
    public RaftServerReference(long id) => Pattern = id.ToString(CultureInfo.InvariantCulture);

    /// <summary>By name, case-insensitive and with wildcards, or by id in digits.</summary>
    public RaftServerReference(string pattern) => Pattern = pattern;

    /// <summary>A server.</summary>
    public RaftServerReference(RaftServer server)
        : this(server?.Id ?? throw new ArgumentNullException(nameof(server))) => Cluster = server.Cluster;

    /// <summary>A leader.</summary>
    public RaftServerReference(RaftLeader leader)
        : this(leader?.Id ?? throw new ArgumentNullException(nameof(leader))) => Cluster = leader.Cluster;

    /// <summary>All servers of a cluster.</summary>
    public RaftServerReference(RaftCluster cluster)
    {
        Pattern = "*";
        Cluster = cluster;
    }

    /// <summary>The id in digits, or the name with wildcards.</summary>
    public string Pattern { get; }

    /// <summary>The cluster that the argument brought along.</summary>
    internal RaftCluster? Cluster { get; }

    /// <summary>The pattern.</summary>
    public override string ToString() => Pattern;

    /// <summary>The servers that this means, by rising id; none when there is no such server.</summary>
    internal static IReadOnlyList<ServerSpec> Select(string pattern, IReadOnlyList<ServerSpec> servers)
    {
        if (int.TryParse(pattern, NumberStyles.None, CultureInfo.InvariantCulture, out int id))
        {
            return [.. servers.Where(server => server.Id == id)];
        }

        NamePattern wanted = new(pattern);
        return [.. servers.Where(server => wanted.IsMatch(server.Name)).OrderBy(server => server.Id)];
    }

    /// <summary>Whether finding nothing is fine, because the pattern picks from a set.</summary>
    internal static bool MayBeEmpty(string pattern) => new NamePattern(pattern).MayBeEmpty;
}
