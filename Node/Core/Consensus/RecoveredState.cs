namespace RaftKv.Core.Consensus;

/// <summary>One durable entry as the core needs to know it: its payload stays on disk.</summary>
/// <param name="Term">Its term.</param>
/// <param name="SizeBytes">What it counts for: <see cref="LogEntry.SizeBytes"/>.</param>
public readonly record struct EntryMeta(Term Term, int SizeBytes);

/// <summary>What a server knew when it last stopped, read from disk before it takes part again.</summary>
public sealed record RecoveredState
{
    /// <summary>A server that has never run.</summary>
    public static RecoveredState Empty { get; } = new();

    /// <summary>The saved term and vote.</summary>
    public HardState HardState { get; init; }

    /// <summary>
    /// The membership that this server began with, made durable before it took part in anything; it holds until a
    /// snapshot or the log says otherwise, whatever a start-up list says by now (M7). Null where none was kept: then the
    /// options' list is taken.
    /// </summary>
    public Configuration? FirstMembership { get; init; }

    /// <summary>
    /// The entry before the first one that the log holds; zero when it is whole. Never beyond the snapshot, and the log
    /// continues the snapshot: its last entry is in the log, or is this one.
    /// </summary>
    public EntryId Compacted { get; init; }

    /// <summary>The newest durable snapshot, which the state machine started from; null when there is none.</summary>
    public SnapshotMeta? Snapshot { get; init; }

    /// <summary>The entries after <see cref="Compacted"/>, in order.</summary>
    public IReadOnlyList<EntryMeta> Entries { get; init; } = [];

    /// <summary>The configurations among the entries after <see cref="Compacted"/>, in order.</summary>
    public IReadOnlyList<PlacedConfiguration> Configurations { get; init; } = [];

    /// <summary>How far the state machine is already: its snapshot's index.</summary>
    public LogIndex Applied { get; init; }

    /// <summary>
    /// Whether a damaged last record was cut off. Such a server may have acknowledged what it lost: it neither votes
    /// nor counts for commit until it holds again what its peers saw it acknowledge (P4).
    /// </summary>
    public bool TailWasTrimmed { get; init; }

    /// <summary>
    /// When an earlier start cut the record off: the term and the last index that it kept. Null when it was only this
    /// start, or when there was nothing to cut. What was acknowledged in that term beyond that index may be gone.
    /// </summary>
    public EntryId? TrimmedAt { get; init; }

    /// <summary>When records were cut off more than once: the term of the last time. Zero when it was once.</summary>
    public Term TrimmedUntil { get; init; }

    /// <summary>Whether this server has run before: then it asks its peers before it votes (P7).</summary>
    public bool IsRestart { get; init; }
}
