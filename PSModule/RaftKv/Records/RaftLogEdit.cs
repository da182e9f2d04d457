using RaftKv.Api.Views;

namespace RaftKv;

/// <summary>What Edit-RaftLog changed in a server's log.</summary>
public sealed class RaftLogEdit
{
    /// <summary>The server.</summary>
    public int Server { get; init; }

    /// <summary>The first entry of the range.</summary>
    public long FirstIndex { get; init; }

    /// <summary>The last entry of the range.</summary>
    public long LastIndex { get; init; }

    /// <summary>Entries that have another term than before.</summary>
    public long ChangedCount { get; init; }

    /// <summary>The term that the server remembered.</summary>
    public long StoredTermBefore { get; init; }

    /// <summary>The term that it remembers now.</summary>
    public long StoredTerm { get; init; }

    /// <summary>Its cluster.</summary>
    public RaftCluster? Cluster { get; init; }

    internal static RaftLogEdit From(LogEditView view, RaftCluster cluster) => new()
    {
        Server = view.ServerId,
        FirstIndex = view.FirstIndex,
        LastIndex = view.LastIndex,
        ChangedCount = view.ChangedCount,
        StoredTermBefore = view.StoredTermBefore,
        StoredTerm = view.StoredTerm,
        Cluster = cluster,
    };
}
