using RaftKv.Core.Consensus;

namespace RaftKv.Engine.Driver;

/// <summary>Where the pump takes its inputs from. Threads and transports fill it; only the pump empties it.</summary>
public interface IInbox
{
    /// <summary>Takes the oldest waiting event, without blocking.</summary>
    bool TryTake(out InputEvent inputEvent);
}

/// <summary>
/// Sends messages to peers. Never blocks and never throws: what cannot be sent is dropped, as a network may. Called
/// only from the pump.
/// </summary>
public interface IPeerTransport
{
    /// <summary>Queues a message for its receiver.</summary>
    /// <returns>False when it was dropped at once (no connection, queue full), so that the pump can report a lost append.</returns>
    bool TrySend(Message message);
}

/// <summary>
/// Writes saves durably, in order, off the loop. One flush covers every save that was handed over while the previous
/// flush ran; nothing is written before that flush returned.
/// </summary>
public interface ILogWriter
{
    /// <summary>Hands over one save; the lists may be reused by the caller after the call.</summary>
    void Write(in Save save);

    /// <summary>Takes the number of the newest save that has become durable, if it is newer than the last one taken.</summary>
    bool TryTakeCompletion(out long saveId);

    /// <summary>Whether the oldest write waits for room on the disk (P11).</summary>
    bool IsDiskFull => false;
}

/// <summary>Reads entries back from the log, off the loop, for peers that lag behind the cache and for applying after a restart.</summary>
public interface ILogReader
{
    /// <summary>Asks for entries; the answer comes with <see cref="TryTake"/>, in any order.</summary>
    void Request(in LogRead read);

    /// <summary>Takes an answer, if one is there.</summary>
    bool TryTake(out LogReadResult result);
}

/// <summary>A request for entries.</summary>
/// <param name="ReadId">The pump's name for it.</param>
/// <param name="Range">Which entries.</param>
/// <param name="MaxBytes">Stop before this many bytes, but never before the first entry.</param>
public readonly record struct LogRead(long ReadId, IndexRange Range, int MaxBytes)
{
    /// <summary>The same for its first entries only; what is left out is asked for again.</summary>
    public LogRead First(int count) => this with { Range = Range with { Last = LogIndex.Min(Range.Last, Range.First + (count - 1)) } };
}

/// <summary>An answer.</summary>
/// <param name="ReadId">The request.</param>
/// <param name="Entries">Contiguous entries from the first one asked for; empty when the log no longer holds it.</param>
public readonly record struct LogReadResult(long ReadId, IReadOnlyList<LogEntry> Entries);

/// <summary>Applies committed entries, off the loop and in order.</summary>
public interface IApplier
{
    /// <summary>Hands over committed entries, contiguous with the last call.</summary>
    void Apply(IReadOnlyList<LogEntry> entries);

    /// <summary>
    /// Replaces the state by a durable snapshot of this server, after what was handed over before; what comes next is
    /// applied to it. Of several that wait only the last has to be done.
    /// </summary>
    void Restore(SnapshotMeta meta);

    /// <summary>Takes the index up to which everything is applied, if it is newer than the last one taken.</summary>
    bool TryTakeCompletion(out LogIndex index);
}

/// <summary>
/// Makes, keeps, reads and receives the snapshots of this server, off the loop. The answers come with
/// <see cref="TryTake"/> and <see cref="TryTakeRead"/>.
/// </summary>
public interface ISnapshots
{
    /// <summary>Holds on to the applied state as it is now, which costs next to nothing.</summary>
    /// <returns>The index up to which it is applied.</returns>
    LogIndex Freeze();

    /// <summary>Makes a snapshot of the state that was frozen last; answered with a <see cref="SnapshotTaken"/> once it is durable.</summary>
    void Write(SnapshotMeta meta);

    /// <summary>Asks for a part of a snapshot.</summary>
    void Request(in SnapshotRead read);

