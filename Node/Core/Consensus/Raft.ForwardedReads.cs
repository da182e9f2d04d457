namespace RaftKv.Core.Consensus;

/// <summary>Reads at a server that does not lead: it asks the leader for the index from which on it may answer itself (thesis 6.4).</summary>
public sealed partial class Raft
{
    private readonly List<ForwardedReads> _forwarded = [];
    private long _readAttempt;
    private long _forwardedCount;

    /// <summary>Reads for which the leader was asked in one message.</summary>
    private sealed record ForwardedReads(NodeId Leader, long Attempt, Instant Sent, List<long> RequestIds);

    private void TakeReadIndexResponse(ReadIndexResponse response)
    {
        var at = _forwarded.FindIndex(f => f.Attempt == response.Attempt && f.Leader == response.From);
        if (at < 0)
        {
            return;
        }

        var forwarded = _forwarded[at];
        _forwarded.RemoveAt(at);
        _forwardedCount -= forwarded.RequestIds.Count;
        foreach (var requestId in forwarded.RequestIds)
        {
            if (response.Index > LogIndex.Zero)
            {
                AwaitApply(requestId, response.Index);
            }
            else
            {
                _building.ReadsRefused.Add(new ReadRefused(requestId, RefusalReason.NotLeader, _leader));
            }
        }
    }

    /// <summary>
    /// Asks the leader for an index, once for all reads of this turn, and asks again under a new name where the answer
    /// is overdue or the leader changed. Without a leader reads are refused.
    /// </summary>
    private void ForwardReads()
    {
        List<long>? toAsk = null;
        for (var i = _forwarded.Count - 1; i >= 0; i--)
        {
            var forwarded = _forwarded[i];
            if (forwarded.Leader != _leader || _now >= forwarded.Sent + _options.RpcTimeout)
            {
                (toAsk ??= []).AddRange(forwarded.RequestIds);
                _forwarded.RemoveAt(i);
                _forwardedCount -= forwarded.RequestIds.Count;
            }
        }

        if (_newReads.Count > 0)
        {
            (toAsk ??= []).AddRange(_newReads.Select(r => r.RequestId));
            _newReads.Clear();
        }

        if (toAsk is null)
        {
            return;
        }

        if (_leader.IsNone)
        {
            _building.ReadsRefused.AddRange(toAsk.Select(id => new ReadRefused(id, RefusalReason.NotLeader, _leader)));
            return;
        }

        _forwarded.Add(new ForwardedReads(_leader, ++_readAttempt, _now, toAsk));
        _forwardedCount += toAsk.Count;
        Send(new ReadIndexRequest(_options.Id, _leader, Term, _readAttempt));
    }

    private void ClearForwarded()
    {
        _forwarded.Clear();
        _forwardedCount = 0;
    }

    private Instant NextReadDeadline() =>
        _forwarded.Count == 0 ? Instant.Never : _forwarded.Min(f => f.Sent) + _options.RpcTimeout;
}
