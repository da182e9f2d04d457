using System.Globalization;
using System.Text;
using System.Text.Json;
using RaftKv.Core.Consensus;

namespace RaftKv.Engine.Storage;

/// <summary>
/// Who may speak as whom to this server: the rule of <see cref="Admission"/> with what it needs, the newest membership
/// and the first meetings, which are kept in the data directory so that a restart does not forget them (P7).
/// Thread-safe.
/// </summary>
public sealed class PeerRegistry
{
    /// <summary>The file of the first meetings in the data directory.</summary>
    public const string FileName = "peers.json";

    private const int Format = 1;

    private readonly IDisk _disk;
    private readonly string _dataDirectory;
    private readonly Lock _recording = new();

    /// <summary>Both are replaced and never changed, so that no one waits here for a disk who records nothing.</summary>
    private volatile SortedDictionary<NodeId, ulong> _met;
    private volatile View _view = new(0, new(LogIndex.Zero, Configuration.Of([])), new(LogIndex.Zero, Configuration.Of([])));

    private sealed record View(int Version, PlacedConfiguration InForce, PlacedConfiguration Committed);

    private PeerRegistry(IDisk disk, string dataDirectory, SortedDictionary<NodeId, ulong> met)
    {
        _disk = disk;
        _dataDirectory = dataDirectory;
        _met = met;
    }

    /// <summary>Reads what was recorded in earlier runs.</summary>
    /// <exception cref="InvalidDataException">The file is damaged; the message says what to do.</exception>
    public static PeerRegistry Open(IDisk disk, string dataDirectory)
    {
        ArgumentNullException.ThrowIfNull(disk);
        var path = Path.Combine(dataDirectory, FileName);
        var met = disk.Exists(path)
            ? Parse(DataDirectory.ReadText(disk, path)) ?? throw new InvalidDataException(
                $"{path} is damaged. It tells the cluster's servers from others that come under their ids: restore it from a copy. "
                + "Or, when you are sure that no other server of this cluster has lost its data directory, delete it.")
            : [];
        return new PeerRegistry(disk, dataDirectory, met);
    }

    /// <summary>
    /// Rises with every membership: who was admitted under an earlier one is to be looked at again. Read it before
    /// <see cref="Admit"/>.
    /// </summary>
    public int Version => _view.Version;

    /// <summary>Takes a membership that has come into force, or come to be known as committed. One caller at a time; never waits.</summary>
    /// <param name="inForce">The configuration in force.</param>
    /// <param name="committed">The last one that is known to be committed.</param>
    public void Use(PlacedConfiguration inForce, PlacedConfiguration committed) => _view = new View(_view.Version + 1, inForce, committed);

    /// <summary>Decides whether an incarnation may speak as a server; what has to be recorded for it is durable when this returns.</summary>
    /// <exception cref="IOException">It could not be recorded: not admitted now, ask again.</exception>
    public Admission Admit(NodeId server, ulong incarnation)
    {
        var admission = Judge(server, incarnation);
        if (admission.Kind != AdmissionKind.AdmittedOnceRecorded)
        {
            return admission;
        }

        lock (_recording)
        {
            admission = Judge(server, incarnation);
            if (admission.Kind == AdmissionKind.AdmittedOnceRecorded)
            {
                var met = new SortedDictionary<NodeId, ulong>(_met) { [server] = incarnation };
                DataDirectory.WriteDurably(_disk, _dataDirectory, FileName, ToJson(met));
                _met = met;
            }

            return admission;
        }
    }

    /// <summary>Whether a committed change has removed a server for good.</summary>
    public bool IsRemoved(NodeId server) => Admission.IsRemoved(server, _view.Committed);

    /// <summary>What <see cref="Admit"/> would decide, without recording anything.</summary>
    public Admission Judge(NodeId server, ulong incarnation)
    {
        var view = _view;
        return Admission.Of(server, incarnation, view.InForce, view.Committed, _met);
    }

    private static string Lines(SortedDictionary<NodeId, ulong> met) =>
        string.Join(",", met.Select(m => $"\n    \"{m.Key.Value}\": \"{m.Value:x16}\""));

    private static string Checksum(SortedDictionary<NodeId, ulong> met) => $"{Crc32C.Compute(Encoding.UTF8.GetBytes(Lines(met))):x8}";

    private static string ToJson(SortedDictionary<NodeId, ulong> met) =>
        $"{{\n  \"format\": {Format},\n  \"incarnations\": {{{Lines(met)}\n  }},\n  \"crc32c\": \"{Checksum(met)}\"\n}}\n";

    private static SortedDictionary<NodeId, ulong>? Parse(string text)
    {
        try
        {
            using var json = JsonDocument.Parse(text);
            var met = new SortedDictionary<NodeId, ulong>();
            foreach (var server in json.RootElement.GetProperty("incarnations").EnumerateObject())
            {
                met.Add(new NodeId(int.Parse(server.Name, CultureInfo.InvariantCulture)), Convert.ToUInt64(server.Value.GetString(), 16));
            }

            return json.RootElement.GetProperty("format").GetInt32() == Format
                && json.RootElement.GetProperty("crc32c").GetString() == Checksum(met) ? met : null;
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or FormatException
            or InvalidOperationException or OverflowException or ArgumentException)
        {
            return null;
        }
    }
}
