using System.Text;
using RaftKv.Core.Consensus;
using RaftKv.Core.Kv;

namespace RaftKv.Tests.Core;

/// <summary>The key-value state machine: revisions, conditions, order, sessions.</summary>
public sealed class KvStoreTests
{
    private readonly KvStore _store = new(maxSessions: 3);

    internal static byte[] B(string text) => Encoding.UTF8.GetBytes(text);

    internal static Command Put(string key, string value, long session = 0, long sequence = 0, long acknowledged = 0, Condition condition = default) => new()
    {
        Kind = CommandKind.Put,
        Key = B(key),
        Value = B(value),
        SessionId = session,
        Sequence = sequence,
        AcknowledgedBelow = acknowledged,
        Condition = condition,
    };

    internal static Command Delete(string key, Condition condition = default) =>
        new() { Kind = CommandKind.Delete, Key = B(key), Condition = condition };

    internal static Command Open { get; } = new() { Kind = CommandKind.OpenSession };

    internal static Reply Apply(KvStore store, Command command) => store.Apply(new LogEntry(
        new EntryId(new Term(1), store.Applied.Next), EntryKind.Command, CommandCodec.Encode(command)))!.Value;

    private Reply Apply(Command command) => Apply(_store, command);

    private static Condition Version(long version) => new(ConditionKind.Version, version, default);

    private static Condition Value(string value) => new(ConditionKind.Value, 0, B(value));

    private string? Read(string key) => _store.View.Get(B(key)) is { } pair ? Encoding.UTF8.GetString(pair.Value.Span) : null;

    [Fact]
    public void Put_GivesRevisionsAndVersions()
    {
        Assert.Equal(new Reply(ReplyStatus.Ok, 1, 1, 1, 1), Apply(Put("a", "x")));
        Assert.Equal(new Reply(ReplyStatus.Ok, 2, 2, 2, 1), Apply(Put("b", "y")));
        Assert.Equal(new Reply(ReplyStatus.Ok, 3, 1, 3, 2), Apply(Put("a", "z")));
        var pair = _store.View.Get(B("a"))!;
        Assert.Equal((1, 3, 2), (pair.CreateRevision, pair.ModifyRevision, pair.Version));
        Assert.Equal((3, 2), (_store.View.Revision, _store.View.Count));
    }

    [Fact]
    public void Delete_EndsAHistoryAndAnAbsentKeyIsNamed()
    {
        Apply(Put("a", "x"));
        Assert.Equal(new Reply(ReplyStatus.Ok, 2, 0, 0, 0), Apply(Delete("a")));
        Assert.Equal(new Reply(ReplyStatus.KeyNotFound, 2, 0, 0, 0), Apply(Delete("a")));
        Assert.Null(Read("a"));
        Assert.Equal(new Reply(ReplyStatus.Ok, 4, 4, 4, 1), Apply(Put("a", "y")));
    }

    [Fact]
    public void Condition_OnTheVersion()
    {
        Assert.Equal(ReplyStatus.ConditionFailed, Apply(Put("a", "x", condition: Version(1))).Status);
        Assert.Equal(ReplyStatus.Ok, Apply(Put("a", "x", condition: Version(0))).Status);
        Assert.Equal(new Reply(ReplyStatus.ConditionFailed, 2, 2, 2, 1), Apply(Put("a", "y", condition: Version(0))));
        Assert.Equal(ReplyStatus.Ok, Apply(Put("a", "y", condition: Version(1))).Status);
        Assert.Equal("y", Read("a"));
        Assert.Equal(ReplyStatus.ConditionFailed, Apply(Delete("a", Version(1))).Status);
        Assert.Equal(ReplyStatus.Ok, Apply(Delete("a", Version(2))).Status);
    }

    [Fact]
    public void Condition_OnTheValue()
    {
        Assert.Equal(ReplyStatus.ConditionFailed, Apply(Put("a", "x", condition: Value("")))!.Status);
        Apply(Put("a", "x"));
        Assert.Equal(ReplyStatus.ConditionFailed, Apply(Put("a", "y", condition: Value("X"))).Status);
        Assert.Equal(ReplyStatus.Ok, Apply(Put("a", "y", condition: Value("x"))).Status);
        Assert.Equal("y", Read("a"));
    }

