using System.Buffers.Binary;
using RaftKv.Core.Consensus;

namespace RaftKv.Core.Kv;

/// <summary>
/// Turns a frozen state into bytes and back: pairs with their histories, and the sessions with the replies they
/// remember, without which a resend would be applied again after a snapshot (S8). Equal states give equal bytes (I3).
/// The format is versioned in its first bytes and frozen by a test.
/// </summary>
/// <remarks>
/// <code>
/// bytes   "RKVS"
/// byte    version = 1
/// number  applied index, revision
/// number  count of sessions; of each, by rising id: id, last used, acknowledged below, count of replies;
///           of each reply, by rising sequence: sequence, status, revision, create revision, modify revision, version
/// number  count of pairs; of each, in key order: key, value (each a number of bytes and so many bytes),
///           create revision, modify revision, version
/// 8 bytes state hash, little-endian
/// </code>
/// A number is little-endian base 128 with the high bit as "more", at most 9 bytes. Nothing follows.
/// </remarks>
public static partial class KvSnapshot
{
    internal const int DefaultChunkBytes = 64 * 1024;

    private const byte FormatVersion = 1;

    private static ReadOnlySpan<byte> Magic => "RKVS"u8;

    /// <summary>
    /// The bytes of a state, in chunks: memory stays bounded by a chunk and the largest value, however large the state
    /// is. The state never changes, so any thread may take its time. A chunk is valid until the next is asked for.
    /// </summary>
    /// <param name="view">The state.</param>
    /// <param name="chunkBytes">About how large a chunk is; a larger value makes a larger chunk.</param>
    public static IEnumerable<ReadOnlyMemory<byte>> Write(KvView view, int chunkBytes = DefaultChunkBytes)
    {
        ArgumentNullException.ThrowIfNull(view);
        ArgumentOutOfRangeException.ThrowIfLessThan(chunkBytes, 1);
        return WriteChunks(view, chunkBytes);
    }

    /// <summary>The state that bytes describe, cut into chunks in any way. Nothing of the chunks is kept.</summary>
    /// <exception cref="FormatException">They are no snapshot of a known version, cut off, out of order, or altered.</exception>
    public static KvView Read(IEnumerable<ReadOnlyMemory<byte>> chunks)
    {
        ArgumentNullException.ThrowIfNull(chunks);
        using var source = new Source(chunks);
        ReadHead(source);
        var applied = new LogIndex(source.Number());
        var revision = source.Number();
        var sessions = ReadSessions(source);
        var view = ReadPairs(source, KvView.Empty with { Applied = applied, Sessions = sessions }).At(revision);
        var hash = BinaryPrimitives.ReadUInt64LittleEndian(source.Bytes(8));
        if (hash != view.StateHash)
        {
            throw new FormatException($"The snapshot says state hash {hash:x16}, its content has {view.StateHash:x16}: it was altered.");
        }

        return source.IsAtEnd ? view : throw new FormatException("Bytes follow the end of the snapshot.");
    }

    private static IEnumerable<ReadOnlyMemory<byte>> WriteChunks(KvView view, int chunkBytes)
    {
        var chunk = new Chunk(chunkBytes);
        chunk.Raw(Magic);
        chunk.Raw([FormatVersion]);
        chunk.Number(view.Applied.Value);
        chunk.Number(view.Revision);
        chunk.Number(view.SessionCount);
        foreach (var session in view.Sessions.All)
        {
            chunk.Number(session.Id);
            chunk.Number(session.LastUsed);
            chunk.Number(session.AcknowledgedBelow);
            chunk.Number(session.Replies.Count);
            foreach (var (sequence, reply) in session.Replies.All())
            {
                chunk.Reply(sequence, reply);
                if (chunk.IsFull)
                {
                    yield return chunk.Take();
                }
            }
        }

        chunk.Number(view.Count);
        foreach (var pair in view.Scan(default, default))
        {
            chunk.Bytes(pair.Key.Span);
            chunk.Bytes(pair.Value.Span);
            chunk.Number(pair.CreateRevision);
            chunk.Number(pair.ModifyRevision);
            chunk.Number(pair.Version);
            if (chunk.IsFull)
            {
                yield return chunk.Take();
            }
        }

        chunk.Hash(view.StateHash);
        yield return chunk.Take();
    }

    private static void ReadHead(Source source)
    {
        if (!source.Bytes(Magic.Length).SequenceEqual(Magic))
        {
            throw new FormatException("These bytes are no snapshot of a key-value state.");
        }

        var version = source.Bytes(1)[0];
        if (version != FormatVersion)
        {
            throw new FormatException($"The snapshot has format version {version}; this server knows version {FormatVersion}.");
        }
    }

    private static Sessions ReadSessions(Source source)
    {
        var sessions = Sessions.Empty;
        var lastId = 0L;
        for (var left = source.Number(); left > 0; left--)
        {
            var id = source.Number();
            RequireRising(id > lastId, "session", id);
            lastId = id;
            var (lastUsed, below) = (source.Number(), source.Number());
            sessions = sessions.Set(ReadReplies(source, new Session(id)
            {
                LastUsed = lastUsed,
                AcknowledgedBelow = below,
                Replies = new(Comparer<long>.Default),
            }));
        }

        return sessions;
    }

    private static Session ReadReplies(Source source, Session session)
    {
        var lastSequence = -1L;
        for (var left = source.Number(); left > 0; left--)
        {
            var sequence = source.Number();
            RequireRising(sequence > lastSequence, "sequence", sequence);
            lastSequence = sequence;
            var reply = new Reply(
                StatusOf(source.Number()), source.Number(), source.Number(), source.Number(), source.Number());
            session = session.Remember(sequence, reply, int.MaxValue, session.LastUsed);
        }

        return session;
    }

    private static ReplyStatus StatusOf(long number) => number <= byte.MaxValue && Enum.IsDefined((ReplyStatus)number)
        ? (ReplyStatus)number
        : throw new FormatException($"The snapshot holds the unknown reply status {number}.");

    private static KvView ReadPairs(Source source, KvView view)
    {
        ReadOnlyMemory<byte> last = default;
        for (var left = source.Number(); left > 0; left--)
        {
            var key = source.Bytes(source.Length()).ToArray();
            RequireRising(key.AsSpan().SequenceCompareTo(last.Span) > 0, "key of bytes", key.Length);
            last = key;
            var value = source.Bytes(source.Length()).ToArray();
            var pair = new KeyValuePair(key, value, source.Number(), source.Number(), source.Number());
            view = view.With(pair, null, pair.ModifyRevision);
        }

        return view;
    }

    private static void RequireRising(bool rises, string what, long number)
    {
        if (!rises)
        {
            throw new FormatException($"The snapshot holds {what} {number} out of order or twice.");
        }
    }
}
