using RaftKv.Core.Consensus;

namespace RaftKv.Core.Kv;

/// <summary>
/// The replicated key-value state: an ordered, copy-on-write map with sessions. Deterministic: equal logs give equal
/// states, equal hashes and equal snapshot bytes (I3). One thread applies; <see cref="View"/> may be read from any.
/// </summary>
public sealed class KvStore
{
    /// <summary>The most replies remembered for one session; beyond it the oldest is forgotten. Equal on all servers.</summary>
    public const int MaxRepliesPerSession = 4096;

    private readonly int _maxSessions;
    private volatile KvView _view = KvView.Empty;

    /// <summary>An empty store.</summary>
    /// <param name="maxSessions">
    /// The most sessions kept, the least recently used going first, for entries that do not say it themselves: those of
    /// earlier versions. Equal on all servers.
    /// </param>
    public KvStore(int maxSessions = 10_000)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxSessions, 1);
        _maxSessions = maxSessions;
    }

    /// <summary>The last applied index.</summary>
    public LogIndex Applied => _view.Applied;

    /// <summary>A frozen view of the state: O(1) to take, safe to read from any thread, never changes.</summary>
    public KvView View => _view;

    /// <summary>Goes on from a snapshot that is newer than what was applied.</summary>
    /// <exception cref="InvalidOperationException">It is not newer: acknowledged writes would be undone (P9, S2).</exception>
    public void Restore(KvView view)
    {
        ArgumentNullException.ThrowIfNull(view);
        if (view.Applied <= _view.Applied)
        {
            throw new InvalidOperationException($"A snapshot up to {view.Applied} cannot replace a state that has applied {_view.Applied}.");
        }

        _view = view;
    }

    /// <summary>Applies the next entry of the log; entries that are not commands only move <see cref="Applied"/>.</summary>
    /// <returns>The reply for the client, or null for entries that are not commands.</returns>
    /// <exception cref="InvalidOperationException">The entry is not the next one: applying it would make this server differ (P8).</exception>
    /// <exception cref="FormatException">The command is of a version that this server does not know; it must stop.</exception>
    public Reply? Apply(in LogEntry entry)
    {
        var view = _view;
        if (entry.Id.Index != view.Applied.Next)
        {
            throw new InvalidOperationException($"Entry {entry.Id} cannot be applied after {view.Applied}.");
        }

        if (entry.Kind != EntryKind.Command)
        {
            _view = view with { Applied = entry.Id.Index };
            return null;
        }

        var command = CommandCodec.Decode(entry.Payload);
        var (next, reply) = Apply(view with { Applied = entry.Id.Index }, command, entry.Id.Index.Value);
        _view = next;
        return reply;
    }

    private (KvView View, Reply Reply) Apply(KvView view, Command command, long index)
    {
        if (command.Kind == CommandKind.OpenSession)
        {
            var opened = view with { Sessions = view.Sessions.Open(index, command.MaxSessions > 0 ? command.MaxSessions : _maxSessions) };
            return (opened, new Reply(ReplyStatus.Ok, index, index, index, 0));
        }

        if (command.SessionId == 0)
        {
            return Execute(view, command, index);
        }

        if (!view.Sessions.TryGet(command.SessionId, out var session))
        {
            return (view, new Reply(ReplyStatus.SessionUnknown, view.Revision, 0, 0, 0));
        }

        if (command.Kind == CommandKind.CloseSession)
        {
            var closed = view with { Sessions = view.Sessions.Close(session.Id) };
            return (closed, new Reply(ReplyStatus.Ok, view.Revision, 0, 0, 0));
        }

        return ApplyOnce(view, session.Acknowledge(command.AcknowledgedBelow, index), command, index);
    }

    /// <summary>Applies a command of a session unless it was applied before, in which case its reply is repeated (X1).</summary>
    private static (KvView View, Reply Reply) ApplyOnce(KvView view, Session session, Command command, long index)
    {
        if (session.Replies.TryGet(command.Sequence, out var remembered))
        {
            return (view with { Sessions = view.Sessions.Set(session) }, remembered);
        }

        if (command.Sequence < session.AcknowledgedBelow)
        {
            var forgotten = new Reply(ReplyStatus.SequenceForgotten, view.Revision, 0, 0, 0);
            return (view with { Sessions = view.Sessions.Set(session) }, forgotten);
        }

        var (next, reply) = Execute(view, command, index);
        session = session.Remember(command.Sequence, reply, MaxRepliesPerSession, index);
        return (next with { Sessions = next.Sessions.Set(session) }, reply);
    }

    private static (KvView View, Reply Reply) Execute(KvView view, Command command, long index)
    {
        if (command.Kind == CommandKind.CloseSession)
        {
            return (view, new Reply(ReplyStatus.SessionUnknown, view.Revision, 0, 0, 0));
        }

        var before = view.Find(command.Key);
        if (!Holds(command.Condition, before))
        {
            return (view, ReplyOf(ReplyStatus.ConditionFailed, view.Revision, before));
        }

        if (command.Kind == CommandKind.Delete)
        {
            return before is null
                ? (view, ReplyOf(ReplyStatus.KeyNotFound, view.Revision, null))
                : (view.Without(before, index), ReplyOf(ReplyStatus.Ok, index, null));
        }

        // Copied, because a payload may be a slice of a large buffer that the store would otherwise keep alive.
        var pair = new KeyValuePair(
            before?.Key ?? command.Key.ToArray(), command.Value.ToArray(),
            before?.CreateRevision ?? index, index, (before?.Version ?? 0) + 1);
        return (view.With(pair, before, index), ReplyOf(ReplyStatus.Ok, index, pair));
    }

    private static bool Holds(in Condition condition, KeyValuePair? pair) => condition.Kind switch
    {
        ConditionKind.None => true,
        ConditionKind.Version => (pair?.Version ?? 0) == condition.Version,
        _ => pair is not null && pair.Value.Span.SequenceEqual(condition.Value.Span),
    };

    private static Reply ReplyOf(ReplyStatus status, long revision, KeyValuePair? pair) =>
        new(status, revision, pair?.CreateRevision ?? 0, pair?.ModifyRevision ?? 0, pair?.Version ?? 0);
}
