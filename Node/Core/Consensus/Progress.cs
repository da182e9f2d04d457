namespace RaftKv.Core.Consensus;

/// <summary>
/// What a leader knows of one peer. Probing, it has at most one append under way, to find where the logs agree;
/// otherwise it streams as many as the window allows. Every doubt (a rejection, a timeout, a lost append) leads back
/// to probing. A peer whose next entry is compacted receives a snapshot and nothing else until it has it.
/// Invariants: Match &lt; Next; what is under way covers Match+1 to Next-1, oldest first; while a snapshot is under
/// way, Next is the entry after it.
/// </summary>
internal sealed partial class Progress(NodeId id)
{
    private readonly Queue<(LogIndex Last, long Bytes, Instant Sent)> _inflight = new();

    private LogIndex _roundEnd;
    private Instant _roundStart;
    private TimeSpan _lastRound = TimeSpan.MaxValue;

    /// <summary>Which peer.</summary>
    public NodeId Id { get; } = id;

    /// <summary>Whether the peer votes and counts in the configuration in force; otherwise it is a learner.</summary>
    public bool IsVoter { get; set; }

    /// <summary>Its incarnation as far as any configuration has said; zero when none has.</summary>
    public ulong Incarnation { get; set; }

    /// <summary>Known to be durable at the peer and equal to this log up to here.</summary>
    public LogIndex Match { get; private set; }

    /// <summary>The next entry to send.</summary>
    public LogIndex Next { get; private set; }

    /// <summary>Whether the place where the logs agree is still being looked for.</summary>
    public bool IsProbing { get; private set; }

    /// <summary>While probing: when the unanswered probe was sent, or null when another may go.</summary>
    public Instant? ProbeSent { get; private set; }

    /// <summary>
    /// While probing: whether what was sent before may be merely slow, so that to send it again would make it slower.
    /// Only an empty probe goes, which is answered after whatever arrives before it.
    /// </summary>
    public bool IsInDoubt { get; private set; }

    /// <summary>The snapshot that the peer is receiving, or null. It stays the same until the peer has it or seems lost (S5).</summary>
    public SnapshotMeta? PendingSnapshot { get; private set; }

    /// <summary>
    /// Whether the log waits for this peer, which needs or needed a snapshot: from its beginning until the peer has caught up
    /// with what the log could be compacted to, so that one snapshot does not lead to the next (S5); not for one that no
    /// longer gets on, nor beyond <see cref="RaftOptions.MaxHeldLogBytes"/>.
    /// </summary>
    public bool HoldsLog { get; set; }

    /// <summary>When the peer last got on: said how far it is with a snapshot, or held more of the log than before; or when the sending began.</summary>
    public Instant SnapshotActivity { get; set; }

    /// <summary>While a snapshot is under way: when its sender was last told to go on.</summary>
    public Instant SnapshotNudged { get; set; }

    /// <summary>The bytes under way.</summary>
    public long InflightBytes { get; private set; }

    /// <summary>How many appends are under way.</summary>
    public int InflightCount => _inflight.Count;

    /// <summary>When the oldest append under way was sent; never when none is.</summary>
    public Instant OldestInflight => _inflight.Count == 0 ? Instant.Never : _inflight.Peek().Sent;

    /// <summary>The newest heartbeat round that the peer answered.</summary>
    public long AnsweredRound { get; private set; }

    /// <summary>For how long after that answer the peer elects no one else; forever while it has answered none, which counts for no lease.</summary>
    public TimeSpan LoyalFor { get; private set; } = TimeSpan.MaxValue;

    /// <summary>When the peer was last heard in this leadership.</summary>
    public Instant LastContact { get; set; }

    /// <summary>
    /// A moment at which the run whose acknowledgements count was there: the beginning of this leadership, of which they
    /// are, or when a heartbeat left that it answered (P7).
    /// </summary>
    public Instant AliveAt { get; set; }

    /// <summary>When the peer last answered an append, or was asked again for an answer.</summary>
    public Instant LastAnswer { get; set; }

    /// <summary>Whether the end of what was sent is to be asked after, with an empty append.</summary>
    public bool TailProbeDue { get; private set; }

    /// <summary>Whether a configuration means another server of the same id: both incarnations are known, and they differ.</summary>
    public bool IsOther(ulong incarnation) => incarnation != 0 && Incarnation != 0 && incarnation != Incarnation;

    /// <summary>
    /// Counts rounds of catching up: one ends when the peer holds all that the log held when it began (thesis 4.2.1).
    /// </summary>
    public void CountCatchUp(LogIndex last, Instant now)
    {
        if (Match >= _roundEnd)
        {
            _lastRound = now - _roundStart;
            _roundEnd = last;
            _roundStart = now;
        }
    }

    /// <summary>Whether the last round, and what has passed of this one, took no longer than this.</summary>
    public bool IsKeepingUp(Instant now, TimeSpan most) => _lastRound <= most && now - _roundStart <= most;

    /// <summary>Starts a leadership, or the time of a peer in one.</summary>
    public void Reset(LogIndex next, Instant now)
    {
        Match = LogIndex.Zero;
        HoldsLog = false;
        _runSince = 0;
        Next = next;
        AnsweredRound = 0;
        LoyalFor = TimeSpan.MaxValue;
        LastContact = now;
        AliveAt = now;
        LastAnswer = now;
        _roundEnd = next;
        _roundStart = now;
        _lastRound = TimeSpan.MaxValue;
        StartProbing();
    }

