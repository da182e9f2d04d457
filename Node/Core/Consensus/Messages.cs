namespace RaftKv.Core.Consensus;

/// <summary>
/// What servers say to each other. Each kind is its own record, so that no field is meaningless; a transport may drop,
/// repeat, delay and reorder any of them (R16).
/// </summary>
/// <param name="From">The sender.</param>
/// <param name="To">The receiver.</param>
/// <param name="Term">The sender's term when it made the message; in pre-votes the term that would be campaigned for.</param>
public abstract record Message(NodeId From, NodeId To, Term Term);

/// <summary>Asks whether a vote would be granted in <see cref="Message.Term"/>; changes no term and no vote (thesis 9.6, E8).</summary>
/// <param name="From">The pre-candidate.</param>
/// <param name="To">The voter.</param>
/// <param name="Term">The term that would be campaigned for: the sender's own plus one.</param>
/// <param name="Last">The sender's last entry.</param>
public sealed record PreVoteRequest(NodeId From, NodeId To, Term Term, EntryId Last) : Message(From, To, Term);

/// <summary>Answers a pre-vote.</summary>
/// <param name="From">The voter.</param>
/// <param name="To">The pre-candidate.</param>
/// <param name="Term">When granted, the term asked for; when refused, the voter's own term, so that a sender left behind learns it (E9).</param>
/// <param name="CampaignTerm">The term that was asked for: ties the answer to its round (E6).</param>
/// <param name="Granted">Whether a vote would be granted.</param>
public sealed record PreVoteResponse(NodeId From, NodeId To, Term Term, Term CampaignTerm, bool Granted) : Message(From, To, Term);

/// <summary>Asks for a vote (thesis 3.4). Leaves only once the candidate's own term and vote are durable.</summary>
/// <param name="From">The candidate.</param>
/// <param name="To">The voter.</param>
/// <param name="Term">The candidate's term.</param>
/// <param name="Last">The candidate's last entry.</param>
/// <param name="IsTransfer">Whether the old leader asked for this campaign, which lifts vote stickiness (thesis 4.2.3, E11).</param>
public sealed record VoteRequest(NodeId From, NodeId To, Term Term, EntryId Last, bool IsTransfer) : Message(From, To, Term);

/// <summary>Answers a vote request. A granted one leaves only once the vote is durable (E1).</summary>
/// <param name="From">The voter.</param>
/// <param name="To">The candidate.</param>
/// <param name="Term">The voter's term.</param>
/// <param name="Granted">Whether the vote was given.</param>
public sealed record VoteResponse(NodeId From, NodeId To, Term Term, bool Granted) : Message(From, To, Term);

/// <summary>
/// Carries entries from the leader (thesis 3.5). The core never makes one: it asks for a range with
/// <see cref="AppendSend"/>, and the driver fills it. An empty one is a probe and is checked like any other (R2).
/// </summary>
/// <param name="From">The leader.</param>
/// <param name="To">The follower.</param>
/// <param name="Term">The leader's term.</param>
/// <param name="Previous">The entry before the first one carried.</param>
/// <param name="Entries">Contiguous entries after <paramref name="Previous"/> (R12).</param>
/// <param name="Commit">The leader's commit index.</param>
public sealed record AppendRequest(
    NodeId From, NodeId To, Term Term, EntryId Previous, IReadOnlyList<LogEntry> Entries, LogIndex Commit)
    : Message(From, To, Term);

/// <summary>Says that the follower's log matches the leader's up to an index, durably (P1).</summary>
/// <param name="From">The follower.</param>
/// <param name="To">The leader.</param>
/// <param name="Term">The leader's term.</param>
/// <param name="Match">The last index that this request verified: its previous index plus its count (R5).</param>
/// <param name="Run">The follower's start that promises it: what an earlier one acknowledged may be gone (P7).</param>
public sealed record AppendAccepted(NodeId From, NodeId To, Term Term, LogIndex Match, long Run = 0) : Message(From, To, Term);

/// <summary>Says that the follower's log has no matching previous entry, and where the leader should look next (R7).</summary>
/// <param name="From">The follower.</param>
/// <param name="To">The leader.</param>
/// <param name="Term">The follower's term.</param>
/// <param name="Rejected">The previous index that was refused: ties the answer to its request (R6).</param>
/// <param name="Hint">The follower's last entry that can still match: its term and index bound the leader's next probe.</param>
public sealed record AppendRejected(NodeId From, NodeId To, Term Term, LogIndex Rejected, EntryId Hint) : Message(From, To, Term);

/// <summary>The leader's sign of life; its round confirms leadership for the reads that waited before it (thesis 6.4, L2).</summary>
/// <param name="From">The leader.</param>
/// <param name="To">The follower.</param>
/// <param name="Term">The leader's term.</param>
/// <param name="Commit">The commit index as far as this follower is known to match, never further (R3).</param>
/// <param name="Round">A number that rises with every round of this leadership.</param>
public sealed record Heartbeat(NodeId From, NodeId To, Term Term, LogIndex Commit, long Round) : Message(From, To, Term);

