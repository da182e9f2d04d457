using System.Collections.Concurrent;
using System.IO.Hashing;
using RaftKv.Core.Consensus;

namespace RaftKv.Tests.Exploration;

/// <summary>A message under way, known by a number.</summary>
internal sealed record InternedMessage(int Number, Message Message, UInt128[] Hashes)
{
    public int To { get; } = Message.To.Value - 1;

    /// <summary>Whether it is an answer, which means nothing to one who is in a later term for good.</summary>
    public bool IsAnswer { get; } = Message is VoteResponse or AppendAccepted or AppendRejected or HeartbeatResponse or SnapshotChunkAccepted
        or PreVoteResponse or TimeoutNow;
}

/// <summary>What one server can be, known by a number.</summary>
internal sealed class InternedServer(int number, CoreServer server, UInt128[] hashes, bool isTimed)
{
    public int Number { get; } = number;

    public CoreServer Server { get; } = server;

    /// <summary>Its fingerprint under each way to name the servers.</summary>
    public UInt128[] Hashes { get; } = hashes;

    public bool IsUp { get; } = server.Raft is not null;

    public bool IsElectionDue { get; } = Timers.IsElectionDue(server, isTimed);

    public bool IsOtherDue { get; } = Timers.IsOtherDue(server);

    public Role Role { get; } = server.Raft?.Role ?? Role.Follower;

    public long Term { get; } = server.Raft?.Term.Value ?? server.Disk.HardState.Term.Value;

    /// <summary>The log in memory, or on disk while it is down.</summary>
    public LogEntry[] Log { get; } = server.Raft is null ? server.Disk.Entries : [.. server.Log];
}

/// <summary>What a move at one server leads to; the same wherever that server's state is the same.</summary>
internal sealed record Outcome(InternedServer Next, int[] Sent, Seen[] Seen, string? Violation, bool CanBeSlow, bool GoesOn);

/// <summary>
/// All states of single servers and all messages that occurred, each once. A cluster's state is made of their numbers,
/// and each move of each server's state is computed by the core once.
/// </summary>
/// <param name="bounds">The bounds of the search.</param>
/// <param name="names">The ways to name the servers.</param>
/// <param name="merges">Whether servers whose states are the same become one; without it every move is a new one of the core.</param>
internal sealed class Interned(Bounds bounds, Names names, bool merges = true)
{
    private static readonly TimeSpan HorizonMargin = Bounds.TickTime;

    private readonly ConcurrentDictionary<UInt128, InternedServer> _servers = new();
    private readonly ConcurrentDictionary<UInt128, InternedMessage> _messages = new();
    private readonly ConcurrentDictionary<ulong, Outcome> _outcomes = new();
    private InternedServer[] _serverOf = new InternedServer[1024];
    private InternedMessage[] _messageOf = new InternedMessage[1024];
    private int _serverCount;
    private int _messageCount;

    public int ServerCount => _serverCount;

    public int MessageCount => _messageCount;

    public int OutcomeCount => _outcomes.Count;

    public InternedServer Server(int number) => Volatile.Read(ref _serverOf)[number];

    public InternedMessage Message(int number) => Volatile.Read(ref _messageOf)[number];

    /// <summary>What a move leads to.</summary>
    public Outcome After(InternedServer server, Move move, Worker worker)
    {
        var key = ((ulong)(uint)server.Number << 32) | move.Key;
        if (!merges || !_outcomes.TryGetValue(key, out var outcome))
        {
            outcome = Compute(server, move, worker);
            _ = merges && _outcomes.TryAdd(key, outcome);
        }

        return outcome;
    }

    public InternedServer Intern(CoreServer server, Worker worker)
    {
        var hashes = Hash(worker, server.WriteState);
        if (merges && _servers.TryGetValue(hashes[0], out var known))
        {
            return known;
        }

        lock (_servers)
        {
            if (!merges || !_servers.TryGetValue(hashes[0], out known))
            {
                known = new InternedServer(_serverCount, server, hashes, bounds.Timed);
                Place(ref _serverOf, _serverCount, known);
                _serverCount++;
                _servers[hashes[0]] = known;
            }

            return known;
        }
    }

    public InternedMessage Intern(Message message, Worker worker)
    {
        var hashes = Hash(worker, w => MessageWriter.Write(w, message));
        if (_messages.TryGetValue(hashes[0], out var known))
        {
            return known;
        }

        lock (_messages)
        {
            if (!_messages.TryGetValue(hashes[0], out known))
            {
                known = new InternedMessage(_messageCount, message, hashes);
                Place(ref _messageOf, _messageCount, known);
                _messageCount++;
                _messages[hashes[0]] = known;
            }

            return known;
        }
    }

    /// <summary>The writers of a thread: one for each way to name the servers.</summary>
    public CanonicalWriter[] MakeWriters() =>
    [
        .. names.ByOldName.Select(n => new CanonicalWriter(CoreServer.Now, (Bounds.TickTime * bounds.UpperTicks) + HorizonMargin, n)),
    ];

    private Outcome Compute(InternedServer server, Move move, Worker worker)
    {
        var message = move.Kind is MoveKind.Deliver or MoveKind.Repeat ? Message(move.Argument).Message : null;
        var turns = worker.Turns;
        var after = turns.After(server.Server, move, message);
        return new Outcome(
            Intern(after, worker), [.. turns.Sent.Select(m => Intern(m, worker).Number)], [.. turns.Seen], turns.Violation, turns.CanBeSlow, turns.GoesOn);
    }

    private static UInt128[] Hash(Worker worker, Action<CanonicalWriter> write)
    {
        var hashes = new UInt128[worker.Writers.Length];
        for (var i = 0; i < hashes.Length; i++)
        {
            worker.Writers[i].Clear();
            write(worker.Writers[i]);
            hashes[i] = XxHash128.HashToUInt128(worker.Writers[i].Written);
        }

        return hashes;
    }

    private static void Place<T>(ref T[] array, int at, T value)
    {
        if (at == array.Length)
        {
            var larger = new T[at * 2];
            array.CopyTo(larger, 0);
            larger[at] = value;
            Volatile.Write(ref array, larger);
            return;
        }

        array[at] = value;
    }
}

/// <summary>What one thread of a search needs for itself.</summary>
internal sealed class Worker(Bounds bounds, Interned interned)
{
    public Turns Turns { get; } = new(bounds);

    public CanonicalWriter[] Writers { get; } = interned.MakeWriters();

    public ClusterState Current { get; } = new(bounds);

    public ClusterState Next { get; } = new(bounds);

    public List<Move> Moves { get; } = [];

    public byte[] Scratch { get; } = new byte[16 * 1024];
}
