using RaftKv.Core.Consensus;
using RaftKv.Core.Kv;

namespace RaftKv.Engine.Storage;

/// <summary>
/// The snapshot files of a server (see <see cref="SnapshotFormat"/>). A snapshot has its name only once it is whole
/// and durable, so every named file can be relied on, and a damaged one is damage, never a crash. One thread writes,
/// receives and reads parts; whole snapshots may be loaded beside it.
/// </summary>
public sealed class SnapshotStore : IDisposable
{
    /// <summary>How much is read or written at once unless said otherwise.</summary>
    public const int DefaultPieceBytes = 256 * 1024;

    private const string WayOut =
        "Restore the file from a copy, or remove the server from the cluster and add it again under a new id with an empty data "
        + "directory; the other servers hold its data.";

    private readonly IDisk _disk;
    private readonly string _directory;
    private readonly Lock _lock = new();
    private readonly SortedSet<EntryId> _snapshots = new(Comparer<EntryId>.Create((a, b) => a.Index.CompareTo(b.Index)));
    private readonly HashSet<EntryId> _damaged = [];
    private readonly Dictionary<EntryId, IDiskFile> _open = [];
    private IReadOnlyCollection<EntryId> _inUse = [];

    private SnapshotStore(IDisk disk, string directory, int pieceBytes)
    {
        _disk = disk;
        _directory = directory;
        PieceBytes = pieceBytes;
    }

    /// <summary>The last entry of the newest snapshot, or null when there is none.</summary>
    public EntryId? Newest
    {
        get
        {
            lock (_lock)
            {
                return _snapshots.Count == 0 ? null : _snapshots.Max;
            }
        }
    }

    internal IDisk Disk => _disk;

    /// <summary>How much is read or written at once.</summary>
    internal int PieceBytes { get; }

    /// <summary>Opens the directory, or makes it, and removes what a crash left unfinished.</summary>
    /// <param name="disk">Where it lies.</param>
    /// <param name="directory">The snapshots' own directory.</param>
    /// <param name="pieceBytes">How much is read or written at once.</param>
    public static SnapshotStore Open(IDisk disk, string directory, int pieceBytes = DefaultPieceBytes)
    {
        disk.CreateDirectory(directory);
        var store = new SnapshotStore(disk, directory, pieceBytes);
        foreach (var name in disk.List(directory))
        {
            if (name.EndsWith(SnapshotFormat.UnfinishedExtension, StringComparison.Ordinal)
                || name.EndsWith(SnapshotFormat.PartialExtension, StringComparison.Ordinal))
            {
                disk.Delete(Path.Combine(directory, name));
            }
            else if (SnapshotFormat.IdIn(name) is { } id)
            {
                store._snapshots.Add(id);
            }
        }

        // A name that was found may not have been durable yet; the log is about to rely on it.
        disk.FlushDirectory(directory);
        return store;
    }

    /// <summary>
    /// What the newest snapshot in a directory says that it stands for, or null when there is none; for anyone who looks
    /// at a log from outside. Changes nothing, and does not read the state.
    /// </summary>
    /// <exception cref="InvalidDataException">It is no snapshot; the message names the file and the way out.</exception>
    public static SnapshotMeta? ReadNewestMeta(IDisk disk, string directory)
    {
        var newest = disk.List(directory).Select(n => (Name: n, Id: SnapshotFormat.IdIn(n))).Where(s => s.Id is not null)
            .OrderBy(s => s.Id!.Value.Index).LastOrDefault().Name;
        if (newest is null)
        {
            return null;
        }

        var path = Path.Combine(directory, newest);
        try
        {
            using var file = disk.Open(path);
            return SnapshotFormat.ReadHead(file, out _);
        }
        catch (FormatException fault)
        {
            throw new InvalidDataException($"The snapshot {path} is damaged: {fault.Message}. {WayOut}", fault);
        }
    }

    /// <summary>Reads a snapshot as a whole.</summary>
    /// <exception cref="InvalidDataException">It is damaged; the message names the file and the way out.</exception>
    public (SnapshotMeta Meta, KvView View) Load(EntryId last)
    {
        var path = PathOf(last);
        try
        {
            var (meta, view) = SnapshotFile.Read(_disk, path, PieceBytes);
            return meta.Last == last ? (meta, view) : throw new FormatException($"it says that it ends with {meta.Last}");
        }
        catch (FormatException fault)
        {
            throw new InvalidDataException($"The snapshot {path} is damaged: {fault.Message}. {WayOut}", fault);
        }
    }