    [Fact]
    public void Scan_IsInByteOrderFromAKeyAndBoundToAPrefix()
    {
        foreach (var key in new[] { "b", "a/2", "B", "a/10", "a/1", "a0", "ä", "a/" })
        {
            Apply(Put(key, key));
        }

        string[] Keys(string prefix, string from) =>
            [.. _store.View.Scan(B(prefix), B(from)).Select(p => Encoding.UTF8.GetString(p.Key.Span))];
        Assert.Equal(["B", "a/", "a/1", "a/10", "a/2", "a0", "b", "ä"], Keys("", ""));
        Assert.Equal(["a/", "a/1", "a/10", "a/2"], Keys("a/", ""));
        Assert.Equal(["a/10", "a/2"], Keys("a/", "a/10"));
        Assert.Equal(["a/", "a/1", "a/10", "a/2"], Keys("a/", "B"));
        Assert.Empty(Keys("a/", "b"));
    }

    [Fact]
    public void View_NeverChanges()
    {
        Apply(Put("a", "x"));
        var view = _store.View;
        Apply(Put("a", "y"));
        Apply(Put("b", "y"));
        Assert.Equal((1, "x"), (view.Count, Encoding.UTF8.GetString(view.Get(B("a"))!.Value.Span)));
        Assert.Equal(new LogIndex(1), view.Applied);
    }

    [Fact]
    public void OtherEntries_OnlyMoveTheAppliedIndex()
    {
        Assert.Null(_store.Apply(new LogEntry(TestServer.At(1, 1), EntryKind.NoOp, default)));
        Assert.Equal((new LogIndex(1), 0), (_store.Applied, _store.View.Count));
    }

    [Fact]
    public void P8_EntriesAreAppliedOnceAndInOrder()
    {
        Apply(Put("a", "x"));
        var payload = CommandCodec.Encode(Put("a", "y"));
        foreach (var index in new[] { 1, 3 })
        {
            Assert.Throws<InvalidOperationException>(() => _store.Apply(new LogEntry(TestServer.At(index, 1), EntryKind.Command, payload)));
        }
    }

    [Fact]
    public void X1_ResentCommandIsAnsweredAndNotAppliedAgain()
    {
        var session = Apply(Open).Revision;
        Assert.Equal(1, session);
        var first = Apply(Put("a", "x", session, 1));
        Apply(Put("a", "other"));
        Assert.Equal(first, Apply(Put("a", "x", session, 1)));
        Assert.Equal("other", Read("a"));
    }

    [Fact]
    public void X1_RefusedConditionIsRememberedToo()
    {
        var session = Apply(Open).Revision;
        var first = Apply(Put("a", "x", session, 1, condition: Version(5)));
        Apply(Put("a", "1"));
        Assert.Equal(ReplyStatus.ConditionFailed, first.Status);
        Assert.Equal(first, Apply(Put("a", "x", session, 1, condition: Version(5))));
    }

    [Fact]
    public void X2_UnknownSessionIsAnErrorAndNothingIsApplied()
    {
        Assert.Equal(ReplyStatus.SessionUnknown, Apply(Put("a", "x", session: 77, sequence: 1)).Status);
        Assert.Null(Read("a"));
        var close = new Command { Kind = CommandKind.CloseSession, SessionId = 77 };
        Assert.Equal(ReplyStatus.SessionUnknown, Apply(close).Status);
    }

    [Fact]
    public void X2_LeastRecentlyUsedSessionGoesFirst()
    {
        var sessions = Enumerable.Range(0, 3).Select(_ => Apply(Open).Revision).ToList();
        Apply(Put("a", "1", sessions[0], 1));
        Apply(Put("a", "1", sessions[0], 1));
        Apply(Put("a", "2", sessions[2], 1));
        Apply(Open);
        Assert.Equal(ReplyStatus.SessionUnknown, Apply(Put("a", "3", sessions[1], 1)).Status);
        Assert.Equal(ReplyStatus.Ok, Apply(Put("a", "3", sessions[0], 2)).Status);
        Assert.Equal(3, _store.View.SessionCount);
    }

