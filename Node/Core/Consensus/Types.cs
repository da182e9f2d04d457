namespace RaftKv.Core.Consensus;

/// <summary>A leader's reign, counted up from 1; 0 is "before any". Terms order everything (thesis 3.3).</summary>
/// <param name="Value">The number; never negative.</param>
public readonly record struct Term(long Value) : IComparable<Term>
{
    /// <summary>Before the first election.</summary>
    public static Term Zero => default;

    /// <summary>The term after this one.</summary>
    public Term Next => new(Value + 1);

    /// <inheritdoc/>
    public int CompareTo(Term other) => Value.CompareTo(other.Value);

    /// <inheritdoc/>
    public override string ToString() => Value.ToString();

    /// <summary>Earlier.</summary>
    public static bool operator <(Term a, Term b) => a.Value < b.Value;

    /// <summary>Later.</summary>
    public static bool operator >(Term a, Term b) => a.Value > b.Value;

    /// <summary>Earlier or the same.</summary>
    public static bool operator <=(Term a, Term b) => a.Value <= b.Value;

    /// <summary>Later or the same.</summary>
    public static bool operator >=(Term a, Term b) => a.Value >= b.Value;
}

/// <summary>A position in the replicated log, counted up from 1; 0 is "before the first entry".</summary>
/// <param name="Value">The number; never negative.</param>
public readonly record struct LogIndex(long Value) : IComparable<LogIndex>
{
    /// <summary>Before the first entry.</summary>
    public static LogIndex Zero => default;

    /// <summary>The position after this one.</summary>
    public LogIndex Next => new(Value + 1);

    /// <summary>The position before this one; only meaningful above zero.</summary>
    public LogIndex Previous => new(Value - 1);

    /// <inheritdoc/>
    public int CompareTo(LogIndex other) => Value.CompareTo(other.Value);

    /// <inheritdoc/>
    public override string ToString() => Value.ToString();

    /// <summary>The smaller of two positions.</summary>
    public static LogIndex Min(LogIndex a, LogIndex b) => a.Value <= b.Value ? a : b;

    /// <summary>The larger of two positions.</summary>
    public static LogIndex Max(LogIndex a, LogIndex b) => a.Value >= b.Value ? a : b;

    /// <summary>A position further on.</summary>
    public static LogIndex operator +(LogIndex a, long count) => new(a.Value + count);

    /// <summary>A position further back.</summary>
    public static LogIndex operator -(LogIndex a, long count) => new(a.Value - count);

    /// <summary>How many positions lie between two.</summary>
    public static long operator -(LogIndex a, LogIndex b) => a.Value - b.Value;

    /// <summary>Before.</summary>
    public static bool operator <(LogIndex a, LogIndex b) => a.Value < b.Value;

    /// <summary>After.</summary>
    public static bool operator >(LogIndex a, LogIndex b) => a.Value > b.Value;

    /// <summary>Before or the same.</summary>
    public static bool operator <=(LogIndex a, LogIndex b) => a.Value <= b.Value;

    /// <summary>After or the same.</summary>
    public static bool operator >=(LogIndex a, LogIndex b) => a.Value >= b.Value;
}

/// <summary>A server's identity inside its cluster, from 1; 0 is "none". Ids are never reused.</summary>
/// <param name="Value">The number.</param>
public readonly record struct NodeId(int Value) : IComparable<NodeId>
{
    /// <summary>No server.</summary>
    public static NodeId None => default;

    /// <summary>Whether this names no server.</summary>
    public bool IsNone => Value == 0;

    /// <inheritdoc/>
    public int CompareTo(NodeId other) => Value.CompareTo(other.Value);

    /// <inheritdoc/>
    public override string ToString() => $"n{Value}";

    /// <summary>Smaller id.</summary>
    public static bool operator <(NodeId a, NodeId b) => a.Value < b.Value;

    /// <summary>Larger id.</summary>
    public static bool operator >(NodeId a, NodeId b) => a.Value > b.Value;

    /// <summary>Smaller or the same id.</summary>
    public static bool operator <=(NodeId a, NodeId b) => a.Value <= b.Value;

    /// <summary>Larger or the same id.</summary>
    public static bool operator >=(NodeId a, NodeId b) => a.Value >= b.Value;
}

