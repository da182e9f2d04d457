namespace RaftKv;

/// <summary>A cluster as an argument: its name, or an object that is one or has one.</summary>
public sealed class RaftClusterReference
{
    /// <summary>By name.</summary>
    public RaftClusterReference(string name) => Name = name;

    /// <summary>The cluster itself.</summary>
    public RaftClusterReference(RaftCluster cluster)
    {
        ArgumentNullException.ThrowIfNull(cluster);
        Name = cluster.Name;
        Cluster = cluster;
    }

    /// <summary>What was asked for.</summary>
    public string Name { get; }

    /// <summary>The cluster, where the argument was one.</summary>
    internal RaftCluster? Cluster { get; }

    /// <summary>The name.</summary>
    public override string ToString() => Name;
}
