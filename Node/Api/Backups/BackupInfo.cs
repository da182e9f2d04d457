using System.Text.Json.Serialization;
using RaftKv.Api.Clusters;

namespace RaftKv.Api.Backups;

/// <summary>What a backup says of itself: whose state it holds and up to where.</summary>
public sealed record BackupInfo
{
    /// <summary>The cluster that it was taken of, a GUID in 32 digits. A cluster that begins with it gets another id.</summary>
    public required string ClusterId { get; init; }

    /// <summary>That cluster's name.</summary>
    public string ClusterName { get; init; } = "";

    /// <summary>The server whose state it is.</summary>
    public int ServerId { get; init; }

    /// <summary>That server's name.</summary>
    public string ServerName { get; init; } = "";

    /// <summary>The index of the last entry in it.</summary>
    public long Index { get; init; }

    /// <summary>The term of that entry.</summary>
    public long Term { get; init; }

    /// <summary>
    /// Up to which index its entries are known to be committed; below <see cref="Index"/> only where it was taken of a
    /// server's files without a majority.
    /// </summary>
    public long CommittedIndex { get; init; }

    /// <summary>Whether every write that was acknowledged before it was taken is in it: a majority vouched for that.</summary>
    public bool IsComplete { get; init; }

    /// <summary>When it was taken.</summary>
    public DateTimeOffset CreatedUtc { get; init; }

    /// <summary>The preset of that cluster, or empty.</summary>
    public string Preset { get; init; } = "";

    /// <summary>The options of that cluster's servers.</summary>
    public ServerOptions Options { get; init; } = new();

    /// <summary>How many servers that cluster had.</summary>
    public int ServerCount { get; init; }

    /// <summary>The file; not part of it.</summary>
    [JsonIgnore]
    public string Path { get; init; } = "";

    /// <summary>The file's length in bytes; not part of it.</summary>
    [JsonIgnore]
    public long Length { get; init; }
}
