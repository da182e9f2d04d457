using RaftKv.Core.Consensus;

namespace RaftKv.Core.Kv;

/// <summary>
/// The replicated key-value state: an ordered, copy-on-write map with sessions. Deterministic: equal logs give equal
/// states, equal hashes and equal snapshot bytes (I3). One thread applies; <see cref="View"/> may be read from any.
/// </summary>
public sealed partial class KvStore
{
    /// <summary>An empty store.</summary>
    /// <param name="maxSessions">The most sessions kept; the least recently used goes first. Equal on all servers.</param>
    public KvStore(int maxSessions = 10_000) => throw new NotImplementedException();

    /// <summary>The last applied index.</summary>
    public LogIndex Applied => throw new NotImplementedException();

    /// <summary>A frozen view of the state: O(1) to take, safe to read from any thread, never changes.</summary>
    public KvView View => throw new NotImplementedException();

    /// <summary>Applies the next entry of the log; entries that are not commands only move <see cref="Applied"/>.</summary>
    /// <returns>The reply for the client, or null for entries that are not commands.</returns>
    public Reply? Apply(in LogEntry entry) => throw new NotImplementedException();
}

/// <summary>A frozen state of the store.</summary>
public sealed partial class KvView
{
    /// <summary>The index up to which the log is contained.</summary>
    public LogIndex Applied => throw new NotImplementedException();

    /// <summary>The index of the last change.</summary>
    public long Revision => throw new NotImplementedException();

    /// <summary>How many keys there are.</summary>
    public int Count => throw new NotImplementedException();

    /// <summary>An incremental hash over pairs and sessions: equal states have equal hashes.</summary>
    public ulong StateHash => throw new NotImplementedException();

    /// <summary>One pair, or null.</summary>
    public KeyValuePair? Get(ReadOnlyMemory<byte> key) => throw new NotImplementedException();

    /// <summary>Pairs in key order from <paramref name="from"/> (inclusive) whose keys begin with <paramref name="prefix"/>.</summary>
    public IEnumerable<KeyValuePair> Scan(ReadOnlyMemory<byte> prefix, ReadOnlyMemory<byte> from) => throw new NotImplementedException();
}
