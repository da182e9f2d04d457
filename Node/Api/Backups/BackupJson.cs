using System.Text.Json;
using System.Text.Json.Serialization;
using RaftKv.Api.Clusters;

namespace RaftKv.Api.Backups;

/// <summary>What backups and directories say of themselves, as JSON.</summary>
public static class BackupJson
{
    /// <summary>Reads what a backup says of itself; what it leaves out has its default.</summary>
    /// <exception cref="JsonException">It is no JSON, lacks a required property or has an unknown one; the message names it.</exception>
    public static BackupInfo ReadInfo(string json) => ClusterJson.Read(json, BackupJsonContext.Default.BackupInfo, new BackupInfo { ClusterId = "" });

    /// <summary>Writes what a backup says of itself.</summary>
    public static string Write(BackupInfo info) => JsonSerializer.Serialize(info, BackupJsonContext.Default.BackupInfo);

    /// <summary>Reads what a server's directory is said to hold.</summary>
    /// <exception cref="JsonException">It is something else.</exception>
    public static StoredCopy ReadCopy(string json) =>
        JsonSerializer.Deserialize(json, BackupJsonContext.Default.StoredCopy) ?? throw new JsonException("There is nothing.");

    /// <summary>Writes what a server's directory holds, on one line.</summary>
    public static string Write(StoredCopy copy) => JsonSerializer.SerializeToNode(copy, BackupJsonContext.Default.StoredCopy)!.ToJsonString();
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    WriteIndented = true,
    AllowTrailingCommas = true,
    ReadCommentHandling = JsonCommentHandling.Skip,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow)]
[JsonSerializable(typeof(BackupInfo))]
[JsonSerializable(typeof(StoredCopy))]
internal sealed partial class BackupJsonContext : JsonSerializerContext;
