using System.Text.Json;
using System.Text.Json.Serialization;

namespace RaftKv.Api.Clusters;

/// <summary>
/// Reads and writes the JSON files that people and programs share: the cluster file and the server's config file.
/// Generated at build time, so that a server starts without reflection and can be compiled ahead of time.
/// </summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    WriteIndented = true,
    AllowTrailingCommas = true,
    ReadCommentHandling = JsonCommentHandling.Skip,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow)]
[JsonSerializable(typeof(ServerConfig))]
[JsonSerializable(typeof(ServerOptions))]
[JsonSerializable(typeof(ClusterSpec))]
public sealed partial class ClusterJsonContext : JsonSerializerContext;
