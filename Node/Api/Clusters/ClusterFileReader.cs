using System.Reflection;
using System.Text.Json;

namespace RaftKv.Api.Clusters;

/// <summary>
/// Reads a cluster file and finds everything that can be wrong with it in one pass, so that a person who wrote it by hand
/// mends it in one go. Reads element by element: the serializer would stop at the first fault, and in a session's first
/// command its generic code would take longer to be compiled than all the rest to run.
/// </summary>
internal sealed partial class ClusterFileReader
{
    private static readonly JsonDocumentOptions Lenient = new() { AllowTrailingCommas = true, CommentHandling = JsonCommentHandling.Skip, AllowDuplicateProperties = false };

    private static readonly string[] KnownAtTop =
    [
        "name", "clusterId", "servers", "agents", "chaosToken", "dataPath", "dataIsTemporary", "loseUnsyncedOnKill", "allowInsecure", "preset", "options", "createdUtc",
    ];

    private static readonly string[] KnownOfAgents = ["endpoint", "token", "processId", "processIdentity", "hasEnded"];
    private static readonly string[] KnownOfServers = ["id", "name", "endpoint", "agent", "joined", "incarnation"];

    private readonly List<string> _faults = [];

    private ClusterFileReader()
    {
    }

    /// <summary>Reads a cluster file's text; what it leaves out has its default.</summary>
    /// <returns>The cluster, and the faults in reading order: where there are any, the cluster is not to be used.</returns>
    public static (ClusterSpec? Spec, IReadOnlyList<string> Faults) Read(string json)
    {
        JsonDocument document;
        try
        {
            document = JsonDocument.Parse(json, Lenient);
        }
        catch (JsonException e)
        {
            return (null, [$"it is not JSON: {e.Message}"]);
        }

        using (document)
        {
            if (document.RootElement.ValueKind != JsonValueKind.Object)
            {
                return (null, ["it does not hold one JSON object"]);
            }

            var reader = new ClusterFileReader();
            var spec = reader.ReadTop(document.RootElement);
            return (spec, reader._faults);
        }
    }

    private ClusterSpec ReadTop(JsonElement top)
    {
        foreach (var property in top.EnumerateObject())
        {
            if (!KnownAtTop.Contains(property.Name))
            {
                _faults.Add($"'{property.Name}' is not a property of cluster files");
            }
        }

        var name = Text(top, "name", "");
        if (name is not null && !ClusterFileRules.IsName(name))
        {
            _faults.Add($"name '{name}' must be 1 to 64 letters, digits, '-' or '_'");
        }

        var id = Text(top, "clusterId", "");
        if (id is not null && !Guid.TryParseExact(id, "N", out _))
        {
            _faults.Add($"clusterId '{id}' must be a GUID in 32 digits");
        }

        var agents = ReadAgents(top);
        var spec = new ClusterSpec { Name = name ?? "", ClusterId = id ?? "", Servers = ReadServers(top, agents.Count), Agents = agents };
        spec = spec with
        {
            ChaosToken = TextOrNull(top, "chaosToken"),
            DataPath = TextOrNull(top, "dataPath"),
            DataIsTemporary = Flag(top, "dataIsTemporary", ""),
            LoseUnsyncedOnKill = Flag(top, "loseUnsyncedOnKill", ""),
            AllowInsecure = Flag(top, "allowInsecure", ""),
            Preset = TextOrNull(top, "preset") ?? spec.Preset,
            Options = ReadOptions(top),
            CreatedUtc = ReadTime(top),
        };
        if (spec is { DataIsTemporary: true, DataPath: { } path } && !ClusterFileRules.IsTemporaryPath(path))
        {
            _faults.Add($"dataIsTemporary is true, so that the data would be deleted, but dataPath '{path}' is no temporary directory of RaftKv's");
        }

        return spec;
    }

    private List<AgentSpec> ReadAgents(JsonElement top)
    {
        var agents = new List<AgentSpec>();
        if (!top.TryGetProperty("agents", out var list))
        {
            return agents;
        }

        if (list.ValueKind != JsonValueKind.Array)
        {
            _faults.Add("agents must be a list");
            return agents;
        }

        foreach (var agent in list.EnumerateArray())
        {
            var place = $"agents[{agents.Count}].";
            if (!IsObject(agent, place, KnownOfAgents))
            {
                agents.Add(new AgentSpec(new Uri("about:blank"), ""));
                continue;
            }

            var endpoint = Endpoint(agent, place);
            var token = Text(agent, "token", place);
            agents.Add(new AgentSpec(
                endpoint ?? new Uri("about:blank"), token ?? "", Integer(agent, "processId", place, 0), TextOrNull(agent, "processIdentity"), Flag(agent, "hasEnded", place)));
        }

        return agents;
    }

