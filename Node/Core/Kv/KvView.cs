using RaftKv.Core.Consensus;

namespace RaftKv.Core.Kv;

/// <summary>A frozen state of the store.</summary>
public sealed record KvView
{
    private KvView()
    {
    }

    /// <summary>The index up to which the log is contained.</summary>
    public LogIndex Applied { get; internal init; }

    /// <summary>The index of the last change of a pair.</summary>
    public long Revision { get; private init; }

    /// <summary>How many keys there are.</summary>
    public int Count => Pairs.Count;

    /// <summary>How many client sessions are open.</summary>
    public int SessionCount => Sessions.Count;

    /// <summary>An incremental hash over pairs and sessions: equal states have equal hashes.</summary>
    public ulong StateHash => unchecked(PairsHash + Sessions.Hash);

    internal static KvView Empty { get; } = new();

    /// <summary>
    /// The pairs alone: for a cluster that begins with this state and is none of those that the clients spoke to, so that
    /// nothing that was sent to those can be taken for a resend here.
    /// </summary>
    public KvView ForAnotherCluster() => this with { Sessions = Sessions.Empty };

    internal Sessions Sessions { get; init; } = Sessions.Empty;

    private PersistentTree<ReadOnlyMemory<byte>, HashedPair> Pairs { get; init; } = new(KeyOrder.Instance);

    private ulong PairsHash { get; init; }

    /// <summary>One pair, or null.</summary>
    public KeyValuePair? Get(ReadOnlyMemory<byte> key) => Find(key);

    /// <summary>Pairs in key order from <paramref name="from"/> (inclusive) whose keys begin with <paramref name="prefix"/>.</summary>
    public IEnumerable<KeyValuePair> Scan(ReadOnlyMemory<byte> prefix, ReadOnlyMemory<byte> from)
    {
        var start = KeyOrder.Instance.Compare(prefix, from) >= 0 ? prefix : from;
        foreach (var (key, hashed) in Pairs.From(start))
        {
            if (!key.Span.StartsWith(prefix.Span))
            {
                yield break;
            }

            yield return hashed.Pair;
        }
    }

    /// <summary>Whether two views are of the same state, as far as their hashes tell.</summary>
    public bool Equals(KvView? other) =>
        other is not null && Applied == other.Applied && Revision == other.Revision && StateHash == other.StateHash;

    /// <inheritdoc/>
    public override int GetHashCode() => unchecked((int)StateHash);

    internal KeyValuePair? Find(ReadOnlyMemory<byte> key) => Pairs.TryGet(key, out var hashed) ? hashed.Pair : null;

    internal KvView With(KeyValuePair pair, KeyValuePair? before, long revision)
    {
        var hashed = new HashedPair(pair, Kv.StateHash.Of(pair));
        return this with
        {
            Pairs = Pairs.Set(pair.Key, hashed),
            PairsHash = unchecked(PairsHash - HashOf(before) + hashed.Hash),
            Revision = revision,
        };
    }

    /// <summary>The same state; the last change may have deleted a pair, so the pairs do not tell its revision.</summary>
    internal KvView At(long revision) => this with { Revision = revision };

    internal KvView Without(KeyValuePair before, long revision) => this with
    {
        Pairs = Pairs.Remove(before.Key),
        PairsHash = unchecked(PairsHash - HashOf(before)),
        Revision = revision,
    };

    private ulong HashOf(KeyValuePair? pair) => pair is not null && Pairs.TryGet(pair.Key, out var hashed) ? hashed.Hash : 0;

    /// <summary>A pair with its hash, so that replacing a large value need not read it again.</summary>
    private readonly record struct HashedPair(KeyValuePair Pair, ulong Hash);

    /// <summary>Keys are bytes and ordered as bytes: no culture, no case.</summary>
    private sealed class KeyOrder : IComparer<ReadOnlyMemory<byte>>
    {
        public static KeyOrder Instance { get; } = new();

        public int Compare(ReadOnlyMemory<byte> x, ReadOnlyMemory<byte> y) => x.Span.SequenceCompareTo(y.Span);
    }
}
