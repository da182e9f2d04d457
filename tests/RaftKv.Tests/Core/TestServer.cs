using RaftKv.Core.Consensus;

namespace RaftKv.Tests.Core;

/// <summary>
/// A bare core with the least of a driver around it: a list as its disk, a list as its network. Saves complete at
/// once, or when the test says so. Every turn is checked against the invariants.
/// </summary>
internal sealed partial class TestServer
{
    private readonly Queue<PendingSave> _saves = new();
    private readonly List<(long SaveId, Message Message)> _held = [];
    private readonly Queue<InputEvent> _later = new();
    private readonly Invariants _invariants;
    private long _completed;

    public TestServer(RaftOptions options, RecoveredState recovered, IEnumerable<LogEntry> log, Instant now, bool autoSave = true)
    {
        Options = options;
        Now = now;
        AutoSave = autoSave;
        Log.AddRange(log);
        Durable.AddRange(Log);
        DurableHardState = recovered.HardState;
        DurableCompacted = recovered.Compacted;
        Snapshot = recovered.Snapshot;
        Raft = new Raft(options, recovered, now);
        _invariants = new Invariants(Raft);
    }

    public Raft Raft { get; }

    public RaftOptions Options { get; }

    public NodeId Id => Options.Id;

    public Instant Now { get; set; }

    /// <summary>How far this server's clock is ahead of the cluster's: clocks are never compared, so it may be any.</summary>
    public TimeSpan ClockAhead { get; set; }

    /// <summary>Whether saves complete in the turn in which they are issued.</summary>
    public bool AutoSave { get; set; }

    /// <summary>Whether committed entries count as applied in the turn in which they are handed out.</summary>
    public bool AutoApply { get; set; } = true;

    /// <summary>Everything handed to the disk.</summary>
    public List<LogEntry> Log { get; } = [];

    /// <summary>What a crash would leave.</summary>
    public List<LogEntry> Durable { get; } = [];

    /// <summary>The newest durable snapshot.</summary>
    public SnapshotMeta? Snapshot { get; private set; }

    /// <summary>The entry before the first durable one.</summary>
    public EntryId DurableCompacted { get; private set; }

    /// <summary>The snapshots that took the place of the state.</summary>
    public List<SnapshotMeta> Installed { get; } = [];

    /// <summary>What the leader was asked to send.</summary>
    public List<SnapshotSend> SnapshotSends { get; } = [];

    /// <summary>Whether parts of snapshots are taken in; otherwise they are only kept in <see cref="Chunks"/>.</summary>
    public bool AutoReceive { get; set; } = true;

    public List<SnapshotChunk> Chunks { get; } = [];

    public HardState DurableHardState { get; private set; }

    public List<Message> Outbox { get; } = [];

    public List<LogEntry> Applied { get; } = [];

    public List<ProposalAppended> Appended { get; } = [];

    public List<ProposalRefused> Refused { get; } = [];

    public List<ReadReady> ReadsReady { get; } = [];

    public List<ReadRefused> ReadsRefused { get; } = [];

    public List<TransferEnded> Transfers { get; } = [];

    public List<MembershipEnded> Memberships { get; } = [];

    public List<ConfigurationChange> Configurations { get; } = [];

    public List<RoleChange> RoleChanges { get; } = [];

    public HaltReason? Halt { get; private set; }

    /// <summary>Whether the note of a trimmed tail may go.</summary>
    public bool TailIsWhole { get; private set; }

    /// <summary>Told of every turn: the events that came in and the effects that came out.</summary>
    public Action<IReadOnlyList<InputEvent?>, Effects>? Observer { get; set; }

    /// <summary>A fresh server of a cluster of so many.</summary>
    public static TestServer Fresh(int id = 1, int of = 3, bool autoSave = true, Func<RaftOptions, RaftOptions>? change = null)
    {
        var options = OptionsOf(id, of);
        return new TestServer(change?.Invoke(options) ?? options, RecoveredState.Empty, [], new Instant(0), autoSave);
    }

    /// <summary>A server that is to join a running cluster of so many: it knows the voters and is none of them.</summary>
    public static TestServer Joining(int id, int of = 3, Func<RaftOptions, RaftOptions>? change = null)
    {
        var options = OptionsOf(id, of);
        return new TestServer(change?.Invoke(options) ?? options, RecoveredState.Empty, [], new Instant(0));
    }

    /// <summary>A server that comes back with a log whose entries have these terms.</summary>
    public static TestServer WithLog(
        IReadOnlyList<long> terms, long term, int id = 1, int of = 3, bool isRestart = false, bool trimmed = false,
        int votedFor = 0, bool autoSave = true, Func<RaftOptions, RaftOptions>? change = null)
    {
        var log = Entries(terms);
        var options = OptionsOf(id, of);
        var recovered = new RecoveredState
        {
            HardState = new HardState(new Term(term), new NodeId(votedFor)),
            Entries = [.. log.Select(e => new EntryMeta(e.Id.Term, e.SizeBytes))],
            IsRestart = isRestart,
            TailWasTrimmed = trimmed,
        };
        return new TestServer(change?.Invoke(options) ?? options, recovered, log, new Instant(0), autoSave);
    }

    /// <summary>A server whose log begins after a snapshot.</summary>
    public static TestServer WithSnapshot(
        EntryId last, IReadOnlyList<long> terms, long term, int id = 1, int of = 3, int trailing = 0, bool autoSave = true,
        Func<RaftOptions, RaftOptions>? change = null)
    {
        var log = Entries(terms, last.Index.Value + 1);
        var options = OptionsOf(id, of) with { SnapshotTrailingEntries = trailing };
        var recovered = new RecoveredState
        {
            HardState = new HardState(new Term(term), NodeId.None),
            Compacted = last,
            Snapshot = MetaOf(last, of),
            Applied = last.Index,
            Entries = [.. log.Select(e => new EntryMeta(e.Id.Term, e.SizeBytes))],
        };
        return new TestServer(change?.Invoke(options) ?? options, recovered, log, new Instant(0), autoSave);
    }

    /// <summary>What a snapshot of a cluster of so many stands for that ends with an entry.</summary>
    public static SnapshotMeta MetaOf(EntryId last, int of = 3) =>
        new(last, LogIndex.Zero, Configuration.Of(OptionsOf(1, of).Voters));

    public static RaftOptions OptionsOf(int id, int of) => new()
    {
        Id = new NodeId(id),
        Voters = [.. Enumerable.Range(1, of).Select(v => new NodeId(v))],
        Seed = (ulong)(1000 + id),
    };

    /// <summary>Entries of these terms, from the first index on.</summary>
    public static LogEntry[] Entries(IReadOnlyList<long> terms, long firstIndex = 1) =>
        [.. terms.Select((t, i) => new LogEntry(At(firstIndex + i, t), EntryKind.Command, Payload(t)))];

    public static EntryId At(long index, long term) => new(new Term(term), new LogIndex(index));

    private static byte[] Payload(long term) => [(byte)term];

    /// <summary>The terms of the log, for short comparisons.</summary>
    public IReadOnlyList<long> Terms => [.. Log.Select(e => e.Id.Term.Value)];
}
