using System.Text.Json;
using System.Text.RegularExpressions;

namespace RaftKv.Api.Clusters;

/// <summary>
/// Everything that can be wrong with a cluster file, found in one pass, so that a person who wrote it by hand mends it
/// in one go. Works on the raw JSON because reading it into records stops at the first fault.
/// </summary>
internal static partial class ClusterFileRules
{
    public const int MaxServers = 63;

    private static readonly JsonDocumentOptions Lenient = new() { AllowTrailingCommas = true, CommentHandling = JsonCommentHandling.Skip };

    /// <summary>The violations in reading order; empty when the file is good.</summary>
    public static IReadOnlyList<string> Violations(string json)
    {
        JsonDocument document;
        try
        {
            document = JsonDocument.Parse(json, Lenient);
        }
        catch (JsonException e)
        {
            return [$"it is not JSON: {e.Message}"];
        }

        using (document)
        {
            var faults = new List<string>();
            if (document.RootElement.ValueKind != JsonValueKind.Object)
            {
                return ["it does not hold one JSON object"];
            }

            CheckTop(document.RootElement, faults);
            var agents = CheckAgents(document.RootElement, faults);
            CheckServers(document.RootElement, agents, faults);
            return faults;
        }
    }

    /// <summary>What a cluster may be called; file systems and command lines must not mind it.</summary>
    public static bool IsName(string name) => NamePattern().IsMatch(name);

    private static void CheckTop(JsonElement top, List<string> faults)
    {
        foreach (var property in top.EnumerateObject().Where(p => !Known.Contains(p.Name)))
        {
            faults.Add($"'{property.Name}' is not a property of cluster files");
        }

        if (Text(top, "name", "name", faults) is { } name && !IsName(name))
        {
            faults.Add($"name '{name}' must be 1 to 64 letters, digits, '-' or '_'");
        }

        if (Text(top, "clusterId", "clusterId", faults) is { } id && !Guid.TryParseExact(id, "N", out _))
        {
            faults.Add($"clusterId '{id}' must be a GUID in 32 digits");
        }

        if (top.TryGetProperty("chaosToken", out var token) && token.ValueKind is not (JsonValueKind.Null or JsonValueKind.String))
        {
            faults.Add("chaosToken must be a string or null");
        }
    }

    private static int CheckAgents(JsonElement top, List<string> faults)
    {
        if (!top.TryGetProperty("agents", out var agents))
        {
            return 0;
        }

        if (agents.ValueKind != JsonValueKind.Array)
        {
            faults.Add("agents must be a list");
            return 0;
        }

        var number = 0;
        foreach (var agent in agents.EnumerateArray())
        {
            var place = $"agents[{number++}]";
            if (IsObject(agent, place, faults))
            {
                Endpoint(agent, place, faults);
                Text(agent, "token", $"{place}.token", faults);
            }
        }

        return number;
    }

    private static void CheckServers(JsonElement top, int agents, List<string> faults)
    {
        if (!top.TryGetProperty("servers", out var servers) || servers.ValueKind != JsonValueKind.Array)
        {
            faults.Add("servers must be a list");
            return;
        }

        if (servers.GetArrayLength() is 0 or > MaxServers)
        {
            faults.Add($"servers must be 1 to {MaxServers}");
        }

        var ids = new HashSet<int>();
        var names = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        var endpoints = new HashSet<string>();
        var number = 0;
        foreach (var server in servers.EnumerateArray())
        {
            var place = $"servers[{number++}]";
            if (!IsObject(server, place, faults))
            {
                continue;
            }

            if (!server.TryGetProperty("id", out var id) || id.ValueKind != JsonValueKind.Number || !id.TryGetInt32(out var value) || value < 1)
            {
                faults.Add($"{place}.id must be a whole number from 1");
            }
            else if (!ids.Add(value))
            {
                faults.Add($"{place}.id {value} is there twice");
            }

            if (Text(server, "name", $"{place}.name", faults) is { } name && !names.Add(name))
            {
                faults.Add($"{place}.name '{name}' is there twice");
            }

            if (Endpoint(server, place, faults) is { } endpoint && !endpoints.Add(endpoint.Authority))
            {
                faults.Add($"{place}.endpoint '{endpoint}' is there twice");
            }

            if (server.TryGetProperty("agent", out var agent) && (agent.ValueKind != JsonValueKind.Number || !agent.TryGetInt32(out var index) || index < -1 || index >= agents))
            {
                faults.Add($"{place}.agent must be -1 or the number of one of the {agents} agents, from 0");
            }
        }
    }

    private static bool IsObject(JsonElement element, string place, List<string> faults)
    {
        if (element.ValueKind == JsonValueKind.Object)
        {
            return true;
        }

        faults.Add($"{place} must be an object");
        return false;
    }

    private static string? Text(JsonElement element, string property, string place, List<string> faults)
    {
        if (element.TryGetProperty(property, out var value) && value.ValueKind == JsonValueKind.String && value.GetString() is { Length: > 0 } text)
        {
            return text;
        }

        faults.Add($"{place} is missing or no text");
        return null;
    }

    private static Uri? Endpoint(JsonElement element, string place, List<string> faults)
    {
        if (Text(element, "endpoint", $"{place}.endpoint", faults) is not { } text)
        {
            return null;
        }

        if (Uri.TryCreate(text, UriKind.Absolute, out var uri) && (uri.Scheme == Uri.UriSchemeHttp || uri.Scheme == Uri.UriSchemeHttps))
        {
            return uri;
        }

        faults.Add($"{place}.endpoint '{text}' must be an http or https address");
        return null;
    }

    private static readonly HashSet<string> Known =
    [
        "name", "clusterId", "servers", "agents", "chaosToken", "dataPath", "dataIsTemporary", "loseUnsyncedOnKill", "allowInsecure", "preset", "options", "createdUtc",
    ];

    [GeneratedRegex("^[A-Za-z0-9_-]{1,64}$")]
    private static partial Regex NamePattern();
}
