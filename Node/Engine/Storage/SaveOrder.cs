using RaftKv.Core.Consensus;

namespace RaftKv.Engine.Storage;

/// <summary>A save that leaves a gap or deletes what is compacted is a bug of ours: no log may write it.</summary>
internal static class SaveOrder
{
    /// <summary>Checks that saves continue a log.</summary>
    /// <exception cref="InvalidOperationException">They do not.</exception>
    public static void Check(IReadOnlyList<Save> saves, LogIndex first, LogIndex last)
    {
        for (var s = 0; s < saves.Count; s++)
        {
            var save = saves[s];
            if (save.TruncateFrom is { } from)
            {
                if (from < first || from > last.Next)
                {
                    throw new InvalidOperationException($"Cannot truncate from {from}: the log holds {first} to {last}.");
                }

                last = from.Previous;
            }

            if (save.ResetTo is { } reset)
            {
                if (reset.Index < first)
                {
                    throw new InvalidOperationException($"Cannot begin again after {reset}: what is before {first} is compacted.");
                }

                (first, last) = (reset.Index.Next, reset.Index);
            }

            for (var i = 0; i < save.Entries.Count; i++)
            {
                last = last.Next;
                if (save.Entries[i].Id.Index != last)
                {
                    throw new InvalidOperationException($"Cannot append entry {save.Entries[i].Id}: index {last} is next.");
                }
            }
        }
    }
}
