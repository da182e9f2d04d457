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
/// <param name="Storage">
/// How the log is kept, <c>Wal</c> or <c>Json</c>: a log of the other kind would begin empty beside it. Null where an
/// earlier version made the directory, which did not write it down.
/// </param>
public sealed record NodeIdentity(string ClusterId, int ServerId, ulong Incarnation, string? Storage = null)
{
    /// <summary>The form that is written; the one before had no storage and is read.</summary>
    private const int Format = 2;

    /// <summary>Makes the identity file, durably.</summary>
    /// <exception cref="IOException">The directory has one already.</exception>
    /// <exception cref="ArgumentException">The cluster, the server id or the storage is none.</exception>
    public static NodeIdentity Create(
        IDisk disk, string dataDirectory, string clusterId, int serverId, ulong incarnation, string storage = LogFiles.Wal)
    {
        if (!Guid.TryParseExact(clusterId, "N", out _))
        {
            throw new ArgumentException($"'{clusterId}' is no cluster id: it has 32 hexadecimal digits.", nameof(clusterId));
        }

        ArgumentOutOfRangeException.ThrowIfLessThan(serverId, 1);
        ArgumentOutOfRangeException.ThrowIfZero(incarnation);
        if (storage is not (LogFiles.Wal or LogFiles.Json))
        {
            throw new ArgumentException($"'{storage}' is no storage: choose {LogFiles.Wal} or {LogFiles.Json}.", nameof(storage));
        }

        disk.CreateDirectory(dataDirectory);
        var path = Path.Combine(dataDirectory, DataDirectory.IdentityFile);
        if (disk.Exists(path))
        {
            throw new IOException($"{path} exists already: this directory belongs to a server. Choose another directory.");
        }

        var identity = new NodeIdentity(clusterId, serverId, incarnation, storage);
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
        if (FormatOf(text) is { } format and > Format)
        {
            throw new InvalidDataException(
                $"{path} has format {format}, and this build knows formats 1 to {Format}: a newer version made the directory. Start the server with that one.");
        }

        return Parse(text) ?? throw new InvalidDataException(
            $"{path} is damaged. Restore it from a copy, or remove the server from the cluster and add it again under a new id "
            + "with an empty data directory made by 'raftkv-node init'.");
    }

    /// <summary>Reads the identity of a directory that is only looked at: no one means to make one there.</summary>
    /// <exception cref="InvalidDataException">There is no directory, it is no server's, or the identity is damaged; the message says what was expected.</exception>
    public static NodeIdentity ReadExisting(IDisk disk, string dataDirectory)
    {
        if (!disk.Exists(Path.Combine(dataDirectory, DataDirectory.IdentityFile)))
        {
            var what = Directory.Exists(dataDirectory)
                ? $"The directory {dataDirectory} is no server's: it holds no {DataDirectory.IdentityFile}."
                : $"There is no directory {dataDirectory}.";
            throw new InvalidDataException(
                $"{what} Expected is the data directory of a server, with its {DataDirectory.IdentityFile} and its {DataDirectory.LogDirectory}: put it back if it "
                + "was moved, or name the right one.");
        }

        return Read(disk, dataDirectory);
    }

    /// <summary>
    /// Refuses to serve a log of one kind with the other, which would find nothing and begin again beside what was
    /// acknowledged. Where the identity does not say which it is, the log that lies there does.
    /// </summary>
    /// <exception cref="InvalidDataException">The kinds differ; the message names both and the way out.</exception>
    public void RequireStorage(IDisk disk, string dataDirectory, string storage)
    {
        if ((Storage ?? LogFiles.KindOf(disk, Path.Combine(dataDirectory, DataDirectory.LogDirectory))) is { } kept && kept != storage)
        {
            throw new InvalidDataException(
                $"The data directory {dataDirectory} keeps its log as '{kept}', and the server is to be started with the storage '{storage}': it "
                + $"would begin empty beside what it has. Start it with Storage '{kept}', as before. For '{storage}' make a new cluster and write "
                + "the pairs into it.");
        }
    }

    private uint Checksum => Crc32C.Compute(Encoding.UTF8.GetBytes(Storage is null
        ? $"1|{ClusterId}|{ServerId}|{Incarnation:x16}"
        : $"{Format}|{ClusterId}|{ServerId}|{Incarnation:x16}|{Storage}"));

    private string ToJson() =>
        $$"""
        {
          "format": {{Format}},
          "clusterId": "{{ClusterId}}",
          "serverId": {{ServerId}},
          "incarnation": "{{Incarnation:x16}}",
          "storage": "{{Storage}}",
          "crc32c": "{{Checksum:x8}}"
        }

        """;

    /// <summary>The format that a text says it has; null where it says none.</summary>
    private static int? FormatOf(string text)
    {
        try
        {
            using var json = JsonDocument.Parse(text);
            return json.RootElement.GetProperty("format").GetInt32();
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or FormatException or InvalidOperationException)
        {
            return null;
        }
    }

    private static NodeIdentity? Parse(string text)
    {
        try
        {
            using var json = JsonDocument.Parse(text);
            var root = json.RootElement;
            var format = root.GetProperty("format").GetInt32();
            var identity = new NodeIdentity(
                root.GetProperty("clusterId").GetString() ?? "",
                root.GetProperty("serverId").GetInt32(),
                Convert.ToUInt64(root.GetProperty("incarnation").GetString(), 16),
                format == 1 ? null : root.GetProperty("storage").GetString() ?? "");
            var intact = format is 1 or Format && Convert.ToUInt32(root.GetProperty("crc32c").GetString(), 16) == identity.Checksum;
            return intact ? identity : null;
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or FormatException
            or InvalidOperationException or OverflowException or ArgumentException)
        {
            return null;
        }
    }
}