    /// <summary>Records an append that leaves now.</summary>
    public void Sent(LogIndex last, long bytes, Instant now)
    {
        TailProbeDue = false;
        if (IsProbing)
        {
            ProbeSent = now;
        }
        else if (last >= Next)
        {
            _inflight.Enqueue((last, bytes, now));
            InflightBytes += bytes;
            Next = last.Next;
        }
    }

    /// <summary>The peer has everything up to an index durably.</summary>
    public void Accept(Term term, LogIndex match, Instant now)
    {
        LastAnswer = now;
        var acknowledged = new EntryId(term, match);
        Acknowledged = acknowledged > Acknowledged ? acknowledged : Acknowledged;
        Match = LogIndex.Max(Match, match);
        if (IsProbing && PendingSnapshot is null && match.Next >= Next)
        {
            IsProbing = false;
            IsInDoubt = false;
            ProbeSent = null;
        }

        Next = LogIndex.Max(Next, match.Next);
        while (_inflight.Count > 0 && _inflight.Peek().Last <= match)
        {
            InflightBytes -= _inflight.Dequeue().Bytes;
        }
    }

    /// <summary>Whether a rejection answers something still under way; an old one must not undo progress (R6).</summary>
    public bool IsCurrent(LogIndex rejected) =>
        rejected > Match && PendingSnapshot is null && (IsProbing ? rejected == Next.Previous : rejected < Next);

    /// <summary>The logs differ at the rejected index: look further back, but never behind what is known to match.</summary>
    public void Reject(LogIndex rejected, LogIndex candidate, Instant now)
    {
        LastAnswer = now;
        Next = LogIndex.Max(Match.Next, LogIndex.Min(candidate.Next, rejected));
        StartProbing();
    }

    /// <summary>What was under way is in doubt: look again from what is known (R13).</summary>
    /// <param name="mayBeSlow">Whether it may still arrive.</param>
    public void Doubt(bool mayBeSlow = false)
    {
        if (!IsProbing || PendingSnapshot is not null)
        {
            Next = Match.Next;
        }

        StartProbing();
        IsInDoubt = mayBeSlow;
    }

    /// <summary>Asks after the end of what was sent, at the next opportunity.</summary>
    public void AskAfterTail(Instant now)
    {
        LastAnswer = now;
        TailProbeDue = true;
    }

    /// <summary>The entries that the peer needs are compacted: it gets a snapshot instead.</summary>
    public void StartSnapshot(SnapshotMeta snapshot, Instant now)
    {
        StartProbing();
        PendingSnapshot = snapshot;
        HoldsLog = true;
        Next = snapshot.Last.Index.Next;
        SnapshotActivity = now;
        SnapshotNudged = now;
    }

    /// <summary>The peer can go on with entries after what it has, with the snapshot or without it (S7).</summary>
    public void EndSnapshot(LogIndex match, Instant now)
    {
        StartProbing();
        SnapshotActivity = now;
        Next = LogIndex.Max(Match, match).Next;
    }

    /// <summary>The peer started again and holds durably only this much: what it acknowledged before may be gone.</summary>
    /// <param name="matching">How far its log is known to equal this one.</param>
    /// <param name="candidate">The last entry that can match.</param>
    public void Restarted(LogIndex matching, LogIndex candidate)
    {
        Match = LogIndex.Min(Match, matching);
        Next = LogIndex.Max(Match.Next, LogIndex.Min(Next, candidate.Next));
        StartProbing();
    }

    /// <summary>Writes what outlives a leadership.</summary>
    internal void WriteMemory(CanonicalWriter to)
    {
        to.Server(Id);
        to.Flag(IsVoter);
        to.Number(unchecked((long)Incarnation));
        to.Number(Run);
        to.Entry(Acknowledged);
        to.Entry(AcknowledgedBefore);
        to.InOrder(_leftRuns, r => to.Number(r));
    }

    /// <summary>Writes what is known in a leadership, and what <see cref="Reset"/> forgets.</summary>
    internal void WriteState(CanonicalWriter to)
    {
        to.Index(Match);
        to.Index(Next);
        to.Flag(IsProbing);
        to.Flag(ProbeSent is not null);
        to.Moment(ProbeSent ?? default);
        to.Flag(IsInDoubt);
        to.Snapshot(PendingSnapshot);
        to.Flag(HoldsLog);
        to.Moment(SnapshotActivity);
        to.Moment(SnapshotNudged);
        to.InOrder(_inflight, i =>
        {
            to.Index(i.Last);
            to.Number(i.Bytes);
            to.Moment(i.Sent);
        });
        to.Number(InflightBytes);
        to.Number(AnsweredRound);
        to.Time(LoyalFor);
        to.Number(_runSince);
        to.Moment(LastContact);
        to.Moment(AliveAt);
        to.Moment(LastAnswer);
        to.Flag(TailProbeDue);
        to.Index(_roundEnd);
        to.Moment(_roundStart);
        to.Time(_lastRound);
    }

    private void StartProbing()
    {
        IsProbing = true;
        IsInDoubt = false;
        ProbeSent = null;
        PendingSnapshot = null;
        TailProbeDue = false;
        _inflight.Clear();
        InflightBytes = 0;
    }
}
