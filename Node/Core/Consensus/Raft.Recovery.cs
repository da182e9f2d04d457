namespace RaftKv.Core.Consensus;

/// <summary>
/// Coming back after a stop. A disk can return with less than it had promised: entries that it acknowledged, votes that it
/// gave. So a server that starts again is silent at first: it asks its peers what they saw it promise, and neither votes,
/// acknowledges nor confirms a leader before enough of them spoke for it (P7).
/// </summary>
/// <remarks>
/// Failures are counted together: disks that came back older, and servers that cannot be reached. With up to n less a
/// majority of them nothing is lost, because of this:
/// <list type="number">
/// <item>What was promised to a peer that answers is settled by its answer. It names the latest acknowledgement of earlier
/// runs that it saw while it led: if that is not on the disk, this server stops. From then on it counts no acknowledgement
/// of an earlier run (messages can outlive a restart), and a vote given to it is in a term that it tells of.</item>
/// <item>If all other voters answer, everything is settled so, and that is the usual way.</item>
/// <item>Otherwise what is still under way to a peer that does not answer must first have come to its end: a candidate
/// counts no vote after its timeout, and a leader no copy of a server that has answered no heartbeat for that time. So after a grace of one upper election timeout
/// all are asked again, in a new run. Of an entry that this server helped to commit, or a leader that it helped to elect,
/// a majority less one of the n - 1 others know, so that one of any majority of the others does, by whichever membership
/// that is in force (<see cref="EnoughToSpeakForIt"/>); only those count who are spoken for themselves, for they did not forget. This server
/// then votes, and stands, only with a log that is no older than the newest it was told of, as that one would, and the
/// proof of leader completeness (thesis 3.6.3) holds with its log in the place of the lost one.</item>
/// <item>It first moves to the latest term it was told of, where its vote counts as given: a leader of an older term, cut
/// off, would answer truthfully and could then count it. The spent vote is saved like any other, because the next start
/// asks others and may hear less.</item>
/// <item>A leader that has not answered gets no acknowledgement, and is asked until it answers, also by a server that never
/// stopped. While this server is not spoken for, it may acknowledge what is committed without it, and no more.</item>
/// </list>
/// Liveness: every server that runs answers, spoken for or not. If all start at once, all hear all. If fewer answer, a majority with
/// itself is enough after a second grace, and what the newest log demands is let go after five: its tail may be one that
/// no other server holds. Both are more failures than a majority survives unless the disk was whole, which this server
/// cannot know, so it says that it went on (<see cref="WentOn"/>). A membership that the disk has missed comes with the
/// answers (<see cref="NewestMembership"/>). Loyalty begins with the start, as the last run may have helped a
/// leader to a lease; it ends before the election timer can run out.
/// <para>
/// A learner reckons as if it were a voter, which it may have become in what it lost. The only voter of a cluster has no
/// peer to ask. Servers that removed this one do not answer it, so it stays quiet. TimeoutNow passes the same gate as the timer.
/// </para>
/// </remarks>
public sealed partial class Raft
{
    /// <summary>For how many upper election timeouts the newest log that a peer told of is waited for.</summary>
    private const int FloorTimeouts = 5;

    private readonly HelloAnswers _answers = new();
    private readonly RecoveredLog _recovered;
    private long _run;
    private bool _isRestarted;
    private bool _isSpokenFor = true;
    private bool _mayVote = true;
    private bool _asksAgain;
    private Instant _graceEnds;
    private Instant _floorEnds;
    private bool _tailIsWhole;
    private EntryId _mustHold;
    private Instant _helloDue = Instant.Never;

    /// <summary>Whether this server takes part in elections; not before its peers confirmed that its disk lost nothing.</summary>
    public bool MayVote => _mayVote;

    /// <summary>Whether this server promises anything: acknowledges, confirms a leader. It does from its first start on, and after a restart once enough peers answered.</summary>
    public bool IsSpokenFor => _isSpokenFor;

    /// <summary>
    /// Set once this server went on without what could vouch for its disk: what was acknowledged is safe only if the disk
    /// was whole. Null as long as it need not be.
    /// </summary>
    public WentOn? WentOn { get; private set; }

    /// <summary>A number unique to this start, by which peers tell its promises from those of earlier ones.</summary>
    internal long Run => _run;

    /// <summary>What a log must at least end with for this server to vote for it or stand with it.</summary>
    private EntryId VoteFloor => _answers.NewestLog > _log.Last && _now < _floorEnds ? _answers.NewestLog : _log.Last;

    /// <summary>So long a candidate counts votes: with deference and no pre-vote it may wait one timeout more.</summary>
    private TimeSpan Grace => _options.Deference && !_options.PreVote ? _options.ElectionTimeoutUpper * 2 : _options.ElectionTimeoutUpper;

