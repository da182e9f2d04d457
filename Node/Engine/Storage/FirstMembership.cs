using System.Text.Json;
using RaftKv.Core.Consensus;

namespace RaftKv.Engine.Storage;

/// <summary>
/// The membership that a server began with, kept durably from its first start on. Until a snapshot or an entry of the
/// log says otherwise it is the one in force, and a start-up list that was written again later must not take its place:
/// a list that had shrunk to this server alone would make it lead alone (M7).
/// </summary>
public static class FirstMembership
{
    /// <summary>The file's name in the data directory.</summary>
    public const string FileName = "membership.json";

    private const int Format = 1;

    /// <summary>What the disk says; at the first start the list, which is made durable before this returns.</summary>
    /// <param name="disk">The disk.</param>
    /// <param name="dataDirectory">The server's data directory.</param>
    /// <param name="list">The membership of the start-up list.</param>
    /// <exception cref="InvalidDataException">The file is damaged or gone; the message says what to do.</exception>
    public static Configuration Settle(IDisk disk, string dataDirectory, Configuration list)
    {
        ArgumentNullException.ThrowIfNull(disk);
        var path = Path.Combine(dataDirectory, FileName);
        if (disk.Exists(path))
        {
            return Parse(DataDirectory.ReadText(disk, path)) ?? throw new InvalidDataException($"{path} is damaged. {WayOut}");
        }

        if (DataDirectory.HasStartedWithMembership(disk, dataDirectory))
        {
            throw new InvalidDataException($"{path} is gone, though the server ran before. {WayOut}");
        }

        DataDirectory.WriteDurably(disk, dataDirectory, FileName, ToJson(list));
        return list;
    }

    private const string WayOut =
        "It says who belonged to the cluster at first, which no start-up list can replace: restore the file from a copy, or remove the "
        + "server from the cluster and add it again under a new id with an empty data directory.";

    private static string ToJson(Configuration configuration)
    {
        var bytes = ConfigurationCodec.Encode(configuration);
        return $$"""
            {
              "format": {{Format}},
              "servers": "{{configuration}}",
              "configuration": "{{Convert.ToBase64String(bytes)}}",
              "crc32c": "{{Crc32C.Compute(bytes):x8}}"
            }

            """;
    }

    private static Configuration? Parse(string text)
    {
        try
        {
            using var json = JsonDocument.Parse(text);
            var root = json.RootElement;
            var bytes = root.GetProperty("configuration").GetBytesFromBase64();
            return root.GetProperty("format").GetInt32() == Format
                && Convert.ToUInt32(root.GetProperty("crc32c").GetString(), 16) == Crc32C.Compute(bytes)
                    ? ConfigurationCodec.Decode(bytes)
                    : null;
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or FormatException
            or InvalidOperationException or OverflowException or ArgumentException)
        {
            return null;
        }
    }
}