    /// <summary>Says which snapshots are being sent, and so must not be removed.</summary>
    void Keep(IReadOnlyCollection<EntryId> inUse);

    /// <summary>
    /// Takes in a part of a leader's snapshot; answered with a <see cref="SnapshotChunkStored"/>, and with a
    /// <see cref="SnapshotReceived"/> once all of it is durable.
    /// </summary>
    void Receive(SnapshotChunk chunk);

    /// <summary>Takes an answer, if one is there.</summary>
    bool TryTake(out InputEvent inputEvent);

    /// <summary>Takes a part that was asked for, if one is there.</summary>
    bool TryTakeRead(out SnapshotReadResult result);
}

/// <summary>A request for a part of a snapshot.</summary>
/// <param name="ReadId">The pump's name for it.</param>
/// <param name="Last">Which snapshot: its last entry.</param>
/// <param name="Offset">From where.</param>
/// <param name="MaxBytes">How much at most.</param>
/// <param name="IsFirst">Whether nothing of it was sent to this peer yet: then the whole file is read through before, and must be intact.</param>
public readonly record struct SnapshotRead(long ReadId, EntryId Last, long Offset, int MaxBytes, bool IsFirst = false);

/// <summary>A part of a snapshot.</summary>
/// <param name="ReadId">The request.</param>
/// <param name="Data">The part; empty at the end of the snapshot.</param>
/// <param name="TotalBytes">The length of the whole; zero when there is no such snapshot any more, or when it is damaged.</param>
/// <param name="Fault">What is wrong with the file, in words that name it; null when nothing is.</param>
public readonly record struct SnapshotReadResult(long ReadId, ReadOnlyMemory<byte> Data, long TotalBytes, string? Fault = null);

/// <summary>Someone wants a snapshot now, whatever the thresholds say. Not for the core: the pump answers it.</summary>
/// <param name="RequestId">A name for it, unique while it is pending.</param>
public sealed record TakeCheckpoint(long RequestId) : InputEvent;

/// <summary>A requested snapshot is durable, or there is none to take.</summary>
/// <param name="RequestId">The request.</param>
/// <param name="Last">The last entry of the newest snapshot; zero when nothing was applied yet, or snapshots are off.</param>
/// <param name="IsOff">Whether this server takes no snapshots.</param>
public readonly record struct CheckpointEnded(long RequestId, EntryId Last, bool IsOff);

/// <summary>What the pump tells anyone who waits for requests. Called only from the pump; must not block.</summary>
public interface IRequestObserver
{
    /// <summary>A proposal has its place in the log.</summary>
    void Appended(in ProposalAppended appended);

    /// <summary>A proposal was refused.</summary>
    void Refused(in ProposalRefused refused);

    /// <summary>A read may be served.</summary>
    void Ready(in ReadReady ready);

    /// <summary>A read was refused.</summary>
    void Refused(in ReadRefused refused);

    /// <summary>A handover of leadership ended.</summary>
    void Ended(in TransferEnded ended);

    /// <summary>A requested snapshot is durable.</summary>
    void Ended(in CheckpointEnded ended);

    /// <summary>A change of the membership ended.</summary>
    void Ended(in MembershipEnded ended);

    /// <summary>The configuration in force changed, or came to be known as committed.</summary>
    void Changed(in ConfigurationChange change);

    /// <summary>Role, term or leader changed.</summary>
    void Changed(in RoleChange change);

    /// <summary>This server must stop.</summary>
    void Halted(HaltReason reason);

    /// <summary>The core went on without what could vouch for its disk.</summary>
    void WentOn(WentOn how)
    {
    }

    /// <summary>A snapshot that was to be sent is damaged on this server's disk, and is not sent.</summary>
    /// <param name="last">The snapshot: its last entry.</param>
    /// <param name="fault">What is wrong, in words that name the file.</param>
    void Damaged(EntryId last, string fault)
    {
    }
}
