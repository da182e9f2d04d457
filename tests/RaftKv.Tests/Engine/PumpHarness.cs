using RaftKv.Core.Consensus;
using RaftKv.Engine.Driver;

namespace RaftKv.Tests.Engine;

/// <summary>A pump around a real core, with ports that a test opens and closes by hand.</summary>
internal sealed class PumpHarness : IInbox, IPeerTransport, ILogWriter, ILogReader, IApplier, IRequestObserver
{
    private readonly Queue<InputEvent> _inbox = new();
    private readonly Queue<long> _writeCompletions = new();
    private readonly Queue<LogIndex> _applyCompletions = new();
    private readonly Queue<LogReadResult> _readResults = new();

    public PumpHarness(
        int servers = 3, RecoveredState? recovered = null, PumpOptions? options = null, Func<RaftOptions, RaftOptions>? change = null,
        ISnapshots? snapshots = null)
    {
        var raft = new RaftOptions
        {
            Id = new NodeId(1),
            Voters = [.. Enumerable.Range(1, servers).Select(i => new NodeId(i))],
            Seed = 1,
        };
        Core = new Raft(change?.Invoke(raft) ?? raft, recovered ?? RecoveredState.Empty, Now);
        var ports = new PumpPorts
        {
            Inbox = this,
            Transport = this,
            LogWriter = this,
            LogReader = this,
            Applier = this,
            Observer = this,
            Snapshots = snapshots,
        };
        Pump = new Pump(Core, ports, options ?? new PumpOptions(), LogIndex.Zero);
    }

    public Raft Core { get; }

    public Pump Pump { get; }

    public Instant Now { get; set; } = new(1_000_000);

    /// <summary>How long the process is paused before the next event comes in and is taken.</summary>
    public TimeSpan PauseBeforeEvents { get; set; }

    public bool TransportIsOpen { get; set; } = true;

    public List<Message> Sent { get; } = [];

    public List<Save> Saves { get; } = [];

    public List<LogRead> Reads { get; } = [];

    public List<IReadOnlyList<LogEntry>> AppliedChunks { get; } = [];

    public List<RoleChange> Changes { get; } = [];

    public List<ReadReady> ReadyReads { get; } = [];

    public List<TransferEnded> EndedTransfers { get; } = [];

    public List<SnapshotMeta> Restored { get; } = [];

    public List<CheckpointEnded> EndedCheckpoints { get; } = [];

    public List<MembershipEnded> EndedChanges { get; } = [];

    public List<ConfigurationChange> Configurations { get; } = [];

    public List<ProposalAppended> AppendedProposals { get; } = [];

    public HaltReason? Halt { get; private set; }

    public List<(EntryId Last, string Fault)> DamagedSnapshots { get; } = [];

    public int TrySendCount { get; private set; }

    public IEnumerable<LogEntry> AppliedEntries => AppliedChunks.SelectMany(c => c);

    public PumpHarness Give(InputEvent inputEvent)
    {
        _inbox.Enqueue(inputEvent);
        return this;
    }

    public PumpHarness Give(Message message) => Give(new MessageReceived(message));

    /// <summary>Turns until nothing is left to do at this moment.</summary>
    public PumpHarness Run()
    {
        for (var turns = 0; Pump.Turn(() => Now); turns++)
        {
            if (turns > 1000)
            {
                throw new InvalidOperationException("The pump never comes to rest.");
            }
        }

        return this;
    }

    public PumpHarness Advance(double milliseconds)
    {
        Now += TimeSpan.FromMilliseconds(milliseconds);
        return Run();
    }

    /// <summary>The disk finishes everything up to a save.</summary>
    public PumpHarness CompleteSaves(long upTo)
    {
        _writeCompletions.Enqueue(upTo);
        return Run();
    }

    public PumpHarness CompleteAllSaves() => Saves.Count == 0 ? this : CompleteSaves(Saves[^1].SaveId);

    public PumpHarness CompleteApply(long index)
    {
        _applyCompletions.Enqueue(new LogIndex(index));
        return Run();
    }

    public PumpHarness AnswerRead(LogRead read, IReadOnlyList<LogEntry> entries)
    {
        _readResults.Enqueue(new LogReadResult(read.ReadId, entries));
        return Run();
    }

    public List<T> TakeSent<T>()
        where T : Message
    {
        var taken = Sent.OfType<T>().ToList();
        Sent.Clear();
        return taken;
    }

    /// <summary>Makes the core lead, with its first entry durable here and at server 2.</summary>
    public PumpHarness BecomeLeader()
    {
        Advance(2000);
        Give(new PreVoteResponse(new NodeId(2), Core.Id, Core.Term.Next, Core.Term.Next, true)).Run();
        CompleteAllSaves();
        Give(new VoteResponse(new NodeId(2), Core.Id, Core.Term, true)).Run();
        CompleteAllSaves();
        if (Core.Role != Role.Leader)
        {
            throw new InvalidOperationException($"It is {Core.Role}.");
        }

        return this;
    }

    public PumpHarness Accept(int from, long match) =>
        Give(new AppendAccepted(new NodeId(from), Core.Id, Core.Term, new LogIndex(match))).Run();

    public PumpHarness Propose(params byte[][] payloads)
    {
        foreach (var payload in payloads)
        {
            Give(new Proposal(AppendedProposals.Count + 1, payload));
        }

        return Run();
    }

    bool IInbox.TryTake(out InputEvent inputEvent)
    {
        if (_inbox.TryDequeue(out inputEvent!))
        {
            Now += PauseBeforeEvents;
            PauseBeforeEvents = TimeSpan.Zero;
            return true;
        }

        return false;
    }

    bool IPeerTransport.TrySend(Message message)
    {
        TrySendCount++;
        if (TransportIsOpen)
        {
            Sent.Add(message);
        }

        return TransportIsOpen;
    }

    void ILogWriter.Write(in Save save) => Saves.Add(save with { Entries = [.. save.Entries] });

    bool ILogWriter.TryTakeCompletion(out long saveId) => _writeCompletions.TryDequeue(out saveId);

    void ILogReader.Request(in LogRead read) => Reads.Add(read);

    bool ILogReader.TryTake(out LogReadResult result) => _readResults.TryDequeue(out result);

    void IApplier.Restore(SnapshotMeta meta) => Restored.Add(meta);

    void IApplier.Apply(IReadOnlyList<LogEntry> entries) => AppliedChunks.Add(entries);

    bool IApplier.TryTakeCompletion(out LogIndex index) => _applyCompletions.TryDequeue(out index);

    void IRequestObserver.Appended(in ProposalAppended appended) => AppendedProposals.Add(appended);

    void IRequestObserver.Refused(in ProposalRefused refused)
    {
    }

    void IRequestObserver.Ready(in ReadReady ready) => ReadyReads.Add(ready);

    void IRequestObserver.Refused(in ReadRefused refused)
    {
    }

    void IRequestObserver.Ended(in TransferEnded ended) => EndedTransfers.Add(ended);

    void IRequestObserver.Ended(in CheckpointEnded ended) => EndedCheckpoints.Add(ended);

    void IRequestObserver.Ended(in MembershipEnded ended) => EndedChanges.Add(ended);

    void IRequestObserver.Changed(in ConfigurationChange change) => Configurations.Add(change);

    void IRequestObserver.Changed(in RoleChange change) => Changes.Add(change);

    void IRequestObserver.Halted(HaltReason reason) => Halt = reason;

    void IRequestObserver.Damaged(EntryId last, string fault) => DamagedSnapshots.Add((last, fault));
}
