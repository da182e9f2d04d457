namespace RaftKv.Core.Consensus;

/// <summary>
/// Who must answer a server that came back. Its disk may hold a membership of before: servers that left since are gone
/// and will never answer, and those that joined since it does not know. So each answer carries the membership by which
/// its sender goes, and that of the newest log counts (P7).
/// </summary>
/// <remarks>
/// That this is safe:
/// <list type="number">
/// <item>Let e be an entry that this server helped to commit, by the membership C, and let no one who answered hold e. The
/// newest log told of then lacks e, because a log that is no older than one with a committed entry has that entry (thesis
/// 3.6.3). Of the memberships after the common beginning of that log and the log with e, each of the two holds at most one:
/// a second one is appended only once the first is committed, and then both logs would have it. So M, the membership of the
/// newest log, and C are both the last one of the common beginning, or one voter away from it; and not both are, because a
/// leader appends a membership only after it has committed an entry of its term by the one before (M1).</item>
/// <item>Majorities of memberships that differ in one voter share a server (thesis 4.1). Of a majority, this server is left
/// out on one side, so that on the other as many as a majority must have answered without counting this server
/// (<see cref="EnoughToSpeakForIt"/>). Half of an even number is enough only among the very same voters.</item>
/// <item>Further steps of the membership follow one by one: a majority holds each of them before the next is begun, and so
/// one of those who answered does, whose log is then the newer one.</item>
/// <item>If all answer, they settle what was promised to each of them, and they are all voters both of M and of the
/// membership on the disk: M alone may be one that its leader could not commit, without the voter that knows more.</item>
/// <item>A membership that the disk holds and that is of an older log demands nothing after the grace. An entry that was
/// committed by it, and that the newest log lacks, is the e of above.</item>
/// </list>
/// A server that no one on its disk can tell of those who came since asks anyone who campaigns at it: that one counts on it.
/// </remarks>
public sealed partial class Raft
{
    /// <summary>The membership of the newest log that this server knows of, its own or that of a peer who answered.</summary>
    private Configuration NewestMembership => _answers.NewestLog > _log.Last ? _answers.Membership ?? Configuration : Configuration;

    /// <summary>How many other voters must answer, sure of themselves, so that one of them knows of whatever this server promised.</summary>
    private int EnoughToSpeakForIt(Configuration membership) =>
        ((membership.VoterCount + (IsVoterOf(membership) ? 0 : 1)) / 2) + 1;

    private bool IsVoterOf(Configuration membership) => membership.Find(_options.Id) is { IsVoter: true };

    private bool IsUnanswered(NodeId server) => server != _options.Id && !_answers.IsSure(server);

    private void AskWhoMustAnswer()
    {
        foreach (var peer in _peers)
        {
            if (IsUnanswered(peer.Id))
            {
                SayHello(peer.Id);
            }
        }

        foreach (var member in NewestMembership.Members)
        {
            if (member.IsVoter && IsUnanswered(member.Id) && PeerOf(member.Id) is null && member.Id != _leader)
            {
                SayHello(member.Id);
            }
        }

        // The disk may be back at a configuration in which its leader had no place, and that leader knows most.
        if (!_leader.IsNone && PeerOf(_leader) is null && IsUnanswered(_leader))
        {
            SayHello(_leader);
        }
    }

    /// <summary>Anyone who campaigns here goes by a membership in which this server counts, and may have come with it.</summary>
    private void AskCandidate(NodeId candidate)
    {
        if (!_isSpokenFor && PeerOf(candidate) is null && IsUnanswered(candidate))
        {
            SayHello(candidate);
        }
    }

    private (int Answers, int Sure, int Others) AnswersOf(Configuration membership) => _answers.Count(membership, without: _options.Id);

    private bool IsHeardByAll(Configuration membership)
    {
        var (answers, _, others) = AnswersOf(membership);
        return answers == others;
    }

    private bool IsHeardByMajority(Configuration membership)
    {
        var (answers, _, _) = AnswersOf(membership);
        var self = IsVoterOf(membership) ? 1 : 0;
        return membership.VoterCount > 0 && answers + self >= Quorum.Majority(membership.VoterCount);
    }

    private bool HasHeardEnough()
    {
        var newest = NewestMembership;
        if (newest.VoterCount > 0 && IsHeardByAll(newest) && IsHeardByAll(Configuration))
        {
            return true;
        }

        var (answers, final, others) = AnswersOf(newest);
        if (_asksAgain && final >= EnoughToSpeakForIt(newest))
        {
            return true;
        }

        // A membership that only its leader held may name more servers than will ever come.
        if (!_asksAgain || _now < _graceEnds || !(IsHeardByMajority(newest) || IsHeardByMajority(Configuration)))
        {
            return false;
        }

        GoOn("FewAnswered",
            $"{_options.Id} takes part again though only {answers} of {others} other voters answered, {final} of them sure of their own "
            + $"disks; {EnoughToSpeakForIt(newest)} can vouch for what it acknowledged. If its disk came back older, that may be lost.");
        return true;
    }
}
