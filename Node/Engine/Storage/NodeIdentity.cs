using System.Text;
using System.Text.Json;

namespace RaftKv.Engine.Storage;

/// <summary>
/// Who a data directory belongs to, made once by <c>init</c> and never changed. Without it a server that lost its disk
/// would come back as itself with an empty log, and could elect a leader that lacks acknowledged writes (P7, M7).
/// </summary>
/// <param name="ClusterId">The cluster, a GUID in its 32-digit form.</param>
/// <param name="ServerId">The server's id in it.</param>
/// <param name="Incarnation">A random number that tells this directory from any other that was ever made for the same server.</param>
public sealed record NodeIdentity(string ClusterId, int ServerId, ulong Incarnation)
{
    private const int Format = 1;

    /// <summary>Makes the identity file, durably.</summary>
    /// <exception cref="IOException">The directory has one already.</exception>
    /// <exception cref="ArgumentException">The cluster or the server id is none.</exception>
    public static NodeIdentity Create(IDisk disk, string dataDirectory, string clusterId, int serverId, ulong incarnation)
    {
        if (!Guid.TryParseExact(clusterId, "N", out _))
        {
            throw new ArgumentException($"'{clusterId}' is no cluster id: it has 32 hexadecimal digits.", nameof(clusterId));
        }

        ArgumentOutOfRangeException.ThrowIfLessThan(serverId, 1);
        ArgumentOutOfRangeException.ThrowIfZero(incarnation);
        disk.CreateDirectory(dataDirectory);
        var path = Path.Combine(dataDirectory, DataDirectory.IdentityFile);
        if (disk.Exists(path))
        {
            throw new IOException($"{path} exists already: this directory belongs to a server. Choose another directory.");
        }

        var identity = new NodeIdentity(clusterId, serverId, incarnation);
        DataDirectory.WriteDurably(disk, dataDirectory, DataDirectory.IdentityFile, identity.ToJson());
        return identity;
    }

    /// <summary>Reads the identity file.</summary>
    /// <exception cref="InvalidDataException">There is none or it is damaged; the message says how to make one.</exception>
    public static NodeIdentity Read(IDisk disk, string dataDirectory)
    {
        var path = Path.Combine(dataDirectory, DataDirectory.IdentityFile);
        if (!disk.Exists(path))
        {
            throw new InvalidDataException(
                $"{dataDirectory} belongs to no server yet: {DataDirectory.IdentityFile} is missing. For a new server make it with "
                + "'raftkv-node init'. A server that ran before and lost its disk must not come back under its id: add it under a new one.");
        }

        var text = DataDirectory.ReadText(disk, path);
        return Parse(text) ?? throw new InvalidDataException(
            $"{path} is damaged. Restore it from a copy, or remove the server from the cluster and add it again under a new id "
            + "with an empty data directory made by 'raftkv-node init'.");
    }

    private uint Checksum => Crc32C.Compute(Encoding.UTF8.GetBytes($"{Format}|{ClusterId}|{ServerId}|{Incarnation:x16}"));

    private string ToJson() =>
        $$"""
        {
          "format": {{Format}},
          "clusterId": "{{ClusterId}}",
          "serverId": {{ServerId}},
          "incarnation": "{{Incarnation:x16}}",
          "crc32c": "{{Checksum:x8}}"
        }

        """;

    private static NodeIdentity? Parse(string text)
    {
        try
        {
            using var json = JsonDocument.Parse(text);
            var root = json.RootElement;
            var identity = new NodeIdentity(
                root.GetProperty("clusterId").GetString() ?? "",
                root.GetProperty("serverId").GetInt32(),
                Convert.ToUInt64(root.GetProperty("incarnation").GetString(), 16));
            var intact = root.GetProperty("format").GetInt32() == Format
                && Convert.ToUInt32(root.GetProperty("crc32c").GetString(), 16) == identity.Checksum;
            return intact ? identity : null;
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or FormatException
            or InvalidOperationException or OverflowException or ArgumentException)
        {
            return null;
        }
    }
}
