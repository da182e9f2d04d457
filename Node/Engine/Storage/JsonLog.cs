using System.Buffers;
using System.Text.Json;
using RaftKv.Core.Consensus;

namespace RaftKv.Engine.Storage;

/// <summary>
/// The whole log as one JSON file, rewritten beside the old one, flushed and renamed for every batch: the storage of
/// the published evaluation, kept to reproduce its numbers. Its cost grows with the log, and the log lies in memory; it
/// is for nothing else. It never forgets: snapshots are off with it. One thread appends; reads run beside it.
/// <code>
/// { "format": 1, "term": 3, "votedFor": 2, "entries": [ { "term": 1, "index": 1, "kind": 0, "payload": "base64" } ] }
/// </code>
/// </summary>
public sealed class JsonLog : ILogStorage
{
    /// <summary>The file's name in the log's directory.</summary>
    public const string FileName = "log.json";

    private const int Format = 1;
    private const string UnfinishedName = FileName + ".new";

    private readonly IDisk _disk;
    private readonly string _directory;
    private readonly Lock _lock = new();
    private List<LogEntry> _entries = [];
    private HardState _hardState;
    private IDiskFile? _unfinished;
    private bool _failed;

    private JsonLog(IDisk disk, string directory)
    {
        _disk = disk;
        _directory = directory;
    }

    /// <inheritdoc/>
    public RecoveredState Recovered { get; private set; } = RecoveredState.Empty;

    /// <inheritdoc/>
    public LogIndex First => new(1);

    /// <inheritdoc/>
    public EntryId Last
    {
        get
        {
            lock (_lock)
            {
                return _entries.Count == 0 ? EntryId.Zero : _entries[^1].Id;
            }
        }
    }

    /// <summary>Opens a log, or makes an empty one.</summary>
    /// <param name="disk">Where it lies.</param>
    /// <param name="directory">The log's own directory.</param>
    /// <exception cref="InvalidDataException">It is damaged; the message names the file and the way out.</exception>
    public static JsonLog Open(IDisk disk, string directory)
    {
        var log = new JsonLog(disk, directory);
        disk.CreateDirectory(directory);
        var path = Path.Combine(directory, FileName);
        if (disk.Exists(path))
        {
            log.Recover(path);
        }

        // The file that was found may never have been flushed with its name, and the one that was not must exist.
        log.Write(log._hardState, log._entries);
        log.Flush();
        return log;
    }

    /// <inheritdoc/>
    public void Append(IReadOnlyList<Save> saves)
    {
        if (_failed || _unfinished is not null)
        {
            throw new InvalidOperationException(_failed
                ? "The log failed before; what it holds on disk is not known, so nothing may follow."
                : "The batch before this one was not flushed.");
        }

        if (saves.Any(s => s.ResetTo is not null))
        {
            throw new InvalidOperationException("The JSON log keeps every entry and takes no snapshot: use the write-ahead log with snapshots.");
        }

        SaveOrder.Check(saves, First, Last.Index);
        var hardState = _hardState;
        var entries = new List<LogEntry>(_entries);
        foreach (var save in saves)
        {
            hardState = save.HardState ?? hardState;
            if (save.TruncateFrom is { } from)
            {
                entries.RemoveRange((int)from.Value - 1, entries.Count - (int)from.Value + 1);
            }

            entries.AddRange(save.Entries);
        }

        Write(hardState, entries);
        lock (_lock)
        {
            (_hardState, _entries) = (hardState, entries);
        }
    }

    /// <inheritdoc/>
    public void Flush()
    {
        if (_failed)
        {
            throw new InvalidOperationException("The log failed before; a flush that is tried again proves nothing.");
        }

        if (_unfinished is null)
        {
            return;
        }

        _failed = true; // Until all steps are done: an error in the middle is final (P5).
        _unfinished.Flush();
        _unfinished.Dispose();
        _disk.Rename(Path.Combine(_directory, UnfinishedName), Path.Combine(_directory, FileName));
        _disk.FlushDirectory(_directory);
        _unfinished = null;
        _failed = false;
    }