    private List<ServerSpec> ReadServers(JsonElement top, int agents)
    {
        var servers = new List<ServerSpec>();
        if (!top.TryGetProperty("servers", out var list) || list.ValueKind != JsonValueKind.Array)
        {
            _faults.Add("servers must be a list");
            return servers;
        }

        if (list.GetArrayLength() is 0 or > ClusterFileRules.MaxServers)
        {
            _faults.Add($"servers must be 1 to {ClusterFileRules.MaxServers}");
        }

        var number = 0;
        foreach (var element in list.EnumerateArray())
        {
            var place = $"servers[{number++}].";
            if (IsObject(element, place, KnownOfServers) && ReadServer(element, place, servers, agents) is { } server)
            {
                servers.Add(server);
            }
        }

        return servers;
    }

    /// <summary>One server, or as much of it as could be read, so that those after it are compared with that.</summary>
    private ServerSpec ReadServer(JsonElement element, string place, List<ServerSpec> before, int agents)
    {
        if (!element.TryGetProperty("id", out var value) || value.ValueKind != JsonValueKind.Number || !value.TryGetInt32(out var id) || id < 1)
        {
            _faults.Add($"{place}id must be a whole number from 1");
            id = 0;
        }
        else if (before.Exists(server => server.Id == id))
        {
            _faults.Add($"{place}id {id} is there twice");
        }

        var name = Text(element, "name", place);
        if (name is not null && !ClusterFileRules.IsServerName(name))
        {
            _faults.Add($"{place}name '{name}' must be the name of a folder: at most {ClusterFileRules.LongestName} characters, with no slash or control character");
        }

        if (name is not null && before.Exists(server => string.Equals(server.Name, name, StringComparison.OrdinalIgnoreCase)))
        {
            _faults.Add($"{place}name '{name}' is there twice");
        }

        var endpoint = Endpoint(element, place);
        if (endpoint is not null && before.Exists(server => server.Endpoint.Authority == endpoint.Authority))
        {
            _faults.Add($"{place}endpoint '{endpoint}' is there twice");
        }

        var agent = Integer(element, "agent", place, -1);
        if (agent < -1 || agent >= agents)
        {
            _faults.Add($"{place}agent must be -1 or the number of one of the {agents} agents, from 0");
        }

        return new ServerSpec(id, name ?? "", endpoint ?? new Uri("about:blank"), agent, Flag(element, "joined", place), Incarnation(element, place));
    }

    /// <summary>Sets the properties of the options by their names, whichever there are.</summary>
    private ServerOptions ReadOptions(JsonElement top)
    {
        var options = new ServerOptions();
        if (!top.TryGetProperty("options", out var element) || !IsObject(element, "options.", known: null))
        {
            return options;
        }

        var properties = typeof(ServerOptions).GetProperties(BindingFlags.Public | BindingFlags.Instance);
        foreach (var value in element.EnumerateObject())
        {
            var property = Array.Find(properties, p => JsonNamingPolicy.CamelCase.ConvertName(p.Name) == value.Name);
            if (property is null)
            {
                _faults.Add($"'options.{value.Name}' is not an option");
            }
            else if (ToOption(value.Value, property.PropertyType) is { } option)
            {
                property.SetValue(options, option);
            }
            else
            {
                _faults.Add($"options.{value.Name} must be of type {property.PropertyType.Name}, not {value.Value.GetRawText()}");
            }
        }

        return options;
    }

    private static object? ToOption(JsonElement value, Type type) => value.ValueKind switch
    {
        JsonValueKind.True or JsonValueKind.False when type == typeof(bool) => value.GetBoolean(),
        JsonValueKind.String when type == typeof(string) => value.GetString(),
        JsonValueKind.Number when type == typeof(double) && value.TryGetDouble(out var number) => number,
        JsonValueKind.Number when type == typeof(long) && value.TryGetInt64(out var number) => number,
        JsonValueKind.Number when type == typeof(int) && value.TryGetInt32(out var number) => number,
        _ => null,
    };
}
