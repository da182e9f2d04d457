namespace RaftKv.Core.Kv;

/// <summary>What a command does. The numbers are written to disk: they may only grow.</summary>
public enum CommandKind : byte
{
    /// <summary>Opens a client session; its id is the index of this entry, which the reply carries as its revision (thesis 6.3).</summary>
    OpenSession = 1,

    /// <summary>Sets a key, under an optional condition.</summary>
    Put = 2,

    /// <summary>Deletes a key, under an optional condition.</summary>
    Delete = 3,

    /// <summary>Closes a client session.</summary>
    CloseSession = 4,
}

/// <summary>What must hold of a key for a write to happen. Numbers are written to disk: they may only grow.</summary>
public enum ConditionKind : byte
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>The pair has this version; version 0 means that the key is absent.</summary>
    Version = 1,

    /// <summary>The pair has exactly this value.</summary>
    Value = 2,
}

/// <summary>A condition on the state of a key before a write.</summary>
/// <param name="Kind">Which.</param>
/// <param name="Version">For <see cref="ConditionKind.Version"/>.</param>
/// <param name="Value">For <see cref="ConditionKind.Value"/>.</param>
public readonly record struct Condition(ConditionKind Kind, long Version, ReadOnlyMemory<byte> Value)
{
    /// <summary>No condition.</summary>
    public static Condition None => default;
}

/// <summary>
/// A client's command as it is replicated. <see cref="SessionId"/> and <see cref="Sequence"/> name it forever, so
/// that a resend is answered and not applied again (thesis 6.3, X1).
/// </summary>
public sealed record Command
{
    /// <summary>What to do.</summary>
    public required CommandKind Kind { get; init; }

    /// <summary>The client's session; 0 for none, which gives up exactly-once.</summary>
    public long SessionId { get; init; }

    /// <summary>The command's number in its session, from 1.</summary>
    public long Sequence { get; init; }

    /// <summary>The client has the replies of all sequences below this and will not ask again (X3).</summary>
    public long AcknowledgedBelow { get; init; }

    /// <summary>
    /// With <see cref="CommandKind.OpenSession"/>: how many sessions are kept once this one is open. It goes with the
    /// command, because whatever decides the state must be the same on all servers; 0 in commands of earlier versions.
    /// </summary>
    public int MaxSessions { get; init; }

    /// <summary>The key, 1 byte to 4 KiB.</summary>
    public ReadOnlyMemory<byte> Key { get; init; }

    /// <summary>The value.</summary>
    public ReadOnlyMemory<byte> Value { get; init; }

    /// <summary>What must hold for the write to happen.</summary>
    public Condition Condition { get; init; }
}

/// <summary>How a command ended. Numbers are written to snapshots: they may only grow.</summary>
public enum ReplyStatus : byte
{
    /// <summary>Done.</summary>
    Ok = 0,

    /// <summary>The key does not exist.</summary>
    KeyNotFound = 1,

    /// <summary>The condition did not hold; nothing changed.</summary>
    ConditionFailed = 2,

    /// <summary>The session is unknown: expired, or never opened. Whether the command was applied before is unknown (X2).</summary>
    SessionUnknown = 3,

    /// <summary>The sequence number is below what the client acknowledged: its reply is gone.</summary>
    SequenceForgotten = 4,
}

/// <summary>The state machine's answer to a command.</summary>
/// <param name="Status">How it ended.</param>
/// <param name="Revision">The store's revision after it: the log index of the last change.</param>
/// <param name="CreateRevision">When the pair was created; 0 when there is none.</param>
/// <param name="ModifyRevision">When it was last changed; 0 when there is none.</param>
/// <param name="Version">How often it was written since created; 0 when there is none.</param>
public readonly record struct Reply(
    ReplyStatus Status, long Revision, long CreateRevision, long ModifyRevision, long Version);

/// <summary>A key with its value and history.</summary>
/// <param name="Key">The key.</param>
/// <param name="Value">The value.</param>
/// <param name="CreateRevision">The log index at which it was created.</param>
/// <param name="ModifyRevision">The log index of its last write.</param>
/// <param name="Version">How often it was written since created, from 1.</param>
public sealed record KeyValuePair(
    ReadOnlyMemory<byte> Key, ReadOnlyMemory<byte> Value, long CreateRevision, long ModifyRevision, long Version);
