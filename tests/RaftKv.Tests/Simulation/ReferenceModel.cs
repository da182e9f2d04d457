using System.Text;
using RaftKv.Core.Kv;

namespace RaftKv.Tests.Simulation;

/// <summary>
/// An own, slow state machine with sessions: what the history of committed commands means, told a second time in other
/// words. A command of a session takes effect once; a session is forgotten when it was used least recently of too many.
/// </summary>
internal sealed class ReferenceModel(int maxSessions)
{
    private readonly SortedDictionary<string, (string Value, long Version)> _pairs = new(StringComparer.Ordinal);
    private readonly Dictionary<long, ModelSession> _sessions = [];
    private readonly HashSet<string> _written = [];
    private readonly SortedDictionary<string, List<Change>> _changes = new(StringComparer.Ordinal);

    /// <summary>What a key holds from an index on; nothing when it was deleted.</summary>
    private readonly record struct Change(long Index, string? Value, long Version);

    private sealed class ModelSession
    {
        public long LastUsed { get; set; }

        public long Below { get; set; }

        public Dictionary<long, (ReplyStatus Status, long Version)> Replies { get; } = [];
    }

    public IEnumerable<(string Key, string Value, long Version)> Pairs => _pairs.Select(p => (p.Key, p.Value.Value, p.Value.Version));

    /// <summary>The pairs of a range as they were at an index.</summary>
    public IEnumerable<(string Key, string Value, long Version)> PairsAt(long index, string prefix, string from)
    {
        foreach (var (key, changes) in InRange(prefix, from))
        {
            if (changes.FindLast(c => c.Index <= index) is { Value: { } value } change)
            {
                yield return (key, value, change.Version);
            }
        }
    }

    /// <summary>The last changes, deletions too, of the keys of a range as it was at an index.</summary>
    public IEnumerable<(string Key, long Revision)> ChangesAt(long index, string prefix, string from) =>
        InRange(prefix, from).Select(k => (k.Key, k.Value.FindLast(c => c.Index <= index).Index));

    /// <summary>What a value is called in histories: its beginning, without what only makes it long.</summary>
    public static string NameOf(ReadOnlySpan<byte> value)
    {
        var end = value.IndexOf((byte)'~');
        return Encoding.ASCII.GetString(end < 0 ? value : value[..end]);
    }

    public (ReplyStatus Status, long Version) Apply(long index, Command command)
    {
        if (command.Kind == CommandKind.OpenSession)
        {
            _sessions[index] = new ModelSession { LastUsed = index };
            if (_sessions.Count > maxSessions)
            {
                _sessions.Remove(_sessions.MinBy(s => s.Value.LastUsed).Key);
            }

            return (ReplyStatus.Ok, 0);
        }

        if (command.SessionId == 0)
        {
            return Execute(index, command);
        }

        if (!_sessions.TryGetValue(command.SessionId, out var session))
        {
            return (ReplyStatus.SessionUnknown, 0);
        }

        session.LastUsed = index;
        for (; session.Below < command.AcknowledgedBelow; session.Below++)
        {
            session.Replies.Remove(session.Below);
        }

        if (!session.Replies.TryGetValue(command.Sequence, out var reply))
        {
            reply = command.Sequence < session.Below ? (ReplyStatus.SequenceForgotten, 0) : Execute(index, command);
            session.Replies[command.Sequence] = reply;
        }

        return reply;
    }

    private IEnumerable<KeyValuePair<string, List<Change>>> InRange(string prefix, string from) => _changes.Where(k =>
        k.Key.StartsWith(prefix, StringComparison.Ordinal) && string.CompareOrdinal(k.Key, from) >= 0);

    private void Note(string key, Change change)
    {
        if (!_changes.TryGetValue(key, out var changes))
        {
            _changes.Add(key, changes = []);
        }

        changes.Add(change);
    }

    private (ReplyStatus Status, long Version) Execute(long index, Command command)
    {
        var key = Encoding.ASCII.GetString(command.Key.Span);
        var isThere = _pairs.TryGetValue(key, out var before);
        var holds = command.Condition.Kind switch
        {
            ConditionKind.None => true,
            ConditionKind.Version => command.Condition.Version == before.Version,
            _ => isThere && Encoding.ASCII.GetString(command.Condition.Value.Span) == before.Value,
        };
        if (!holds)
        {
            return (ReplyStatus.ConditionFailed, before.Version);
        }

        if (command.Kind == CommandKind.Delete)
        {
            if (!_pairs.Remove(key))
            {
                return (ReplyStatus.KeyNotFound, 0);
            }

            Note(key, new Change(index, null, 0));
            return (ReplyStatus.Ok, 0);
        }

        var value = Encoding.ASCII.GetString(command.Value.Span);
        var name = NameOf(command.Value.Span);
        Judge.Require(_written.Add(name), $"a write takes effect once, here {name} twice");
        _pairs[key] = (value, before.Version + 1);
        Note(key, new Change(index, value, before.Version + 1));
        return (ReplyStatus.Ok, before.Version + 1);
    }
}
