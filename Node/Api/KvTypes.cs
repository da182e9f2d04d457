namespace RaftKv.Api;

/// <summary>A pair as clients see it.</summary>
public sealed record KvPair(byte[] Key, byte[] Value, long CreateRevision, long ModifyRevision, long Version);

/// <summary>What a server answered to a read.</summary>
/// <param name="Pair">The pair, or null where that server has none.</param>
/// <param name="AppliedIndex">The index up to which it had applied the log.</param>
/// <param name="Server">The server's name.</param>
public sealed record KvReading(KvPair? Pair, long AppliedIndex, string Server);

/// <summary>What a write changed.</summary>
public readonly record struct WriteResult(long Revision, long CreateRevision, long ModifyRevision, long Version);

/// <summary>What must hold of a key before a write.</summary>
public readonly record struct WriteCondition
{
    /// <summary>The pair's version must be this; 0 means that the key must be absent. Null: not asked.</summary>
    public long? Version { get; init; }

    /// <summary>The pair's value must be exactly this. Null: not asked.</summary>
    public byte[]? Value { get; init; }
}
