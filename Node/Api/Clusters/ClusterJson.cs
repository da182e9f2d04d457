using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using RaftKv.Api.Backups;

namespace RaftKv.Api.Clusters;

/// <summary>
/// The one way between our JSON files and their records. Generated readers set an <c>init</c> property that a file
/// leaves out to zero instead of its default; so a file is laid over the defaults before it is read.
/// </summary>
public static class ClusterJson
{
    /// <summary>Reads a config file's text; what it leaves out has its default.</summary>
    /// <exception cref="JsonException">It is no JSON, lacks a required property or has an unknown one; the message names it.</exception>
    public static ServerConfig ReadServerConfig(string json) => Read(json, ClusterJsonContext.Default.ServerConfig, new ServerConfig
    {
        ClusterId = "",
        Id = 0,
        Name = "",
        Members = [],
        DataPath = "",
        Port = 0,
    });

    /// <summary>Reads what a backup says of itself; what it leaves out has its default.</summary>
    /// <exception cref="JsonException">It is no JSON, lacks a required property or has an unknown one; the message names it.</exception>
    public static BackupInfo ReadBackupInfo(string json) => Read(json, ClusterJsonContext.Default.BackupInfo, new BackupInfo { ClusterId = "" });

    /// <summary>Writes what a backup says of itself.</summary>
    public static string Write(BackupInfo info) => JsonSerializer.Serialize(info, ClusterJsonContext.Default.BackupInfo);

    /// <summary>Reads what a server's directory is said to hold.</summary>
    /// <exception cref="JsonException">It is something else.</exception>
    public static StoredCopy ReadStoredCopy(string json) =>
        JsonSerializer.Deserialize(json, ClusterJsonContext.Default.StoredCopy) ?? throw new JsonException("There is nothing.");

    /// <summary>Writes what a server's directory holds, on one line.</summary>
    public static string Write(StoredCopy copy) => JsonSerializer.SerializeToNode(copy, ClusterJsonContext.Default.StoredCopy)!.ToJsonString();

    /// <summary>Writes a config file's text.</summary>
    public static string Write(ServerConfig config) => JsonSerializer.Serialize(config, ClusterJsonContext.Default.ServerConfig);

    /// <summary>Writes a cluster file's text.</summary>
    public static string Write(ClusterSpec spec) => JsonSerializer.Serialize(spec, ClusterJsonContext.Default.ClusterSpec);

    private static T Read<T>(string json, JsonTypeInfo<T> type, T defaults)
        where T : class
    {
        var documentOptions = new JsonDocumentOptions { AllowTrailingCommas = true, CommentHandling = JsonCommentHandling.Skip };
        if (JsonNode.Parse(json, documentOptions: documentOptions) is not JsonObject file)
        {
            throw new JsonException("The file must hold one JSON object.");
        }

        var template = (JsonObject)JsonSerializer.SerializeToNode(defaults, type)!;
        foreach (var required in type.Properties.Where(p => p.IsRequired))
        {
            template.Remove(required.Name);
        }

        Overlay(template, file);
        return template.Deserialize(type)!;
    }

    /// <summary>Lays objects over objects, property by property; anything else replaces.</summary>
    private static void Overlay(JsonObject onto, JsonObject file)
    {
        foreach (var (name, value) in file)
        {
            if (value is JsonObject inner && onto[name] is JsonObject below)
            {
                Overlay(below, inner);
            }
            else
            {
                onto[name] = value?.DeepClone();
            }
        }
    }
}
