using RaftKv.Core.Consensus;

namespace RaftKv.Engine.Driver;

/// <summary>
/// What saves that wait for room on a full disk still have to say (P11). A save that waits may delete or replace what the log
/// holds, and the log must reach back to there until it is written; but when one behind it says that a durable snapshot
/// stands for all of that, it would hold back the very segments that are to make room for it.
/// </summary>
/// <remarks>
/// What is left out may be acknowledged without ever having been on disk. Up to where the log begins afterwards it is in the
/// snapshot. Beyond, it was deleted from the core's log by a later save: no restart loses what the running server has
/// deleted itself, by the rules of the thesis (3.5).
/// </remarks>
internal static class WaitingSaves
{
    /// <summary>Leaves out what the newest snapshot that the saves speak of stands for: the log begins after it at once.</summary>
    public static List<Save> Shorten(List<Save> saves)
    {
        for (var at = saves.Count - 1; at >= 0; at--)
        {
            if (saves[at].ResetTo is { } reset)
            {
                return BeginAfter(saves, at, reset);
            }

            if (saves[at].CompactTo is { } compacted && FindEntry(saves, at, compacted) is { } found)
            {
                return BeginAfter(saves, found.Save, found.Entry);
            }
        }

        return saves;
    }

    /// <summary>
    /// What snapshots hold, but nothing that a save which is still to be written deletes or begins after: it would find a
    /// log that no longer reaches back to there, and a restart in between one that begins after another entry than the snapshot's.
    /// </summary>
    public static LogIndex WhatMayGo(List<Save> saves)
    {
        var (held, most) = (LogIndex.Zero, new LogIndex(long.MaxValue));
        foreach (var save in saves)
        {
            held = LogIndex.Max(held, LogIndex.Max(save.CompactTo ?? LogIndex.Zero, save.ResetTo?.Index ?? LogIndex.Zero));
            most = LogIndex.Min(most, LogIndex.Min(save.TruncateFrom?.Previous ?? most, save.ResetTo?.Index.Previous ?? most));
        }

        return LogIndex.Min(held, most);
    }

    /// <summary>The last of the saves up to one that appends an entry of that index; null when the log has it already, or begins after it.</summary>
    private static (int Save, EntryId Entry)? FindEntry(List<Save> saves, int last, LogIndex index)
    {
        for (var at = last; at >= 0; at--)
        {
            foreach (var entry in saves[at].Entries)
            {
                if (entry.Id.Index == index)
                {
                    return (at, entry.Id);
                }
            }

            if (saves[at].ResetTo is not null || saves[at].TruncateFrom <= index)
            {
                return null; // What was appended there before is another entry.
            }
        }

        return null;
    }

    private static List<Save> BeginAfter(List<Save> saves, int at, EntryId last)
    {
        var shorter = saves.ConvertAll(s => s);
        for (var earlier = 0; earlier < at; earlier++)
        {
            shorter[earlier] = saves[earlier] with { TruncateFrom = null, ResetTo = null, Entries = [] };
        }

        var entries = saves[at].Entries.Where(e => e.Id.Index > last.Index).ToArray();
        shorter[at] = saves[at] with { TruncateFrom = null, ResetTo = last, Entries = entries };
        return shorter;
    }
}