    /// <param name="recovered">What the disk holds.</param>
    /// <param name="start">A number that no other start of this server has.</param>
    private void StartRecovery(RecoveredState recovered, long start)
    {
        _run = (long)Prng.Mix((ulong)start);
        if (IsOnlyVoter || !(recovered.IsRestart || recovered.TailWasTrimmed))
        {
            _tailIsWhole = recovered.TailWasTrimmed;
            return;
        }

        _isRestarted = true;
        _isSpokenFor = false;
        _mayVote = false;
        _helloDue = _now;
        _graceEnds = _now + Grace;

        // Before the stop it may have heard a leader just now and helped it to a lease, which a vote would break.
        _lastHeardLeader = _options.VoteStickiness ? _now : _lastHeardLeader;
    }

    private void AskPeersIfDue()
    {
        if (_now < _helloDue)
        {
            return;
        }

        if (_now >= _graceEnds)
        {
            TakePartIfSpokenFor();
            AskAgain();
        }

        if (_isSpokenFor)
        {
            return;
        }

        _helloDue = _now + _options.HeartbeatInterval + _prng.Between(TimeSpan.Zero, _options.HeartbeatInterval / 2);
        _helloDue = _now < _graceEnds ? Earlier(_helloDue, _graceEnds) : _helloDue;
        AskWhoMustAnswer();
    }

    /// <summary>Not all answered within the grace: whatever was under way has ended by now, so that others can speak for them.</summary>
    private void AskAgain()
    {
        if (!_isSpokenFor && !_asksAgain)
        {
            _asksAgain = true;
            _run = (long)Prng.Mix((ulong)_run);
            _answers.BeginRun();
            _graceEnds = _now + Grace;
        }
    }

    /// <summary>
    /// Takes part again once enough peers answered; and in elections once a server whose damaged tail was cut off holds
    /// again, as a leader of that term or a later one verified, all that it was seen to acknowledge (P4).
    /// </summary>
    private void TakePartIfSpokenFor()
    {
        if (_mayVote || (!_isSpokenFor && !HasHeardEnough()))
        {
            return;
        }

        if (!_isSpokenFor)
        {
            _isSpokenFor = true;
            _helloDue = Instant.Never;
            SpendOlderVotes();
            AcknowledgeWithheld();
        }

        var isHeld = _mustHold == EntryId.Zero
            || (Term >= _mustHold.Term && LogIndex.Min(_verified, DurableIndex) >= _mustHold.Index);
        if (isHeld)
        {
            _mayVote = true;
            _tailIsWhole = _recovered.TailWasTrimmed;
            _floorEnds = _now + (_options.ElectionTimeoutUpper * FloorTimeouts);
        }
    }

    /// <summary>The newest log that was told of is waited for in vain: its tail may have died with its owner.</summary>
    private void LetNewestLogGo()
    {
        if (_mayVote && _answers.NewestLog > _log.Last && _now >= _floorEnds && _isRestarted)
        {
            GoOn("NewestLogLetGo",
                $"{_options.Id} holds entries up to {_log.Last} and was told of {_answers.NewestLog}, which it has not met again for "
                + $"{FloorTimeouts} election timeouts. It votes without it. If its disk came back older, what was acknowledged may be lost.");
            _answers.LetNewestLogGo();
        }
    }

    private void GoOn(string code, string message)
    {
        WentOn = new WentOn(code, message);
        _building.WentOn = WentOn;
    }

    /// <summary>
    /// Its vote in a term that it comes to: for itself, which it asks no one about, as long as it may have voted in that
    /// term before. A start that ends before enough peers answered would otherwise leave the term behind and no vote in it,
    /// and the next one could not know.
    /// </summary>
    private NodeId FreshVote => _isSpokenFor ? NodeId.None : _options.Id;

    /// <summary>
    /// Where peers are in a later term than was recovered, this server may have voted in theirs. For itself is how it
    /// notes that: its own campaigns begin later terms.
    /// </summary>
    private void SpendOlderVotes()
    {
        var latest = _answers.LatestTerm;
        if (latest <= _recovered.Term || latest < Term)
        {
            return;
        }

        if (latest > Term)
        {
            BecomeFollower(latest, NodeId.None);
        }

        if (VotedFor.IsNone)
        {
            SetHardState(new HardState(Term, _options.Id));
        }
    }

    /// <summary>Says what the leader has shown to match while this server was not free to say so.</summary>
    private void AcknowledgeWithheld()
    {
        if (_isRestarted && !_leader.IsNone && _leader == _leaderOfTerm && Role == Role.Follower && _verified > LogIndex.Zero)
        {
            AcknowledgeAppend(_leader, _verified);
        }
    }
}