    /// <summary>Writes a whole snapshot at once, durably: for anyone who makes one without a server.</summary>
    /// <returns>Its file.</returns>
    public string Save(SnapshotMeta meta, KvView view)
    {
        ArgumentNullException.ThrowIfNull(meta);
        using var writer = new SnapshotWriter(this, meta, view);
        while (writer.WriteMore())
        {
        }

        writer.Finish();
        return PathOf(meta.Last);
    }

    /// <summary>What the newest snapshot stands for and holds, or null when there is none.</summary>
    /// <exception cref="InvalidDataException">It is damaged; the message names the file and the way out.</exception>
    public (SnapshotMeta Meta, KvView View)? LoadNewest() => Newest is { } newest ? Load(newest) : null;

    /// <summary>Reads a part of a snapshot.</summary>
    /// <param name="last">Which snapshot.</param>
    /// <param name="offset">From where.</param>
    /// <param name="maxBytes">How much at most.</param>
    /// <param name="totalBytes">The length of the whole; zero when there is no such snapshot any more.</param>
    public ReadOnlyMemory<byte> ReadPart(EntryId last, long offset, int maxBytes, out long totalBytes)
    {
        if (FileOf(last) is not { } file)
        {
            totalBytes = 0;
            return default;
        }

        totalBytes = file.Length;
        var part = new byte[Math.Clamp(totalBytes - offset, 0, maxBytes)];
        return part.AsMemory(0, file.Read(offset, part));
    }

    /// <summary>
    /// A snapshot is not what was written: no part of it is read any more, and one of the same entry that is made or received
    /// takes its place. Its file stays until then, or until there are newer ones.
    /// </summary>
    internal void MarkDamaged(EntryId last)
    {
        lock (_lock)
        {
            _damaged.Add(last);
        }
    }

    /// <summary>The open file of an intact snapshot, or null when there is none.</summary>
    internal IDiskFile? FileOf(EntryId last)
    {
        if (!Has(last))
        {
            return null;
        }

        if (!_open.TryGetValue(last, out var file) && _disk.Exists(PathOf(last)))
        {
            file = _disk.Open(PathOf(last));
            _open.Add(last, file);
        }

        return file;
    }

    /// <summary>Says which snapshots are being sent, and so must stay although there are newer ones.</summary>
    public void Keep(IReadOnlyCollection<EntryId> inUse)
    {
        _inUse = inUse;
        RemoveOld();
    }

    /// <summary>On a full disk the newest is enough, unless it is damaged: a snapshot that waits for room gets that of the one before.</summary>
    internal void MakeRoom()
    {
        if (Newest is { } newest && Has(newest))
        {
            RemoveOld(kept: 1);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var file in _open.Values)
        {
            file.Dispose();
        }

        _open.Clear();
    }

    /// <summary>Where the snapshot of a server lies that ends with an entry.</summary>
    public static string PathOf(string dataDirectory, EntryId last) =>
        Path.Combine(dataDirectory, DataDirectory.SnapshotDirectory, SnapshotFormat.NameOf(last));

    internal string PathOf(EntryId last) => Path.Combine(_directory, SnapshotFormat.NameOf(last));

    /// <summary>Gives a whole and flushed file its name. From here on it is there after any crash.</summary>
    internal void Publish(string unfinished, EntryId last)
    {
        if (Has(last))
        {
            _disk.Delete(unfinished);
            return;
        }

        Close(last);
        _disk.Rename(unfinished, PathOf(last));
        _disk.FlushDirectory(_directory);
        lock (_lock)
        {
            _snapshots.Add(last);
            _damaged.Remove(last);
        }

        RemoveOld();
    }

    /// <summary>Whether there is this snapshot, and nothing is known to be wrong with it.</summary>
    internal bool Has(EntryId last)
    {
        lock (_lock)
        {
            return _snapshots.TryGetValue(last, out var found) && found == last && !_damaged.Contains(last);
        }
    }

    /// <summary>The two newest stay: a peer may just be about to be sent the older one.</summary>
    private void RemoveOld(int kept = 2)
    {
        List<EntryId> old;
        lock (_lock)
        {
            old = [.. _snapshots.Reverse().Skip(kept).Where(s => !_inUse.Contains(s))];
            old.ForEach(s => _snapshots.Remove(s));
            old.ForEach(s => _damaged.Remove(s));
        }

        foreach (var last in old)
        {
            Close(last);
            TryDelete(PathOf(last));
        }
    }

    /// <summary>Deletes a file that is needed no more. One that stays takes room, and the next start finds it: no reason to end.</summary>
    internal void TryDelete(string path)
    {
        try
        {
            _disk.Delete(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A disk that refuses this refuses the log's writes as well, and there it is told.
        }
    }

    private void Close(EntryId last)
    {
        if (_open.Remove(last, out var file))
        {
            file.Dispose();
        }
    }
}
