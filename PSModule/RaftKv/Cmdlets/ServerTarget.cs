namespace RaftKv.Cmdlets;

/// <summary>One server that a cmdlet shall work on.</summary>
internal sealed record ServerTarget(RaftCluster Cluster, int Id, string Name)
{
    /// <summary>As messages name it.</summary>
    public override string ToString() => $"{Name} of cluster '{Cluster.Name}'";
}
