using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;

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

    /// <summary>Writes a config file's text.</summary>
    public static string Write(ServerConfig config) => JsonSerializer.Serialize(config, ClusterJsonContext.Default.ServerConfig);

    /// <summary>Writes a cluster file's text.</summary>
    public static string Write(ClusterSpec spec) => JsonSerializer.Serialize(spec, ClusterJsonContext.Default.ClusterSpec);

    /// <summary>Reads a record; what the text leaves out is as in the defaults.</summary>
    internal static T Read<T>(string json, JsonTypeInfo<T> type, T defaults)
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
