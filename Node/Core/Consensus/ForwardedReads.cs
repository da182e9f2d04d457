namespace RaftKv.Core.Consensus;

/// <summary>
/// Reads at a server that does not lead. The leader is asked for the index from which on they may be answered here, once for
/// all reads of a turn (thesis 6.4), and again under another number where its answer is overdue or another one leads.
/// </summary>
/// <param name="attempt">The number before the first question's. It differs with each start, so that no late answer to an earlier one fits.</param>
internal sealed class ForwardedReads(long attempt)
{
    private readonly List<Question> _open = [];
    private long _attempt = attempt;

    /// <summary>How many reads wait for an answer.</summary>
    public long Count { get; private set; }

    /// <summary>Notes that the leader is asked for some reads.</summary>
    /// <returns>The number that its answer repeats.</returns>
    public long Ask(NodeId leader, Instant now, List<long> requestIds)
    {
        _open.Add(new Question(leader, ++_attempt, now, requestIds));
        Count += requestIds.Count;
        return _attempt;
    }

    /// <summary>Takes the reads that an answer is for.</summary>
    /// <returns>Their ids; none when it answers nothing that was asked and is still open.</returns>
    public IReadOnlyList<long> TakeAnswered(NodeId leader, long attempt)
    {
        var at = _open.FindIndex(question => question.Attempt == attempt && question.Leader == leader);
        return at < 0 ? [] : TakeAt(at);
    }

    /// <summary>Takes the reads that must be asked for again: another one leads, or the answer is overdue.</summary>
    /// <returns>Their ids; null when there are none.</returns>
    public List<long>? TakeOverdue(NodeId leader, Instant now, TimeSpan timeout)
    {
        List<long>? overdue = null;
        for (var i = _open.Count - 1; i >= 0; i--)
        {
            if (_open[i].Leader != leader || now >= _open[i].Sent + timeout)
            {
                (overdue ??= []).AddRange(TakeAt(i));
            }
        }

        return overdue;
    }

    /// <summary>Takes all of them, in the order in which they were asked for.</summary>
    public IReadOnlyList<long> TakeAll()
    {
        if (_open.Count == 0)
        {
            return [];
        }

        long[] all = [.. _open.SelectMany(question => question.RequestIds)];
        _open.Clear();
        Count = 0;
        return all;
    }

    /// <summary>When the first answer is overdue.</summary>
    public Instant Deadline(TimeSpan timeout) => _open.Count == 0 ? Instant.Never : _open.Min(question => question.Sent) + timeout;

    /// <summary>Writes the state canonically.</summary>
    public void WriteState(CanonicalWriter to)
    {
        to.InOrder(_open, question =>
        {
            to.Server(question.Leader);
            to.Number(question.Attempt);
            to.Moment(question.Sent);
            to.InOrder(question.RequestIds, to.Number);
        });
        to.Number(Count);
        to.Number(_attempt);
    }

    private List<long> TakeAt(int at)
    {
        var requestIds = _open[at].RequestIds;
        _open.RemoveAt(at);
        Count -= requestIds.Count;
        return requestIds;
    }

    private sealed record Question(NodeId Leader, long Attempt, Instant Sent, List<long> RequestIds);
}
