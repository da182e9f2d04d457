using RaftKv.Core.Consensus;

namespace RaftKv.Tests.Simulation;

/// <summary>
/// A vote is under way for long. Meanwhile its voter starts again, the candidate, who does not lead yet, answers its hello,
/// and others ask it for the same term. Anyone who forgets its vote then helps to elect them, before the first one arrives.
/// A candidate that leads already would not do: its answer names a log that the voter then asks of everyone.
/// </summary>
internal sealed partial class Nemesis
{
    private readonly List<Mail> _heldMail = [];
    private (NodeId Voter, NodeId Candidate, Term Term)? _held;

    private void HoldVote(SimServer voter, VoteResponse vote)
    {
        if (_held is not null)
        {
            return;
        }

        _held = (vote.From, vote.To, vote.Term);
        _world.Totals.Add(Happening.HeldVote);
        _world.After(Chance.Milliseconds(1, 3), () =>
        {
            voter.Crash(losesPower: Chance.OneIn(2));
            _world.After(Chance.Milliseconds(1, 10), () =>
            {
                voter.Start();
                ReleaseOnceItVotes(voter, patience: 400);
            });
        });
    }

    /// <summary>Whether a message is kept back: the vote, and what others ask the voter for in that term.</summary>
    private bool IsHeld(Mail mail)
    {
        var isHeld = _held is { } held && mail.Message.Term == held.Term && mail.Message switch
        {
            VoteResponse vote => vote.From == held.Voter && vote.To == held.Candidate,
            VoteRequest request => request.To == held.Voter && request.From != held.Candidate,
            _ => false,
        };
        if (isHeld)
        {
            _heldMail.Add(mail);
        }

        return isHeld;
    }

    /// <summary>A server that came back is loyal for a while to a leader that it may have heard; nothing is asked of it before.</summary>
    private void ReleaseOnceItVotes(SimServer voter, int patience)
    {
        var isFree = voter.Raft is { MayVote: true } raft
            && (!raft.Options.VoteStickiness || _world.Now > voter.Started + (raft.Options.ElectionTimeoutLower * 1.03));
        if (!isFree && patience > 0 && IsActive)
        {
            _world.After(TimeSpan.FromMilliseconds(2), () => ReleaseOnceItVotes(voter, patience - 1));
            return;
        }

        _held = null;
        foreach (var mail in _heldMail)
        {
            var isVote = mail.Message is VoteResponse;
            _world.Deliver(mail, isVote ? Chance.Milliseconds(10, 40) : TimeSpan.FromMicroseconds(Chance.Between(0, 1000)));
        }

        _heldMail.Clear();
    }
}