/// <summary>Answers a heartbeat.</summary>
/// <param name="From">The follower.</param>
/// <param name="To">The leader.</param>
/// <param name="Term">The follower's term.</param>
/// <param name="Round">The round answered.</param>
/// <param name="LoyalFor">
/// For how long after this the sender votes for no one whom the leader did not ask to campaign: its own lower election
/// timeout, or zero without vote stickiness. A lease rests on it (thesis 6.4.1).
/// </param>
/// <param name="Run">The follower's start that answers, so that the leader knows which one lives.</param>
public sealed record HeartbeatResponse(NodeId From, NodeId To, Term Term, long Round, TimeSpan LoyalFor, long Run = 0)
    : Message(From, To, Term);

/// <summary>A follower asks the leader for an index at which a linearizable read may be served (thesis 6.4).</summary>
/// <param name="From">The follower.</param>
/// <param name="To">The leader.</param>
/// <param name="Term">The follower's term.</param>
/// <param name="Attempt">Unique among this follower's attempts since it started; a retry takes a new one (L2).</param>
public sealed record ReadIndexRequest(NodeId From, NodeId To, Term Term, long Attempt) : Message(From, To, Term);

/// <summary>Answers a read index request, once the leader has proven that it still leads.</summary>
/// <param name="From">The leader.</param>
/// <param name="To">The follower.</param>
/// <param name="Term">The leader's term.</param>
/// <param name="Attempt">The attempt answered.</param>
/// <param name="Index">Serve the read once this is applied; zero when the request was refused.</param>
public sealed record ReadIndexResponse(NodeId From, NodeId To, Term Term, long Attempt, LogIndex Index) : Message(From, To, Term);

/// <summary>The leader hands over: the receiver, which holds everything, is to campaign at once (thesis 3.10, E11).</summary>
/// <param name="From">The leader.</param>
/// <param name="To">The server that is to lead.</param>
/// <param name="Term">The leader's term.</param>
public sealed record TimeoutNow(NodeId From, NodeId To, Term Term) : Message(From, To, Term);

/// <summary>
/// A server that came back asks what its peers saw it acknowledge, before it promises anything again (P7). Asked until
/// enough answers came, and of a leader until it answers.
/// </summary>
/// <param name="From">The server that started.</param>
/// <param name="To">A peer.</param>
/// <param name="Term">The asker's term.</param>
/// <param name="Last">The asker's last durable entry.</param>
/// <param name="Run">A number unique to the asker's start.</param>
public sealed record HelloRequest(NodeId From, NodeId To, Term Term, EntryId Last, long Run = 0) : Message(From, To, Term);

/// <summary>
/// Carries a part of the leader's snapshot to a peer whose next entry is compacted. The core never makes one: it asks
/// for a transfer with <see cref="SnapshotSend"/>, and the driver cuts the file into parts.
/// </summary>
/// <param name="From">The leader.</param>
/// <param name="To">The follower.</param>
/// <param name="Term">The leader's term.</param>
/// <param name="Meta">What the snapshot stands for.</param>
/// <param name="Offset">Where in the snapshot's bytes the part begins.</param>
/// <param name="Data">The part; empty to ask how far the receiver is.</param>
/// <param name="TotalBytes">The length of the whole.</param>
public sealed record SnapshotChunk(
    NodeId From, NodeId To, Term Term, SnapshotMeta Meta, long Offset, ReadOnlyMemory<byte> Data, long TotalBytes)
    : Message(From, To, Term);

/// <summary>
/// Says how far a snapshot has come, and so where to go on; promises nothing. Once the snapshot is installed durably
/// the follower says so with an ordinary <see cref="AppendAccepted"/>.
/// </summary>
/// <param name="From">The follower.</param>
/// <param name="To">The leader.</param>
/// <param name="Term">The follower's term.</param>
/// <param name="Last">The snapshot: its last entry.</param>
/// <param name="NextOffset">The first byte that the follower lacks.</param>
public sealed record SnapshotChunkAccepted(NodeId From, NodeId To, Term Term, EntryId Last, long NextOffset) : Message(From, To, Term);

/// <summary>
/// What the sender, as a leader, saw the receiver acknowledge in earlier runs, and how far the sender's own log goes.
/// </summary>
/// <param name="From">The peer.</param>
/// <param name="To">The server that asked.</param>
/// <param name="Term">The peer's term.</param>
/// <param name="AcknowledgedTerm">The latest term in which the peer led and heard an acknowledgement of an earlier run; zero for never.</param>
/// <param name="Acknowledged">The highest index acknowledged in that term.</param>
/// <param name="Last">The peer's last entry, durable or not.</param>
/// <param name="Run">The run that asked; an answer to another one says nothing.</param>
/// <param name="IsSpokenFor">Whether the peer has no doubt about its own disk.</param>
/// <param name="Membership">The configuration in force at the peer, the last one in its log; null when it does not say.</param>
public sealed record HelloResponse(
    NodeId From, NodeId To, Term Term, Term AcknowledgedTerm, LogIndex Acknowledged, EntryId Last, long Run = 0, bool IsSpokenFor = true,
    Configuration? Membership = null)
    : Message(From, To, Term);
