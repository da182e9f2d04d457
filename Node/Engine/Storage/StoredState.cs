using RaftKv.Core.Consensus;
using RaftKv.Core.Kv;

namespace RaftKv.Engine.Storage;

/// <summary>
/// What a server's directory holds of the store, read from outside the server: its newest snapshot and every entry of its
/// log behind it, whether that is known to be committed or not. For the end of a cluster whose majority is lost: of an
/// entry that only some servers hold it cannot be said any more whether it was acknowledged, and to keep it is right in either
/// case, because an unacknowledged write may happen.
/// </summary>
/// <param name="Identity">Whose directory it is.</param>
/// <param name="Meta">The last entry, and the membership that holds there.</param>
/// <param name="View">The state with all of it applied.</param>
/// <param name="SnapshotIndex">Up to here the entries are known to be committed: the end of the snapshot; zero without one.</param>
/// <param name="TailWasTrimmed">Whether a damaged last record was left out.</param>
public sealed record StoredState(NodeIdentity Identity, SnapshotMeta Meta, KvView View, LogIndex SnapshotIndex, bool TailWasTrimmed)
{
    private const int PageBytes = 4 * 1024 * 1024;

    /// <summary>
    /// The last entry in a directory, without reading the state: what tells which of several copies is the best one; and
    /// whether a damaged last record was left out, so that it may have reached further.
    /// </summary>
    /// <exception cref="InvalidDataException">The directory holds no log, or a damaged one.</exception>
    public static (NodeIdentity Identity, EntryId Last, bool TailWasTrimmed) Survey(IDisk disk, string dataDirectory)
    {
        var identity = NodeIdentity.ReadExisting(disk, dataDirectory);
        using var log = LogFiles.Open(disk, Path.Combine(dataDirectory, DataDirectory.LogDirectory), identity);
        return (identity, log.Last, log.Recovered.TailWasTrimmed);
    }

    /// <summary>Reads all of it.</summary>
    /// <param name="disk">A disk on which recovery changes nothing that lasts.</param>
    /// <param name="dataDirectory">The directory.</param>
    /// <exception cref="InvalidDataException">The directory holds no log, or something in it is damaged.</exception>
    public static StoredState Read(IDisk disk, string dataDirectory)
    {
        var identity = NodeIdentity.ReadExisting(disk, dataDirectory);
        using var log = LogFiles.Open(disk, Path.Combine(dataDirectory, DataDirectory.LogDirectory), identity);
        using var snapshots = SnapshotStore.Open(disk, Path.Combine(dataDirectory, DataDirectory.SnapshotDirectory));
        var snapshot = snapshots.LoadNewest();
        var store = new KvStore();
        if (snapshot is { } loaded)
        {
            store.Restore(loaded.View);
        }

        for (var next = store.Applied.Next; next <= log.Last.Index;)
        {
            var page = log.Read(new IndexRange(next, log.Last.Index), PageBytes);
            if (page.Count == 0)
            {
                throw new InvalidDataException($"The log in {dataDirectory} does not hold entry {next}, which it should.");
            }

            foreach (var entry in page)
            {
                Apply(store, entry, dataDirectory);
            }

            next += page.Count;
        }

        var placed = log.Recovered.Configurations.Count > 0 ? log.Recovered.Configurations[^1] : (PlacedConfiguration?)null;
        var meta = new SnapshotMeta(
            log.Last,
            placed?.Index ?? snapshot?.Meta.ConfigurationIndex ?? LogIndex.Zero,
            placed?.Configuration ?? snapshot?.Meta.Configuration ?? FirstMembership.Settle(disk, dataDirectory, Configuration.Of([])));
        return new StoredState(identity, meta, store.View, snapshot?.Meta.Last.Index ?? LogIndex.Zero, log.Recovered.TailWasTrimmed);
    }

    private static void Apply(KvStore store, in LogEntry entry, string dataDirectory)
    {
        try
        {
            store.Apply(entry);
        }
        catch (FormatException fault)
        {
            throw new InvalidDataException($"Entry {entry.Id} of the log in {dataDirectory} cannot be applied: {fault.Message}", fault);
        }
    }
}