    [Fact]
    public void X2_EveryServerForgetsTheSameSessionsAlsoAfterASnapshot()
    {
        var other = new KvStore(3);
        foreach (var command in new[] { Open, Open, Open, Put("a", "1", 1, 1), Put("a", "2", 3, 1) })
        {
            Assert.Equal(Apply(command), Apply(other, command));
        }

        // The third has all this from a snapshot; from here on the second session is the first to go, and then the first.
        var third = new KvStore(3);
        third.Restore(KvSnapshot.Read(KvSnapshot.Write(other.View)));
        foreach (var command in new[] { Open, Put("a", "3", 2, 1), Put("a", "4", 3, 2), Open, Put("a", "5", 1, 2), Put("a", "6", 3, 3) })
        {
            var reply = Apply(command);
            Assert.Equal(reply, Apply(other, command));
            Assert.Equal(reply, Apply(third, command));
            Assert.Equal(command.SessionId is 1 or 2 ? ReplyStatus.SessionUnknown : ReplyStatus.Ok, reply.Status);
        }

        Assert.Equal(_store.View.StateHash, other.View.StateHash);
        Assert.Equal(_store.View.StateHash, third.View.StateHash);
    }

    /// <summary>A limit that each server takes from its own options would let equal logs give different states.</summary>
    [Fact]
    public void X2_H7_ServersOfDifferentLimitsForgetTheSameSessions()
    {
        var open = new Command { Kind = CommandKind.OpenSession, MaxSessions = 2 };
        var (small, large) = (new KvStore(1), new KvStore(1000));
        foreach (var command in new[] { open, open, open, Put("a", "1", 1, 1), Put("a", "2", 2, 1) })
        {
            Assert.Equal(Apply(small, command), Apply(large, command));
        }

        Assert.Equal((2, small.View.StateHash), (large.View.SessionCount, large.View.StateHash));
    }

    [Fact]
    public void X2_ClosedSessionIsUnknown()
    {
        var session = Apply(Open).Revision;
        Assert.Equal(ReplyStatus.Ok, Apply(new Command { Kind = CommandKind.CloseSession, SessionId = session }).Status);
        Assert.Equal(ReplyStatus.SessionUnknown, Apply(Put("a", "x", session, 1)).Status);
    }

    [Fact]
    public void X3_RepliesAreKeptFromTheLowestUnacknowledgedSequenceOn()
    {
        var session = Apply(Open).Revision;
        var second = Apply(Put("b", "2", session, 2));
        var first = Apply(Put("a", "1", session, 1));
        Assert.Equal(first, Apply(Put("a", "1", session, 1)));
        Assert.Equal(second, Apply(Put("b", "2", session, 2)));
        Apply(Put("c", "3", session, 3, acknowledged: 2));
        Assert.Equal(ReplyStatus.SequenceForgotten, Apply(Put("a", "9", session, 1)).Status);
        Assert.Equal(second, Apply(Put("b", "2", session, 2)));
        Assert.Equal("1", Read("a"));
    }

    [Fact]
    public void X3_RepliesOfOneSessionAreBounded()
    {
        var session = Apply(Open).Revision;
        for (var i = 1; i <= KvStore.MaxRepliesPerSession + 1; i++)
        {
            Apply(Put("a", "1", session, i));
        }

        Assert.Equal(ReplyStatus.SequenceForgotten, Apply(Put("a", "1", session, 1)).Status);
        var version = _store.View.Get(B("a"))!.Version;
        Apply(Put("a", "1", session, 2));
        Assert.Equal(version, _store.View.Get(B("a"))!.Version);
    }

    [Fact]
    public void I3_EqualLogsGiveEqualHashesAndEveryDifferenceShows()
    {
        var other = new KvStore(3);
        var empty = other.View.StateHash;
        Command[] log = [Open, Put("a", "1", 1, 1), Put("b", "2"), Put("a", "3", 1, 2, acknowledged: 2), Delete("b"), Open, Put("c", "")];
        var hashes = new HashSet<ulong> { empty };
        foreach (var command in log)
        {
            Apply(command);
            Apply(other, command);
            Assert.Equal(_store.View.StateHash, other.View.StateHash);
            Assert.True(hashes.Add(other.View.StateHash), "A change does not show in the hash.");
        }
    }

    [Fact]
    public void I3_HashOfAStateThatWasLeftAndReachedAgainIsTheSame()
    {
        Apply(Put("a", "1"));
        var before = _store.View.StateHash;
        Apply(Put("b", "1"));
        Apply(Delete("b"));
        Assert.Equal(before, _store.View.StateHash);
    }

    [Fact]
    public void I3_HashIsTheSameOnEveryMachine()
    {
        Apply(Open);
        Apply(Put("key", "a value longer than eight bytes", 1, 1));
        Apply(Put("ä", ""));
        Assert.Equal(FrozenHash, _store.View.StateHash);
    }

    private const ulong FrozenHash = 18221245042681338722;
}
