namespace RaftKv.Core.Consensus;

/// <summary>
/// What every message passes before it is acted on: who may speak, which terms count, and who is told that its own is
/// over (thesis 3.3). Only pre-votes and hellos carry terms that change nothing.
/// </summary>
public sealed partial class Raft
{
    /// <summary>The one gate for messages: wrong address, removed sender and older terms end here.</summary>
    private void Receive(Message message)
    {
        var peer = PeerOf(message.From);
        if (message.To != _options.Id || message.From == _options.Id)
        {
            return;
        }

        if (peer is null && IsRemoved(message.From))
        {
            AnswerRemoved(message);
            return;
        }

        if (message is PreVoteRequest or VoteRequest)
        {
            AskCandidate(message.From);
        }

        switch (message)
        {
            case PreVoteRequest request:
                AnswerPreVote(request);
                return;
            case PreVoteResponse response:
                TakePreVote(response);
                return;
            case HelloRequest request:
                AnswerHello(request);
                return;
            case HelloResponse response:
                TakeHello(response);
                return;
            case VoteRequest request when !request.IsTransfer && IsLoyal:
                Send(new VoteResponse(_options.Id, request.From, Term, Granted: false));
                return;
        }

        if (message.Term < Term)
        {
            AnswerOldTerm(message);
            return;
        }

        if (message.Term > Term)
        {
            BecomeFollower(message.Term, NodeId.None);
        }

        ReceiveOfThisTerm(peer, message);
    }

    /// <param name="peer">The sender, or null when the configuration in force does not name it.</param>
    /// <param name="message">What it says.</param>
    private void ReceiveOfThisTerm(Progress? peer, Message message)
    {
        if (Role == Role.Leader && peer is not null)
        {
            peer.LastContact = _now;
        }

        switch (message)
        {
            case VoteRequest request:
                AnswerVote(request);
                break;
            case VoteResponse response:
                TakeVote(response);
                break;
            case AppendRequest request:
                TakeAppend(request);
                break;
            case AppendAccepted accepted when peer is not null:
                TakeAccepted(peer, accepted);
                break;
            case AppendRejected rejected when peer is not null:
                TakeRejected(peer, rejected);
                break;
            case Heartbeat heartbeat:
                TakeHeartbeat(heartbeat);
                break;
            case HeartbeatResponse response when peer is not null:
                TakeHeartbeatResponse(peer, response);
                break;
            case ReadIndexRequest request:
                TakeReadIndexRequest(request);
                break;
            case ReadIndexResponse response:
                TakeReadIndexResponse(response);
                break;
            case TimeoutNow timeoutNow:
                TakeTimeoutNow(timeoutNow);
                break;
            case SnapshotChunk chunk:
                TakeChunk(chunk);
                break;
            case SnapshotChunkAccepted accepted when peer is not null:
                TakeChunkAccepted(peer, accepted);
                break;
        }
    }

    /// <summary>
    /// Answers anyone who believes to lead or campaign in an older term. Without it, a server that was alone for long and
    /// has a higher term but an older log would never be heard, and never join again (E9).
    /// </summary>
    private void AnswerOldTerm(Message message)
    {
        switch (message)
        {
            case VoteRequest:
                Send(new VoteResponse(_options.Id, message.From, Term, Granted: false));
                break;
            case AppendRequest append:
                Send(new AppendRejected(_options.Id, message.From, Term, append.Previous.Index, _log.Last));
                break;
            case Heartbeat:
                // Its round is of that older term: the sender may lead this one by now, and count its rounds from one again (L2).
                Send(new HeartbeatResponse(_options.Id, message.From, Term, 0, OwnLoyalty, _run));
                break;
            case SnapshotChunk chunk:
                Send(new SnapshotChunkAccepted(_options.Id, message.From, Term, chunk.Meta.Last, 0));
                break;
            case ReadIndexRequest read:
                Send(new ReadIndexResponse(_options.Id, message.From, Term, read.Attempt, LogIndex.Zero));
                break;
        }
    }

    /// <summary>
    /// A removed server has no say any more, but one that led when it was cut off must learn that its term is over:
    /// without check-quorum it would claim to lead forever (E16).
    /// </summary>
    private void AnswerRemoved(Message message)
    {
        if (message.Term < Term)
        {
            AnswerOldTerm(message);
        }
    }
}
