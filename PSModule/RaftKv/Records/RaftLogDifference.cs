using RaftKv.Api.Views;

namespace RaftKv;

/// <summary>How the servers' logs compare at one index.</summary>
public enum RaftLogComparison
{
    /// <summary>All have the same entry.</summary>
    Equal,

    /// <summary>Some have no entry there, those that have one have the same.</summary>
    Missing,

    /// <summary>They have entries of different terms.</summary>
    Term,

    /// <summary>They have entries of one term that say different things: that must never be.</summary>
    Content,
}

/// <summary>One index of the servers' logs, side by side.</summary>
public sealed class RaftLogDifference
{
    /// <summary>The index.</summary>
    public long Index { get; init; }

    /// <summary>How the entries there compare.</summary>
    public RaftLogComparison Comparison { get; init; }

    /// <summary>Whether a server says that the entry is committed; null where none does and the files of one were read, which do not say.</summary>
    public bool? Committed { get; init; }

    /// <summary>The servers that have an entry there.</summary>
    public IReadOnlyList<int> Server { get; init; } = [];

    /// <summary>Their entries' terms, in the same order.</summary>
    public IReadOnlyList<long> Term { get; init; } = [];

    /// <summary>The servers that have none.</summary>
    public IReadOnlyList<int> Missing { get; init; } = [];

    /// <summary>The comparison as a line, with a dash for a server that has no entry: n1:4 n2:4 n3:-</summary>
    public string Row { get; init; } = "";

    /// <summary>The entries of all servers by index, compared.</summary>
    /// <param name="logs">The log of each server.</param>
    internal static IEnumerable<RaftLogDifference> Compare(IReadOnlyList<Log> logs)
    {
        var byIndex = logs.Select(log => log.Entries.ToDictionary(entry => entry.Index)).ToList();
        foreach (long index in byIndex.SelectMany(log => log.Keys).Distinct().Order())
        {
            LogEntryView?[] entries = [.. byIndex.Select(log => log.GetValueOrDefault(index))];
            LogEntryView[] there = [.. entries.OfType<LogEntryView>()];
            yield return new RaftLogDifference
            {
                Index = index,
                Comparison = Kind(there, logs.Count),
                Committed = there.Any(entry => entry.Committed) ? true : logs.Where((log, i) => log.FromDisk && entries[i] is not null).Any() ? null : false,
                Server = logs.Where((_, i) => entries[i] is not null).Select(log => log.Server).ToArray(),
                Term = there.Select(entry => entry.Term).ToArray(),
                Missing = logs.Where((_, i) => entries[i] is null).Select(log => log.Server).ToArray(),
                Row = string.Join(' ', logs.Select((log, i) => $"{log.Name}:{entries[i]?.Term.ToString() ?? "-"}")),
            };
        }
    }

    private static RaftLogComparison Kind(LogEntryView[] there, int count) =>
        there.Any(entry => entry.Term != there[0].Term) ? RaftLogComparison.Term
        : there.Any(entry => !SaysTheSame(entry, there[0])) ? RaftLogComparison.Content
        : there.Length < count ? RaftLogComparison.Missing
        : RaftLogComparison.Equal;

    private static bool SaysTheSame(LogEntryView one, LogEntryView other) =>
        one.Kind == other.Kind && one.SessionId == other.SessionId && one.Sequence == other.Sequence
        && one.Key.AsSpan().SequenceEqual(other.Key) && one.Value.AsSpan().SequenceEqual(other.Value);

    /// <summary>The log of a server.</summary>
    /// <param name="Server">The server.</param>
    /// <param name="Name">Its name.</param>
    /// <param name="Entries">What it holds.</param>
    /// <param name="FromDisk">Whether the files were read because the server did not answer.</param>
    internal sealed record Log(int Server, string Name, IReadOnlyList<LogEntryView> Entries, bool FromDisk);
}
