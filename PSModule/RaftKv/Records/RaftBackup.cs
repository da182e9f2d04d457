using RaftKv.Api.Backups;

namespace RaftKv;

/// <summary>A backup: whose state it holds and up to where.</summary>
public sealed class RaftBackup
{
    /// <summary>The name of the cluster that it was taken of.</summary>
    public string ClusterName { get; init; } = "";

    /// <summary>That cluster's id. A cluster that begins with it gets another one.</summary>
    public string ClusterId { get; init; } = "";

    /// <summary>The name of the server whose state it is.</summary>
    public string ServerName { get; init; } = "";

    /// <summary>The index of the last entry in it.</summary>
    public long Index { get; init; }

    /// <summary>The term of that entry.</summary>
    public long Term { get; init; }

    /// <summary>Up to which index its entries are known to be committed.</summary>
    public long CommittedIndex { get; init; }

    /// <summary>Whether every write that was acknowledged before it was taken is in it.</summary>
    public bool IsComplete { get; init; }

    /// <summary>When it was taken.</summary>
    public DateTime CreatedUtc { get; init; }

    /// <summary>How many servers that cluster had.</summary>
    public int ServerCount { get; init; }

    /// <summary>What is lost or may be, a sentence each; empty where nothing is.</summary>
    public IReadOnlyList<string> Loss { get; init; } = [];

    /// <summary>The file's length in bytes.</summary>
    public long Length { get; init; }

    /// <summary>The file.</summary>
    public string Path { get; init; } = "";

    /// <summary>The file.</summary>
    public override string ToString() => Path;

    internal static RaftBackup From(BackupInfo info, IReadOnlyList<string>? loss = null) => new()
    {
        ClusterName = info.ClusterName,
        ClusterId = info.ClusterId,
        ServerName = info.ServerName,
        Index = info.Index,
        Term = info.Term,
        CommittedIndex = info.CommittedIndex,
        IsComplete = info.IsComplete,
        CreatedUtc = info.CreatedUtc.UtcDateTime,
        ServerCount = info.ServerCount,
        Loss = loss ?? [],
        Length = info.Length,
        Path = info.Path,
    };
}
