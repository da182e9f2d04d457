using System.Collections;
using RaftKv.Core.Consensus;

namespace RaftKv.Engine.Storage;

/// <summary>Term and size of every entry that a log was opened with: 4 bytes of memory an entry. Never changes.</summary>
/// <param name="payloads">How long each entry's payload is.</param>
/// <param name="runs">The numbers of the entries with which a term begins, from 0, and that term; rising.</param>
internal sealed class RecoveredEntries(int[] payloads, IReadOnlyList<(int First, Term Term)> runs) : IReadOnlyList<EntryMeta>
{
    /// <inheritdoc/>
    public int Count => payloads.Length;

    /// <inheritdoc/>
    public EntryMeta this[int index] => Of(runs.Last(r => r.First <= index).Term, payloads[index]);

    /// <inheritdoc/>
    public IEnumerator<EntryMeta> GetEnumerator()
    {
        var run = -1;
        for (var i = 0; i < payloads.Length; i++)
        {
            while (run + 1 < runs.Count && runs[run + 1].First <= i)
            {
                run++;
            }

            yield return Of(runs[run].Term, payloads[i]);
        }
    }

    /// <inheritdoc/>
    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private static EntryMeta Of(Term term, int payload) => new(term, LogEntry.OverheadBytes + payload);
}
