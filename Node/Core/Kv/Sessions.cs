namespace RaftKv.Core.Kv;

/// <summary>
/// One client's memory in the replicated state: what it sent and was answered, so that a resend is answered and not
/// applied again (thesis 6.3). Never changes; an update makes a new one.
/// </summary>
internal sealed record Session(long Id)
{
    /// <summary>The index of the last command of this session: what least recently used is judged by, equal on all servers.</summary>
    public required long LastUsed { get; init; }

    /// <summary>The client will not ask again for sequences below this.</summary>
    public long AcknowledgedBelow { get; init; }

    /// <summary>Replies to the sequences from there on.</summary>
    public required PersistentTree<long, Reply> Replies { get; init; }

    /// <summary>The sum of the replies' hashes.</summary>
    public ulong RepliesHash { get; init; }

    /// <summary>A session that has heard that its client has the replies below a sequence.</summary>
    public Session Acknowledge(long below, long index)
    {
        var session = this with { LastUsed = index };
        if (below <= AcknowledgedBelow)
        {
            return session;
        }

        var replies = Replies;
        var hash = RepliesHash;
        while (replies.TryGetFirst(out var sequence, out var reply) && sequence < below)
        {
            replies = replies.Remove(sequence);
            hash = unchecked(hash - StateHash.Of(sequence, reply));
        }

        return session with { AcknowledgedBelow = below, Replies = replies, RepliesHash = hash };
    }

    /// <summary>A session that remembers one more reply, and forgets the oldest where it would hold too many.</summary>
    public Session Remember(long sequence, in Reply reply, int maxReplies, long index)
    {
        var session = this with
        {
            Replies = Replies.Set(sequence, reply),
            RepliesHash = unchecked(RepliesHash + StateHash.Of(sequence, reply)),
        };
        return session.Replies.Count > maxReplies && session.Replies.TryGetFirst(out var oldest, out _)
            ? session.Acknowledge(oldest + 1, index)
            : session;
    }
}

/// <summary>
/// All sessions. Which one goes when there are too many is decided by the order of the log alone, never by a clock,
/// so that all servers forget the same (X2).
/// </summary>
internal sealed class Sessions
{
    private readonly PersistentTree<long, Session> _byId;
    private readonly PersistentTree<long, long> _byLastUse;

    private Sessions(PersistentTree<long, Session> byId, PersistentTree<long, long> byLastUse, ulong hash)
    {
        _byId = byId;
        _byLastUse = byLastUse;
        Hash = hash;
    }

    /// <summary>No session.</summary>
    public static Sessions Empty { get; } = new(new(Comparer<long>.Default), new(Comparer<long>.Default), 0);

    /// <summary>How many there are.</summary>
    public int Count => _byId.Count;

    /// <summary>The sum of the sessions' hashes.</summary>
    public ulong Hash { get; }

    /// <summary>All of them, by rising id.</summary>
    public IEnumerable<Session> All => _byId.All().Select(s => s.Value);

    /// <summary>One session, if it is known.</summary>
    public bool TryGet(long id, out Session session) => _byId.TryGet(id, out session);

    /// <summary>Opens a session; the least recently used ones beyond the limit are forgotten.</summary>
    public Sessions Open(long index, int maxSessions)
    {
        var sessions = Set(new Session(index) { LastUsed = index, Replies = new(Comparer<long>.Default) });
        while (sessions.Count > maxSessions && sessions._byLastUse.TryGetFirst(out _, out var oldest))
        {
            sessions = sessions.Close(oldest);
        }

        return sessions;
    }

    /// <summary>Adds a session, or replaces it.</summary>
    public Sessions Set(Session session)
    {
        var byLastUse = _byLastUse;
        var hash = Hash;
        if (_byId.TryGet(session.Id, out var before))
        {
            byLastUse = byLastUse.Remove(before.LastUsed);
            hash = unchecked(hash - StateHash.Of(before));
        }

        return new Sessions(
            _byId.Set(session.Id, session),
            byLastUse.Set(session.LastUsed, session.Id),
            unchecked(hash + StateHash.Of(session)));
    }

    /// <summary>Forgets a session.</summary>
    public Sessions Close(long id) =>
        _byId.TryGet(id, out var session)
            ? new Sessions(_byId.Remove(id), _byLastUse.Remove(session.LastUsed), unchecked(Hash - StateHash.Of(session)))
            : this;
}
