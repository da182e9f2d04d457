using RaftKv.Core.Consensus;

namespace RaftKv.Tests.Core;

/// <summary>Short ways to write messages in tests. The receiver is server 1 unless said otherwise.</summary>
internal static class Say
{
    public static NodeId N(int id) => new(id);

    public static EntryId At(long index, long term) => TestServer.At(index, term);

    public static PreVoteRequest PreVote(int from, long term, EntryId last, int to = 1) =>
        new(N(from), N(to), new Term(term), last);

    public static PreVoteResponse PreVoteGranted(int from, long campaign, int to = 1) =>
        new(N(from), N(to), new Term(campaign), new Term(campaign), Granted: true);

    public static PreVoteResponse PreVoteRefused(int from, long campaign, long term, int to = 1) =>
        new(N(from), N(to), new Term(term), new Term(campaign), Granted: false);

    public static VoteRequest Vote(int from, long term, EntryId last, int to = 1, bool isTransfer = false) =>
        new(N(from), N(to), new Term(term), last, isTransfer);

    public static VoteResponse Voted(int from, long term, bool granted = true, int to = 1) =>
        new(N(from), N(to), new Term(term), granted);

    public static AppendRequest Append(int from, long term, EntryId previous, long[]? terms = null, long commit = 0, int to = 1) =>
        new(N(from), N(to), new Term(term), previous, TestServer.Entries(terms ?? [], previous.Index.Value + 1), new LogIndex(commit));

    public static AppendAccepted Accepted(int from, long term, long match, int to = 1) =>
        new(N(from), N(to), new Term(term), new LogIndex(match));

    public static AppendRejected Rejected(int from, long term, long rejected, EntryId hint, int to = 1) =>
        new(N(from), N(to), new Term(term), new LogIndex(rejected), hint);

    public static Heartbeat Beat(int from, long term, long commit = 0, long round = 1, int to = 1) =>
        new(N(from), N(to), new Term(term), new LogIndex(commit), round);

    public static HeartbeatResponse Beaten(int from, long term, long round, int to = 1, TimeSpan? loyalFor = null) =>
        new(N(from), N(to), new Term(term), round, loyalFor ?? TimeSpan.FromMinutes(10));

    public static HelloResponse Hello(
        int from, long term, long acknowledgedTerm, long acknowledged, int to = 1, EntryId last = default, bool isSpokenFor = true) =>
        new(N(from), N(to), new Term(term), new Term(acknowledgedTerm), new LogIndex(acknowledged), last, Run: 0, isSpokenFor);

    /// <summary>The messages of one kind.</summary>
    public static List<T> Of<T>(this IEnumerable<Message> messages)
        where T : Message => [.. messages.OfType<T>()];

    /// <summary>Lets a server time out, win its term with the votes of the others, and settle as leader; its outbox is empty then.</summary>
    public static TestServer MadeLeader(this TestServer server)
    {
        var peers = server.Options.Voters.Where(v => v != server.Id).Select(v => v.Value).ToList();
        while (server.Raft.Role is Role.Follower)
        {
            server.AtDeadline();
        }

        if (server.Raft.Role == Role.PreCandidate)
        {
            foreach (var peer in peers)
            {
                server.Receive(PreVoteGranted(peer, server.Raft.Term.Value + 1, server.Id.Value));
            }
        }

        while (server.PendingSaves > 0)
        {
            server.CompleteSave();
        }

        foreach (var peer in peers)
        {
            server.Receive(Voted(peer, server.Raft.Term.Value, to: server.Id.Value));
        }

        Assert.Equal(Role.Leader, server.Raft.Role);
        while (server.PendingSaves > 0)
        {
            server.CompleteSave();
        }

        server.Outbox.Clear();
        return server;
    }

    /// <summary>Every peer of a leader acknowledges all that it has.</summary>
    public static TestServer AcceptedByAll(this TestServer leader)
    {
        foreach (var peer in leader.Options.Voters.Where(v => v != leader.Id))
        {
            leader.Receive(Accepted(peer.Value, leader.Raft.Term.Value, leader.Raft.LastEntry.Index.Value, leader.Id.Value));
        }

        leader.Outbox.Clear();
        return leader;
    }

    /// <summary>The name that a follower gives to its first attempt to read.</summary>
    public static long FirstAttempt(this TestServer server)
    {
        server.Receive(Beat(2, 1));
        return server.Step(new ReadRequest(1, ReadConsistency.Linearizable)).Of<ReadIndexRequest>()[0].Attempt;
    }
}