    /// <summary>
    /// Writes the file that takes the old one's place with the next flush. Without room for it nothing has happened yet:
    /// the same batch may come again (P11).
    /// </summary>
    private void Write(HardState hardState, IReadOnlyList<LogEntry> entries)
    {
        _failed = true; // Until all steps are done, as in Flush.
        var path = Path.Combine(_directory, UnfinishedName);
        _disk.Delete(path);
        IDiskFile? file = null;
        try
        {
            file = _disk.Create(path);
            file.Write(0, ToJson(hardState, entries));
        }
        catch (DiskFullException)
        {
            file?.Dispose();
            _disk.Delete(path);
            _failed = false;
            throw;
        }

        _unfinished = file;
        _failed = false;
    }

    /// <inheritdoc/>
    public IReadOnlyList<LogEntry> Read(IndexRange range, int maxBytes)
    {
        var entries = new List<LogEntry>();
        var bytes = 0L;
        lock (_lock)
        {
            for (var index = range.First; index <= range.Last && index >= First && index.Value <= _entries.Count; index = index.Next)
            {
                var entry = _entries[(int)index.Value - 1];
                bytes += entry.SizeBytes;
                if (bytes > maxBytes && entries.Count > 0)
                {
                    break;
                }

                entries.Add(entry);
            }
        }

        return entries;
    }

    /// <inheritdoc/>
    public void Dispose() => _unfinished?.Dispose();

    private static ReadOnlySpan<byte> ToJson(HardState hardState, IReadOnlyList<LogEntry> entries)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteNumber("format", Format);
            json.WriteNumber("term", hardState.Term.Value);
            json.WriteNumber("votedFor", hardState.VotedFor.Value);
            json.WriteStartArray("entries");
            foreach (var entry in entries)
            {
                json.WriteStartObject();
                json.WriteNumber("term", entry.Id.Term.Value);
                json.WriteNumber("index", entry.Id.Index.Value);
                json.WriteNumber("kind", (int)entry.Kind);
                json.WriteBase64String("payload", entry.Payload.Span);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        return buffer.WrittenSpan;
    }

    private void Recover(string path)
    {
        var configurations = new List<PlacedConfiguration>();
        try
        {
            using var json = JsonDocument.Parse(DataDirectory.ReadText(_disk, path));
            var root = json.RootElement;
            if (root.GetProperty("format").GetInt32() != Format)
            {
                throw new FormatException($"its format is {root.GetProperty("format")}, and this program reads format {Format}");
            }

            _hardState = new HardState(
                new Term(root.GetProperty("term").GetInt64()), new NodeId(root.GetProperty("votedFor").GetInt32()));
            foreach (var entry in root.GetProperty("entries").EnumerateArray())
            {
                var id = new EntryId(new Term(entry.GetProperty("term").GetInt64()), new LogIndex(entry.GetProperty("index").GetInt64()));
                if (id.Index != Last.Index.Next || id.Term < Last.Term)
                {
                    throw new FormatException($"entry {id} does not follow {Last}");
                }

                _entries.Add(new LogEntry(id, (EntryKind)entry.GetProperty("kind").GetByte(), entry.GetProperty("payload").GetBytesFromBase64()));
                if (_entries[^1].Kind == EntryKind.Configuration)
                {
                    configurations.Add(new PlacedConfiguration(id.Index, ConfigurationCodec.Decode(_entries[^1].Payload.Span)));
                }
            }
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or FormatException or InvalidOperationException)
        {
            throw new InvalidDataException(
                $"The log is damaged in {path}: {e.Message}. Do not delete the file: this server may have acknowledged what it held. "
                + "Remove the server from the cluster and add it again under a new id with an empty data directory.", e);
        }

        Recovered = new RecoveredState
        {
            HardState = _hardState,
            Entries = [.. _entries.Select(e => new EntryMeta(e.Id.Term, e.SizeBytes))],
            Configurations = configurations,
            IsRestart = true,
        };
    }
}
