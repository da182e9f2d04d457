namespace RaftKv.Core.Consensus;

/// <summary>
/// The rounds of heartbeats of one leadership. Each goes to all peers, and one that a majority answered proves that this
/// server still led at the moment when it was sent (thesis 6.4).
/// </summary>
internal sealed class HeartbeatRounds
{
    /// <summary>Of so many rounds in an election timeout it is known when they were sent.</summary>
    private const int MarksInATimeout = 32;

    /// <summary>Of so many rounds without a majority's answer it is known when they were sent; older ones prove nothing any more.</summary>
    private const int MostUnconfirmed = 1000;

    private readonly Queue<(long Round, Instant Sent)> _unconfirmed = new();

    /// <summary>When some of the rounds were sent, not all, and none that was sent longer ago than an election timeout.</summary>
    private readonly List<(long Round, Instant Sent)> _marks = [];

    /// <summary>The number of the newest round; 0 before the first one.</summary>
    public long Newest { get; private set; }

    /// <summary>The newest round that a majority answered.</summary>
    public long Confirmed { get; private set; }

    /// <summary>When the next round is due at the latest.</summary>
    public Instant Due { get; private set; }

    /// <summary>Begins a leadership, whose first round is due at once.</summary>
    public void Start(Instant now)
    {
        Newest = 0;
        Confirmed = 0;
        _unconfirmed.Clear();
        _marks.Clear();
        Due = now;
    }

    /// <summary>Whether a round is due; if so the next one is due an interval later.</summary>
    public bool TakeTick(Instant now, TimeSpan interval)
    {
        if (now < Due)
        {
            return false;
        }

        Due += interval;
        Due = Due <= now ? now + interval : Due;
        return true;
    }

    /// <summary>Begins a round, which the caller sends to all peers.</summary>
    /// <returns>Its number.</returns>
    public long Begin(Instant now, TimeSpan electionTimeout)
    {
        Newest++;
        if (_marks.Count == 0 || now >= _marks[^1].Sent + (electionTimeout / MarksInATimeout))
        {
            _marks.RemoveAll(mark => mark.Sent + electionTimeout < now);
            _marks.Add((Newest, now));
        }

        _unconfirmed.Enqueue((Newest, now));
        if (_unconfirmed.Count > MostUnconfirmed)
        {
            _unconfirmed.Dequeue();
        }

        return Newest;
    }

    /// <summary>Takes notice that a majority answered all rounds up to one.</summary>
    /// <returns>When the newest of those that were not confirmed before was sent; null when there is none.</returns>
    public Instant? Confirm(long round)
    {
        Confirmed = round;
        Instant? sent = null;
        while (_unconfirmed.TryPeek(out var oldest) && oldest.Round <= round)
        {
            sent = _unconfirmed.Dequeue().Sent;
        }

        return sent;
    }

    /// <summary>A moment at or before which a round was sent; long past when none is known.</summary>
    public Instant SentBefore(long round)
    {
        for (var i = _marks.Count - 1; i >= 0; i--)
        {
            if (_marks[i].Round <= round)
            {
                return _marks[i].Sent;
            }
        }

        return new Instant(long.MinValue / 2);
    }

    /// <summary>Writes the state canonically.</summary>
    public void WriteState(CanonicalWriter to)
    {
        void Sent((long Round, Instant Sent) round)
        {
            to.Number(round.Round);
            to.Moment(round.Sent);
        }

        to.InOrder(_unconfirmed, Sent);
        to.InOrder(_marks, Sent);
        to.Number(Newest);
        to.Number(Confirmed);
        to.Deadline(Due);
    }
}
