using System.Text;
using RaftKv.Core.Consensus;
using RaftKv.Engine.Storage;

namespace RaftKv.Tests.Storage;

/// <summary>The logs that keep the same contract.</summary>
public enum LogKind
{
    WriteAhead,
    Json,
}

/// <summary>Short ways to say saves and entries.</summary>
internal static class LogSamples
{
    public const string Directory = "/data/log";

    public static readonly string FirstSegment = Path.Combine(Directory, "0000000000000001.wal");

    public static WriteAheadLogOptions Options { get; } = new() { SegmentBytes = 4096, Salt = 0x1122334455667788 };

    public static WriteAheadLog Open(IDisk disk) => WriteAheadLog.Open(disk, Directory, Options);

    public static ILogStorage Open(LogKind kind, IDisk disk) => kind switch
    {
        LogKind.Json => JsonLog.Open(disk, Directory),
        _ => Open(disk),
    };

    public static LogEntry Entry(long index, long term, string payload = "") =>
        new(new EntryId(new Term(term), new LogIndex(index)), payload.Length == 0 ? EntryKind.NoOp : EntryKind.Command,
            Encoding.UTF8.GetBytes(payload));

    public static LogEntry[] Entries(long first, long last, long term, int payloadBytes = 10) =>
        [.. Enumerable.Range((int)first, (int)(last - first + 1)).Select(i => Entry(i, term, $"{i}".PadRight(payloadBytes, '.')))];

    public static Save Save(long id, HardState? state = null, long? truncateFrom = null, params LogEntry[] entries) =>
        new(id, state, truncateFrom is { } from ? new LogIndex(from) : null, entries);

    public static HardState State(long term, int vote = 0) => new(new Term(term), new NodeId(vote));

    public static IndexRange Range(long first, long last) => new(new LogIndex(first), new LogIndex(last));

    public static void Commit(this ILogStorage log, params Save[] saves)
    {
        log.Append(saves);
        log.Flush();
    }

    public static string[] Texts(this IReadOnlyList<LogEntry> entries) =>
        [.. entries.Select(e => $"{e.Id} {e.Kind} {Encoding.UTF8.GetString(e.Payload.Span)}")];

    /// <summary>Everything the log holds, in words.</summary>
    public static string Describe(this ILogStorage log)
    {
        var last = log.Last.Index;
        var entries = last == LogIndex.Zero ? [] : log.Read(new IndexRange(new LogIndex(1), last), int.MaxValue);
        return string.Join("; ", entries.Texts());
    }
}