/// <summary>
/// Names one entry forever: the log matching property says that two logs with an entry of the same term and index
/// are equal up to it (thesis 3.6.2). Ordered as votes compare logs: term first, then index (E4).
/// </summary>
/// <param name="Term">The term of the leader that made the entry.</param>
/// <param name="Index">Its position.</param>
public readonly record struct EntryId(Term Term, LogIndex Index) : IComparable<EntryId>
{
    /// <summary>Before the first entry.</summary>
    public static EntryId Zero => default;

    /// <inheritdoc/>
    public int CompareTo(EntryId other) =>
        Term != other.Term ? Term.CompareTo(other.Term) : Index.CompareTo(other.Index);

    /// <inheritdoc/>
    public override string ToString() => $"{Index}@{Term}";

    /// <summary>Less up to date.</summary>
    public static bool operator <(EntryId a, EntryId b) => a.CompareTo(b) < 0;

    /// <summary>More up to date.</summary>
    public static bool operator >(EntryId a, EntryId b) => a.CompareTo(b) > 0;

    /// <summary>Not more up to date.</summary>
    public static bool operator <=(EntryId a, EntryId b) => a.CompareTo(b) <= 0;

    /// <summary>At least as up to date.</summary>
    public static bool operator >=(EntryId a, EntryId b) => a.CompareTo(b) >= 0;
}

/// <summary>
/// A reading of a monotonic clock in microseconds. It enters the core with every input; only differences mean
/// anything, and no wall clock is ever compared with it (L6).
/// </summary>
/// <param name="Microseconds">Microseconds since an arbitrary start of this process.</param>
public readonly record struct Instant(long Microseconds) : IComparable<Instant>
{
    /// <summary>Later than any other: "no deadline".</summary>
    public static Instant Never => new(long.MaxValue);

    /// <inheritdoc/>
    public int CompareTo(Instant other) => Microseconds.CompareTo(other.Microseconds);

    /// <inheritdoc/>
    public override string ToString() => this == Never ? "never" : $"{Microseconds}us";

    /// <summary>A moment later on.</summary>
    public static Instant operator +(Instant a, TimeSpan b) => new(a.Microseconds + (b.Ticks / TimeSpan.TicksPerMicrosecond));

    /// <summary>A moment earlier.</summary>
    public static Instant operator -(Instant a, TimeSpan b) => new(a.Microseconds - (b.Ticks / TimeSpan.TicksPerMicrosecond));

    /// <summary>The time between two moments.</summary>
    public static TimeSpan operator -(Instant a, Instant b) => TimeSpan.FromMicroseconds(a.Microseconds - b.Microseconds);

    /// <summary>Earlier.</summary>
    public static bool operator <(Instant a, Instant b) => a.Microseconds < b.Microseconds;

    /// <summary>Later.</summary>
    public static bool operator >(Instant a, Instant b) => a.Microseconds > b.Microseconds;

    /// <summary>Earlier or the same.</summary>
    public static bool operator <=(Instant a, Instant b) => a.Microseconds <= b.Microseconds;

    /// <summary>Later or the same.</summary>
    public static bool operator >=(Instant a, Instant b) => a.Microseconds >= b.Microseconds;
}

/// <summary>What must survive a crash besides the log: a server votes once a term (thesis 3.4, E1).</summary>
/// <param name="Term">The latest term this server has seen.</param>
/// <param name="VotedFor">Whom it voted for in that term, or none.</param>
public readonly record struct HardState(Term Term, NodeId VotedFor);

/// <summary>What an entry means. The numbers are written to disk and to the wire: they may only grow.</summary>
public enum EntryKind : byte
{
    /// <summary>A new leader's first entry, which lets it commit its predecessors' (thesis 6.4); clients never see it.</summary>
    NoOp = 0,

    /// <summary>A command of the key-value state machine.</summary>
    Command = 1,

    /// <summary>A membership change; it takes effect when appended, not when committed (thesis 4.1).</summary>
    Configuration = 2,
}

/// <summary>One entry of the replicated log.</summary>
/// <param name="Id">Its name.</param>
/// <param name="Kind">How its payload is to be read.</param>
/// <param name="Payload">Its bytes. Never copied on the way through the core, and never changed by anyone after it was handed over.</param>
public readonly record struct LogEntry(EntryId Id, EntryKind Kind, ReadOnlyMemory<byte> Payload)
{
    /// <summary>The bytes that every entry costs besides its payload, in memory accounts and on the wire.</summary>
    public const int OverheadBytes = 32;

    /// <summary>What this entry counts for wherever bytes are bounded.</summary>
    public int SizeBytes => OverheadBytes + Payload.Length;
}

/// <summary>What a server is at the moment (thesis figure 3.3, with the pre-vote of section 9.6).</summary>
public enum Role
{
    /// <summary>Follows a leader or waits for one.</summary>
    Follower,

    /// <summary>Asks whether it could win before it disturbs anyone.</summary>
    PreCandidate,

    /// <summary>Asks for votes in a new term.</summary>
    Candidate,

    /// <summary>Leads its term.</summary>
    Leader,
}
