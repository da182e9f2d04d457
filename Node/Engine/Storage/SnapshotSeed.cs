using RaftKv.Core.Consensus;

namespace RaftKv.Engine.Storage;

/// <summary>
/// Gives the directory of a server that never ran a state to begin with: the snapshot of another cluster, without the
/// sessions of its clients and with this cluster's own servers. All servers of the new cluster get the same one before
/// any of them starts, which is as if they had agreed on it: from there on the protocol is the usual one.
/// </summary>
public static class SnapshotSeed
{
    /// <summary>Puts it there, durably.</summary>
    /// <param name="disk">The disk.</param>
    /// <param name="dataDirectory">The directory of a server that never ran.</param>
    /// <param name="file">A file in the format of a snapshot.</param>
    /// <param name="first">The servers that the new cluster begins with.</param>
    /// <returns>What the new server begins with.</returns>
    /// <exception cref="InvalidDataException">The server ran before, or the file is no snapshot or damaged; nothing was changed.</exception>
    public static SnapshotMeta Plant(IDisk disk, string dataDirectory, string file, Configuration first)
    {
        ArgumentNullException.ThrowIfNull(disk);
        var snapshots = Path.Combine(dataDirectory, DataDirectory.SnapshotDirectory);
        if (disk.Exists(Path.Combine(dataDirectory, DataDirectory.StartedFile))
            || LogFiles.Exist(disk, Path.Combine(dataDirectory, DataDirectory.LogDirectory))
            || disk.List(snapshots).Any(name => SnapshotFormat.IdIn(name) is not null))
        {
            throw new InvalidDataException($"{dataDirectory} holds the data of a server that ran: a state to begin with is only for one that never did.");
        }

        try
        {
            var (meta, view) = SnapshotFile.Read(disk, file);
            using var store = SnapshotStore.Open(disk, snapshots);
            var seed = new SnapshotMeta(meta.Last, LogIndex.Zero, first);
            store.Save(seed, view.ForAnotherCluster());
            return seed;
        }
        catch (FormatException fault)
        {
            throw new InvalidDataException($"The state to begin with cannot be used: {fault.Message}.", fault);
        }
    }
}
