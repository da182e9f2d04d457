namespace RaftKv.Core.Consensus;

/// <summary>Which of a peer's starts its promises count of. Messages outlive restarts, so those of others come too (P7).</summary>
internal sealed partial class Progress
{
    /// <summary>So many runs that were left are told from new ones: far more than messages outlive.</summary>
    private const int RunsRemembered = 64;

    private readonly Queue<long> _leftRuns = new();

    private long _runSince;

    /// <summary>The peer's start whose acknowledgements count; zero until one is known. Outlives leaderships (P7).</summary>
    public long Run { get; private set; }

    /// <summary>The latest that this run acknowledged while this server led: term, and the highest index in it.</summary>
    public EntryId Acknowledged { get; private set; }

    /// <summary>The latest that earlier runs acknowledged. The latest is enough: a disk that lacks an older one lacks it too (P7).</summary>
    public EntryId AcknowledgedBefore { get; private set; }

    /// <summary>Whether a hello tells of a run that was never met; that of one that was left is late, and so may be what it acknowledged.</summary>
    public bool IsNew(long run) => Run != run && !_leftRuns.Contains(run);

    /// <summary>From now on what this run acknowledges counts, and nothing else.</summary>
    /// <returns>Whether what was acknowledged so far is of an earlier run, and to be forgotten.</returns>
    public bool Meet(long run, long round)
    {
        if (Run == run)
        {
            return false;
        }

        var wasKnown = Run != 0 || Match > LogIndex.Zero;
        if (Run != 0)
        {
            _leftRuns.Enqueue(Run);
        }

        if (_leftRuns.Count > RunsRemembered)
        {
            _leftRuns.Dequeue();
        }

        AcknowledgedBefore = Acknowledged > AcknowledgedBefore ? Acknowledged : AcknowledgedBefore;
        Acknowledged = EntryId.Zero;
        Run = run;
        _runSince = round;
        return wasKnown;
    }

    /// <summary>
    /// The peer answered a round: one that was sent after its run was met shows which run lives. A hello can be late, and
    /// name one that has ended.
    /// </summary>
    /// <param name="answered">The round that was answered.</param>
    /// <param name="run">Which run answered.</param>
    /// <param name="loyalFor">For how long after it that run elects no one else; a late answer says nothing new of it.</param>
    /// <param name="latest">The latest round that was sent.</param>
    /// <returns>Whether it is another run than before, of which nothing is known yet: its hello may be lost or late.</returns>
    public bool AnswerRound(long answered, long run, TimeSpan loyalFor, long latest)
    {
        if (answered >= AnsweredRound)
        {
            AnsweredRound = answered;
            LoyalFor = loyalFor;
        }

        return (Run == 0 || answered > _runSince) && Meet(run, latest);
    }

    /// <summary>Whether an acknowledgement is of the run that counts; the first that is heard of one is believed.</summary>
    public bool IsOf(long run)
    {
        if (Run == 0)
        {
            Meet(run, _runSince);
        }

        return Run == run;
    }
}
