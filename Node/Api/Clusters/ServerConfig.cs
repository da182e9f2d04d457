using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace RaftKv.Api.Clusters;

/// <summary>
/// Everything <c>raftkv-node init</c> and <c>serve</c> need to know, as one JSON file (<c>server.json</c>) in the data
/// directory. Agents write it; people may too.
/// </summary>
public sealed record ServerConfig
{
    /// <summary>The cluster's id, a GUID in 32 digits.</summary>
    public required string ClusterId { get; init; }

    /// <summary>The cluster's name, for messages.</summary>
    public string ClusterName { get; init; } = "";

    /// <summary>This server's id, from 1.</summary>
    public required int Id { get; init; }

    /// <summary>This server's name.</summary>
    public required string Name { get; init; }

    /// <summary>All servers, this one included. Counts for the first start only: from then on the disk says who belongs to the cluster.</summary>
    public required IReadOnlyList<PeerConfig> Members { get; init; }

    /// <summary>Where the data lies; relative paths start at the config file.</summary>
    public required string DataPath { get; init; }

    /// <summary>The address to bind. Anything but loopback needs <see cref="AllowInsecure"/> until TLS is configured.</summary>
    public string ListenAddress { get; init; } = "127.0.0.1";

    /// <summary>The port to bind.</summary>
    public required int Port { get; init; }

    /// <summary>Turns the chaos service on for holders of this token; null keeps it off.</summary>
    public string? ChaosToken { get; init; }

    /// <summary>Accept plain text on an address that is not loopback.</summary>
    public bool AllowInsecure { get; init; }

    /// <summary>Keep unflushed writes in memory, so that killing the process loses them as a power cut would.</summary>
    public bool LoseUnsyncedOnKill { get; init; }

    /// <summary>End within 2 s of end-of-file on standard input: set by agents, so that no server outlives them.</summary>
    public bool ExitOnStdinClose { get; init; }

    /// <summary>Behaviour.</summary>
    public ServerOptions Options { get; init; } = new();

    /// <summary>What a server of a cluster is started with.</summary>
    internal static ServerConfig Of(ClusterSpec spec, ServerSpec server) => new()
    {
        ClusterId = spec.ClusterId,
        ClusterName = spec.Name,
        Id = server.Id,
        Name = server.Name,
        Members = [.. spec.Servers.Select(s => new PeerConfig(s.Id, s.Name, s.Endpoint, s.Joined, s.Incarnation))],

        // An agent elsewhere puts relative paths below its own directory.
        DataPath = spec.DataPath is null ? $"{spec.Name}/{server.Name}" : Path.Combine(spec.DataPath, server.Name),
        ListenAddress = IPAddress.TryParse(server.Endpoint.Host.Trim('[', ']'), out var address) ? address.ToString() : server.Endpoint.Host,
        Port = server.Endpoint.Port,
        ChaosToken = spec.ChaosToken,
        AllowInsecure = spec.AllowInsecure,
        LoseUnsyncedOnKill = spec.LoseUnsyncedOnKill,
        Options = spec.Options,
    };

    /// <summary>Reads the bytes of a server's config file.</summary>
    /// <exception cref="RaftKvException">InvalidArgument: they are none.</exception>
    public static ServerConfig Parse(ReadOnlySpan<byte> utf8)
    {
        try
        {
            return ClusterJson.ReadServerConfig(Encoding.UTF8.GetString(utf8));
        }
        catch (JsonException e)
        {
            throw new RaftKvException(ErrorKind.InvalidArgument, $"The server's config cannot be understood: {e.Message}", e);
        }
    }
}

/// <summary>A member of the cluster.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Name">Its name.</param>
/// <param name="Endpoint">Where it listens.</param>
/// <param name="Joined">Whether it was added to the running cluster: then it is none of the voters that the cluster started with.</param>
/// <param name="Incarnation">
/// The number of its data directory, as <c>raftkv-node init</c> printed it: a server that comes under its id with another is
/// refused. Left out, the one of the first meeting is recorded and holds from then on.
/// </param>
public sealed record PeerConfig(
    int Id,
    string Name,
    Uri Endpoint,
    bool Joined = false,
    [property: JsonConverter(typeof(IncarnationConverter)), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] ulong Incarnation = 0);
