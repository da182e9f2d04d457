namespace RaftKv;

/// <summary>How a network is cut.</summary>
public enum RaftPartitionPlan
{
    /// <summary>A majority and a minority.</summary>
    Majority,

    /// <summary>Two groups just short of half, and one server alone: none has a majority.</summary>
    AllMinorities,

    /// <summary>Every server alone.</summary>
    Singles,

    /// <summary>The leader alone, all others together.</summary>
    LeaderAlone,

    /// <summary>Any number of groups of any size.</summary>
    Random,
}

/// <summary>The group that the leader is in.</summary>
public enum RaftLeaderPlace
{
    /// <summary>The majority.</summary>
    Majority,

    /// <summary>A group that is smaller than a majority.</summary>
    Minority,

    /// <summary>The group of one server.</summary>
    Alone,
}

/// <summary>A partition that Set-RaftPartition can be given.</summary>
public sealed class RaftPartition
{
    /// <summary>The plan it follows.</summary>
    public RaftPartitionPlan Plan { get; init; }

    /// <summary>The groups, of server ids. The leader's group comes first.</summary>
    public int[][] Group { get; init; } = [];

    /// <summary>Who led when it was made; 0 when no one did.</summary>
    public int LeaderId { get; init; }

    /// <summary>The seed with which New-RaftPartition makes the same partition again.</summary>
    public ulong Seed { get; init; }

    /// <summary>Its cluster.</summary>
    public RaftCluster? Cluster { get; init; }

    /// <summary>The groups as a line.</summary>
    public string Row => string.Join(" | ", Group.Select(group => string.Join(",", group)));

    /// <summary>The groups as a line.</summary>
    public override string ToString() => Row;
}
