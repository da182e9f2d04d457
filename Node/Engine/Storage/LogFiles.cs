using RaftKv.Core.Consensus;

namespace RaftKv.Engine.Storage;

/// <summary>Opens a server's log from outside the server, whichever way it is kept, and checks what no checksum can.</summary>
public static class LogFiles
{
    /// <summary>The kind that a write-ahead log is.</summary>
    public const string Wal = "Wal";

    /// <summary>The kind that a log in one JSON file is, the published evaluation's.</summary>
    public const string Json = "Json";

    /// <summary>The kind of the log that lies there; null where there is none, or both from a version that let them mix.</summary>
    public static string? KindOf(IDisk disk, string logDirectory)
    {
        var names = disk.List(logDirectory);
        return (names.Contains(JsonLog.FileName), names.Any(n => LogFormat.NumberIn(n) is not null)) switch
        {
            (true, false) => Json,
            (false, true) => Wal,
            _ => null,
        };
    }

    /// <summary>Whether a log lies there, of either kind; what a crash left unfinished and notes about a log are none.</summary>
    public static bool Exist(IDisk disk, string logDirectory) =>
        disk.List(logDirectory).Any(n => n == JsonLog.FileName || LogFormat.NumberIn(n) is not null);

    /// <summary>Opens the log that lies there.</summary>
    /// <exception cref="InvalidDataException">There is none, or it is damaged.</exception>
    public static ILogStorage Open(IDisk disk, string logDirectory, NodeIdentity identity)
    {
        if (!Exist(disk, logDirectory))
        {
            throw new InvalidDataException($"There is no log in {logDirectory}: the server has not run yet, or its log is gone.");
        }

        return disk.Exists(Path.Combine(logDirectory, JsonLog.FileName))
            ? JsonLog.Open(disk, logDirectory)
            : WriteAheadLog.Open(
                disk, logDirectory, new WriteAheadLogOptions { Salt = identity.Incarnation }, SnapshotStore.ReadNewestMeta(
                    disk, Path.Combine(Path.GetDirectoryName(logDirectory)!, DataDirectory.SnapshotDirectory)));
    }

    /// <summary>Makes a write-ahead log, or opens one that begins with the first entry.</summary>
    public static WriteAheadLog OpenWriteAhead(IDisk disk, string logDirectory, NodeIdentity identity) =>
        WriteAheadLog.Open(disk, logDirectory, new WriteAheadLogOptions { Salt = identity.Incarnation });

    /// <summary>
    /// Refuses a log whose terms contradict each other although every checksum is right: a server writes its term
    /// before it takes entries of it, and a leader never writes an older term behind a newer one.
    /// </summary>
    /// <exception cref="InvalidDataException">They do; the message names the entry.</exception>
    public static void CheckTerms(RecoveredState recovered, string logDirectory)
    {
        var previous = recovered.Compacted;
        foreach (var entry in recovered.Entries)
        {
            var id = new EntryId(entry.Term, previous.Index.Next);
            if (entry.Term > recovered.HardState.Term)
            {
                throw Wrong($"entry {id} has a later term than the stored term {recovered.HardState.Term}");
            }

            if (entry.Term < previous.Term)
            {
                throw Wrong($"entry {id} has an older term than {previous} before it");
            }

            previous = id;
        }

        InvalidDataException Wrong(string what) => new(
            $"The log in {logDirectory} contradicts itself: {what}. It was changed by something else than a server. Remove the server "
            + "from the cluster and add it again under a new id with an empty data directory; the other servers hold its data.");
    }
}
