using RaftKv.Api.Views;

namespace RaftKv;

/// <summary>A server that claims to lead.</summary>
public sealed class RaftLeader
{
    /// <summary>Its id.</summary>
    public int Id { get; init; }

    /// <summary>Its id again, under the name of the parameter that takes it.</summary>
    public int Server => Id;

    /// <summary>Its name.</summary>
    public string Name { get; init; } = "";

    /// <summary>The term it leads.</summary>
    public long Term { get; init; }

    /// <summary>The last index it knows to be committed.</summary>
    public long CommitIndex { get; init; }

    /// <summary>Where it listens.</summary>
    public Uri? Endpoint { get; init; }

    /// <summary>Its process.</summary>
    public int ProcessId { get; init; }

    /// <summary>Its cluster.</summary>
    public RaftCluster? Cluster { get; init; }

    /// <summary>The name.</summary>
    public override string ToString() => Name;

    internal static RaftLeader From(ServerView view, RaftCluster cluster) => new()
    {
        Id = view.Id,
        Name = view.Name,
        Term = view.Term,
        CommitIndex = view.CommitIndex,
        Endpoint = view.Endpoint,
        ProcessId = view.ProcessId,
        Cluster = cluster,
    };
}
