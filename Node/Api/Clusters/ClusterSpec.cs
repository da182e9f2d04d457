using System.Text;
using System.Text.Json.Serialization;

namespace RaftKv.Api.Clusters;

/// <summary>
/// All that a client needs to reach a cluster, kept in an owner-only JSON file so that another session can connect.
/// </summary>
public sealed record ClusterSpec
{
    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>What people call it; letters, digits, <c>-</c> and <c>_</c>, at most 64.</summary>
    public required string Name { get; init; }

    /// <summary>The cluster's id, a GUID in 32 digits. Goes with every request.</summary>
    public required string ClusterId { get; init; }

    /// <summary>The servers, by rising id.</summary>
    public required IReadOnlyList<ServerSpec> Servers { get; init; }

    /// <summary>The agents that look after them; empty when the cluster is only connected to.</summary>
    public IReadOnlyList<AgentSpec> Agents { get; init; } = [];

    /// <summary>Lets the holder break the network; null when chaos is off.</summary>
    public string? ChaosToken { get; init; }

    /// <summary>Where the data lies on the agents' machines, or null when unknown.</summary>
    public string? DataPath { get; init; }

    /// <summary>Whether stopping the cluster deletes its data.</summary>
    public bool DataIsTemporary { get; init; }

    /// <summary>Whether its servers keep unflushed writes in memory, so that kills lose them; a server that joins does the same.</summary>
    public bool LoseUnsyncedOnKill { get; init; }

    /// <summary>Whether its servers listen in plain text on addresses that other machines reach.</summary>
    public bool AllowInsecure { get; init; }

    /// <summary>The preset it was started with.</summary>
    public string Preset { get; init; } = "Default";

    /// <summary>The options in force, by their PowerShell names.</summary>
    public ServerOptions Options { get; init; } = new();

    /// <summary>When it was made.</summary>
    public DateTimeOffset CreatedUtc { get; init; }

    /// <summary>Where <see cref="Save"/> wrote it or <see cref="Load"/> read it; not part of the file.</summary>
    [JsonIgnore]
    public string? Path { get; init; }

    /// <summary>The directory of this user's cluster files: <c>LocalApplicationData/RaftKv/clusters</c>.</summary>
    public static string DefaultDirectory => System.IO.Path.Combine(UserFiles.Home, "clusters");

    /// <summary>Reads a cluster file.</summary>
    /// <exception cref="RaftKvException"><see cref="ErrorKind.ClusterFileInvalid"/>, listing every violation at once.</exception>
    public static ClusterSpec Load(string path)
    {
        string text;
        try
        {
            text = File.ReadAllText(path, StrictUtf8);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or DecoderFallbackException)
        {
            throw new RaftKvException(ErrorKind.ClusterFileInvalid, $"The cluster file '{path}' cannot be read: {e.Message}", e);
        }

        var (spec, faults) = ClusterFileReader.Read(text);
        return spec is not null && faults.Count == 0
            ? spec with { Path = System.IO.Path.GetFullPath(path) }
            : throw new RaftKvException(ErrorKind.ClusterFileInvalid, $"The cluster file '{path}' cannot be used: {string.Join("; ", faults)}.");
    }

    /// <summary>Writes it to <c>DefaultDirectory/NAME/cluster.json</c> (or the given path), readable by its owner only.</summary>
    /// <returns>The same spec with <see cref="Path"/> set.</returns>
    public ClusterSpec Save(string? path = null)
    {
        var target = System.IO.Path.GetFullPath(path ?? FileOf(Name));
        UserFiles.Write(target, ClusterJson.Write(this));
        return this with { Path = target };
    }

    /// <summary>Where the file of a cluster of this name lies.</summary>
    internal static string FileOf(string name) => System.IO.Path.Combine(DefaultDirectory, name, "cluster.json");
}

/// <summary>One server as clients see it.</summary>
/// <param name="Id">Its id, from 1.</param>
/// <param name="Name">Its name, <c>n1</c> and so on.</param>
/// <param name="Endpoint">Where it listens, for example <c>http://127.0.0.1:20000</c>.</param>
/// <param name="Agent">Which of <see cref="ClusterSpec.Agents"/> looks after it; -1 for none.</param>
/// <param name="Joined">Whether it was added to the running cluster.</param>
/// <param name="Incarnation">The number of its data directory; 0 when that is not known.</param>
public sealed record ServerSpec(
    int Id,
    string Name,
    Uri Endpoint,
    int Agent = -1,
    bool Joined = false,
    [property: JsonConverter(typeof(IncarnationConverter)), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] ulong Incarnation = 0);

/// <summary>An agent as clients see it.</summary>
/// <param name="Endpoint">Where it listens.</param>
/// <param name="Token">Lets the holder use it.</param>
/// <param name="ProcessId">Its process on this machine, or 0 when it was not started for this cluster.</param>
/// <param name="ProcessIdentity">What tells that process from a later one of the same id; null where it was not recorded.</param>
/// <param name="HasEnded">Whether the process was seen to end when the cluster was stopped: true wherever, and after any reboot.</param>
public sealed record AgentSpec(
    Uri Endpoint,
    string Token,
    int ProcessId = 0,
    string? ProcessIdentity = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] bool HasEnded = false);
